"""A client that a stock generator makes of the gateway's own description sends a message."""

import asyncio
import json
import os
import sys
from pathlib import Path

from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import ask, request

GENERATOR = Path(sys.executable).parent / "openapi-python-client"
CONFIGURATION = "package_name_override: generated\npost_hooks: []\n"

PROGRAM = """
import os
from generated import AuthenticatedClient
from generated.api.ask import get_message, list_messages
from generated.api.send import send_batch, send_sms
from generated.models import BatchRequest, BatchSms, BatchSmsChannel, Problem, Sms, State

with AuthenticatedClient(os.environ["URL"], os.environ["KEY"]) as client:
    sent = send_sms.sync(client=client, body=Sms("0176 04069000", "Hello"), idempotency_key="k", prefer="wait=20")
    again = send_sms.sync(client=client, body=Sms("0176 04069000", "Hello"), idempotency_key="k")
    assert sent.status is State.SENT and again.id == sent.id
    assert get_message.sync(sent.id, client=client).provider == "sandbox"
    assert [each.id for each in list_messages.sync(client=client).messages] == [sent.id]
    refused = send_sms.sync(client=client, body=Sms("nobody", "Hello"))
    assert isinstance(refused, Problem) and refused.errors[0].field == "recipient"
    items = [BatchSms(BatchSmsChannel.SMS, number, "Hello") for number in ("0176 04069000", "nobody")]
    batch = send_batch.sync(client=client, body=BatchRequest(items))
    assert [each.status for each in batch.results] == [202, 422]
    print(sent.id)
"""


async def run(*arguments: str, **environment: str) -> str:
    """Run a program and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *arguments,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    stdout, stderr = await process.communicate()
    assert process.returncode == 0, (stdout + stderr).decode()
    return stdout.decode()


async def test_a_generated_client_sends(tmp_path: Path) -> None:
    """Without a warning of the generator, and with every type in its place."""
    configuration, description = tmp_path / "generator.yaml", tmp_path / "openapi.json"
    configuration.write_text(CONFIGURATION, encoding="utf-8")
    async with Gateway(tmp_path / "gateway") as gateway:
        description.write_bytes((await ask(gateway.http_port, request("GET", "/openapi.json"))).body)
        await run(
            *(str(GENERATOR), "generate", "--fail-on-warning", "--meta", "none"),
            *("--path", str(description), "--config", str(configuration)),
            *("--output-path", str(tmp_path / "generated")),
        )
        key = (gateway.home / "demo.key").read_text(encoding="ascii").strip()
        url = f"http://127.0.0.1:{gateway.http_port}"
        printed = await run(sys.executable, "-c", PROGRAM, PYTHONPATH=str(tmp_path), URL=url, KEY=key)
        outbox = json.loads((await gateway.admin("/api/sandbox/messages")).body)
    assert len(printed.strip()) == 32
    assert [message["text"] for message in outbox["messages"]] == ["Hello", "Hello"]
