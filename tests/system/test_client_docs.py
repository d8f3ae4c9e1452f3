"""The examples of docs/clients.md run against the real gateway, and what they send arrives."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.gateway import PROGRAM, Gateway

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
SMS = {"recipient": "0176 04069000", "text": "Morgen um 9."}

pytestmark = pytest.mark.asyncio(loop_scope="module")


def examples(language: str) -> list[str]:
    """Return the blocks of code of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """Return a gateway as it is without a configuration."""
    async with Gateway(tmp_path_factory.mktemp("gateway")) as gateway:
        yield gateway


async def run(gateway: Gateway, *command: str) -> str:
    """Run an example with what its first lines set, and return what it prints."""
    key_file = gateway.home / "demo.key"
    reply = await gateway.submit("sms", key_file.read_text(encoding="ascii").strip(), SMS)
    process = await asyncio.create_subprocess_exec(
        *command,
        env={
            **gateway.environment,
            "PATH": f"{PROGRAM.parent}:/usr/bin:/bin",
            "URL": f"http://127.0.0.1:{gateway.http_port}",
            "KEY_FILE": str(key_file),
            "ID": reply.json()["id"],
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, said = await process.communicate()
    assert (process.returncode, said) == (0, b""), (printed + said).decode()
    return printed.decode()


@pytest.mark.parametrize("example", [each for each in examples("sh") if not each.startswith("URL=")])
async def test_examples_in_shell_run(gateway: Gateway, example: str) -> None:
    """Each is answered with what is no problem; curl tells by its exit status."""
    printed = await run(gateway, "bash", "-euo", "pipefail", "-c", example)
    assert printed.count('"type"') == 0
    assert printed


@pytest.mark.parametrize("example", examples("python"))
async def test_examples_in_python_run(gateway: Gateway, example: str) -> None:
    """Each prints the id of a message that arrives."""
    message_id, status = (await run(gateway, sys.executable, "-c", example)).split()
    assert status in {"queued", "sending", "sent"}
    key = (gateway.home / "demo.key").read_text(encoding="ascii").strip()
    assert (await gateway.settled(message_id, key, at={"sent"}))["channel"] == "sms"


@pytest.mark.parametrize("language", ["csharp", "php", "pascal", "powershell"])
async def test_there_are_examples_in_every_language(language: str) -> None:
    """What nothing can run here is there, too, and knows the same path, headers and statuses."""
    [code] = examples(language)
    words = ["/v1/sms", "Idempotency-Key", "Retry-?After", "Bearer", "409", "429", "503"]
    assert [word for word in words if not re.search(word, code)] == []
