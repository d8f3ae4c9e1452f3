"""`umschlag serve` as a process: what it prints first, the key that it makes, and how it ends."""

import json
import re
import shlex
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from gateway.cli.welcome import ensure_demo, instructions
from gateway.core.ids import now_seconds
from gateway.intake.keys import digest
from gateway.settings import Settings
from gateway.spool.keyring import open_keyring
from gateway.spool.open import open_store
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import ask, request

MODE = stat.S_IRUSR | stat.S_IWUSR
# The last words of the greeting.
GREETED = "this link works once"
# What works, and is warned of.
KEYS_BESIDE_THE_SPOOL = {"spool": {"url": "sqlite:///state/spool.db"}, "keyring": {"url": "dir:///state/keys"}}


def printed_requests(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """Return path, key and body of each printed curl command, as a shell gives them to curl."""
    found = []
    for line in [line for line in text.splitlines() if line.strip().startswith("curl")]:
        script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{line}"
        words = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split("\0")
        key = words[words.index("-H") + 1].removeprefix("Authorization: Bearer ")
        found.append((re.sub(r"^http://[^/]+", "", words[1]), key, json.loads(words[words.index("-d") + 1])))
    return found


async def test_the_printed_commands_send_a_mail_and_a_text_message(tmp_path: Path) -> None:
    """Without a configuration, what is printed sends one message of each channel, and the sandbox takes both."""
    async with Gateway(tmp_path) as gateway:
        # It serves before it has said how.
        text = await gateway.said(GREETED)
        requests = printed_requests(text)
        assert [path for path, _, _ in requests] == ["/v1/email", "/v1/sms"]
        for path, key, body in requests:
            taken = await gateway.submit(path.removeprefix("/v1/"), key, body)
            assert taken.status == 202
            shown = await gateway.settled(str(taken.json()["id"]), key, at={"sent"})
            assert shown["provider"] == "sandbox"
        listed = await gateway.run("messages", "list", "--json")
        assert sorted(each["channel"] for each in json.loads(listed.stdout)) == ["email", "sms"]
        assert stat.S_IMODE((gateway.home / "demo.key").stat().st_mode) == MODE


async def test_the_printed_link_opens_the_console_once(tmp_path: Path) -> None:
    """The link begins a session by a redirect, and is of no use a second time."""
    async with Gateway(tmp_path, {}) as gateway:
        # It serves before it has said how.
        text = await gateway.said(GREETED)
        [path] = re.findall(r"^  http://127\.0\.0\.1:\d+(/login/\S+)$", text, re.MULTILINE)
        statuses = [(await ask(gateway.admin_port, request("GET", path))).status for _ in range(2)]
        assert statuses[0] == 303
        assert statuses[1] >= 400
        assert "curl" not in text


async def test_the_demo_key_outlives_a_restart(tmp_path: Path) -> None:
    """A second start makes no second key; SIGTERM ends in order with status 0."""
    gateway = Gateway(tmp_path)
    keys = []
    for _ in range(2):
        await gateway.start()
        keys.append((gateway.home / "demo.key").read_text(encoding="ascii"))
        assert await gateway.terminate() == 0
    assert keys[0] == keys[1]


async def test_a_demo_key_that_is_lost_is_made_anew(tmp_path: Path) -> None:
    """Without its file, or with one that does not fit, `demo` gets another key; one that was revoked gets none."""
    keyring = open_keyring("dir:///keys", content=Settings().retention.content, base=tmp_path)
    store = await open_store("sqlite:///spool.db", base=tmp_path)
    path = tmp_path / "home" / "demo.key"

    async def fits() -> bool:
        key = path.read_text(encoding="ascii").strip()
        return await store.client_of_key(digest(keyring.auth_key(), key), now_seconds()) is not None

    await ensure_demo(store, keyring, path)
    assert await fits()
    for damage in (path.unlink, lambda: path.write_bytes(b"\xff"), lambda: path.write_text("other", encoding="ascii")):
        damage()
        await ensure_demo(store, keyring, path)
        assert await fits()
        assert stat.S_IMODE(path.stat().st_mode) == MODE
    client = await store.client_named("demo")
    assert client is not None
    await store.revoke_client(client.id)
    path.unlink()
    await ensure_demo(store, keyring, path)
    assert not path.exists()
    await store.close()


def test_strange_folders_are_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with spaces, quotes and dollars stays one word of the printed commands."""
    home = tmp_path / "it's $HOME `at` home"
    home.mkdir()
    (home / "demo.key").write_text("key\n", encoding="ascii")
    monkeypatch.setenv("UMSCHLAG_HOME", str(home))
    text = instructions("http://127.0.0.1:1", home / "demo.key", home)
    assert [key for _, key, _ in printed_requests(text)] == ["key", "key"]
    [command] = [line for line in text.splitlines() if line.endswith("messages list")]
    assert shlex.split(command)[0] == f"UMSCHLAG_HOME={home}"


async def test_a_wrong_configuration_ends_with_2(tmp_path: Path) -> None:
    """Every problem is told, of the file and of the providers, and nothing is started."""
    gateway = Gateway(tmp_path, {"providers": {"main": {"type": "seven", "S3NT": "S3NT"}}})
    await gateway.launch()
    assert await gateway.wait() == 2
    told = gateway.stderr.read_text(encoding="utf-8")
    assert ["providers.main.S3NT" in told, "providers.main.api_key" in told] == [True, True]
    assert (gateway.stdout.read_text(encoding="utf-8"), "Traceback" in told) == ("", False)


async def test_an_address_in_use_ends_with_1(tmp_path: Path) -> None:
    """The listener that cannot be opened is named in one line."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        gateway = Gateway(tmp_path, {"http": {"listen": listen}})
        await gateway.launch()
        assert await gateway.wait() == 1
    told = gateway.stderr.read_text(encoding="utf-8").splitlines()
    assert [line for line in told if not line.startswith("{")] == [
        "umschlag: http.listen: the address is in use or not of this machine"
    ]


async def test_warnings_are_events_where_the_log_is_for_programs(tmp_path: Path) -> None:
    """Standard error stays a log of one JSON object a line."""
    async with Gateway(tmp_path, KEYS_BESIDE_THE_SPOOL) as gateway:
        lines = [json.loads(line) for line in gateway.stderr.read_text(encoding="utf-8").splitlines()]
    assert [line["key"] for line in lines if line["event"] == "config_problem"] == ["keyring.url"]


async def test_warnings_are_text_where_the_log_is_elsewhere(tmp_path: Path) -> None:
    """With a log file of its own, standard error is for people."""
    tables = {**KEYS_BESIDE_THE_SPOOL, "log": {"path": str(tmp_path / "umschlag.log")}}
    async with Gateway(tmp_path, tables) as gateway:
        told = gateway.stderr.read_text(encoding="utf-8")
    assert "warning: keyring.url (line " in told
    assert "config_problem" not in told


async def test_a_log_that_cannot_be_opened_ends_with_1(tmp_path: Path) -> None:
    """The kind of error is told, not the path."""
    (tmp_path / "umschlag.log").symlink_to(tmp_path / "elsewhere")
    gateway = Gateway(tmp_path, {"log": {"path": str(tmp_path / "umschlag.log")}})
    await gateway.launch()
    assert await gateway.wait() == 1
    told = gateway.stderr.read_text(encoding="utf-8")
    assert "umschlag: the log's file cannot be opened (OSError)\n" in told
