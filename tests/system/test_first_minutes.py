"""The first minutes with Umschlag: no configuration, the printed commands, and both messages in the sandbox."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.gateway import PROGRAM, Gateway
from tests.fakes.http_wire import ask, request

GREETED = "/login/"
COMMAND = re.compile(r"^ +(curl .+)$", re.MULTILINE)


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    """The gateway as it starts when nobody has written anything."""
    async with Gateway(tmp_path) as running:
        yield running


async def _bash(command: str) -> bytes:
    shell = await asyncio.create_subprocess_exec("bash", "-c", command, stdout=asyncio.subprocess.PIPE)
    said, _ = await shell.communicate()
    assert shell.returncode == 0
    return said


@pytest.mark.parametrize("options", [(), ("--workers", "2")])
async def test_who_waits_for_an_answer_has_been_greeted(tmp_path: Path, options: tuple[str, ...]) -> None:
    """When both listeners answer, everything is on standard output, also where nobody was quick to read it."""
    async with Gateway(tmp_path, command=(str(PROGRAM), "serve", *options)) as gateway:
        said = gateway.stdout.read_text(encoding="utf-8")
    assert [len(COMMAND.findall(said)), said.count(GREETED)] == [2, 1]
    assert said.endswith("\n")


async def test_the_printed_commands_send_the_first_messages(gateway: Gateway) -> None:
    """What `serve` prints, run word for word, is accepted, and comes out in the sandbox with its fields alone."""
    commands = COMMAND.findall(await gateway.said(GREETED))
    accepted = [json.loads(await _bash(command)) for command in commands]
    assert [message["channel"] for message in accepted] == ["email", "sms"]
    key = (gateway.home / "demo.key").read_text(encoding="ascii").strip()
    for message in accepted:
        await gateway.settled(message["id"], key, at=["sent"])
    shown = (await gateway.admin("/api/sandbox/messages")).json()["messages"]
    fields = {
        message["channel"]: message.keys() - {"channel", "provider", "reference", "taken_at"} for message in shown
    }
    assert {"email": {"sender", "recipient", "subject", "text"}, "sms": {"recipient", "text"}} == fields
    assert {"The first e-mail.", "The first text message."} == {message["text"] for message in shown}


async def test_what_is_made_in_the_state_folder_is_for_the_owner_alone(gateway: Gateway) -> None:
    """Keys, tokens and the spool are readable by the user that runs the gateway and by nobody else."""
    open_to_others = [path for path in gateway.home.rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []


async def test_the_console_link_works_once(gateway: Gateway) -> None:
    """The printed link sets a session and leads to a path without the token; a second time it is refused."""
    (path,) = re.findall(r"http://[^/]+(/login/\S+)", await gateway.said(GREETED))
    first = await ask(gateway.admin_port, request("GET", path))
    second = await ask(gateway.admin_port, request("GET", path))
    assert first.status == 303
    assert first.header("Location") == "/"
    assert "HttpOnly" in (first.header("Set-Cookie") or "")
    assert second.status in {401, 403, 404}
    assert second.header("Set-Cookie") is None


async def test_a_second_gateway_on_the_same_port_says_so(gateway: Gateway, tmp_path: Path) -> None:
    """An occupied address is one clear line and exit status 1."""
    other = Gateway(tmp_path / "other")
    other.http_port = gateway.http_port
    await other.launch()
    assert await other.wait() == 1
    said = other.stderr.read_text(encoding="utf-8")
    assert "http.listen: the address is in use" in said
    assert "Traceback" not in said


async def test_a_stop_in_order_ends_with_0(gateway: Gateway) -> None:
    """SIGTERM ends the process with status 0 and leaves no write-ahead log with content in it."""
    assert await gateway.terminate() == 0
    logs = list(gateway.home.rglob("*-wal"))
    assert sum(path.stat().st_size for path in logs) == 0
