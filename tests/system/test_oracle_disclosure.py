"""The leak oracle over what is told of data, and over clients that hide their senders; and reloads that move data."""

import asyncio
import json
from email import message_from_bytes
from pathlib import Path

from tests.fakes.capture_http import HttpCapture, seven_accepts
from tests.fakes.capture_smtp import SmtpCapture
from tests.fakes.configuration import Tables, merged
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import request
from tests.fakes.provider_tables import seven, smtp
from tests.oracle import ambient, sinks
from tests.oracle.marks import Mint
from tests.oracle.room import LOUD
from tests.oracle.searcher import Sink, search

PATHS = (
    "/v1/privacy", "/privacy", "/privacy.css", "/privacy/S3NT", "/v1/privacy/versions", "/privacy/versions/S3NT",
)  # fmt: skip


def mail_tables(server: SmtpCapture) -> Tables:
    """Return a configuration with one smarthost and a domain for aliases."""
    own = {
        "email": {"alias_domain": "alias.example"},
        "providers": {"smarthost": smtp(server.port)},
        "routes": {"email": ["smarthost"]},
    }
    return merged(LOUD, own)


async def test_a_hidden_sender_is_nowhere(tmp_path: Path) -> None:
    """Neither name nor address of the sender reaches the provider, a log or a disk; who reads the notice neither."""
    async with SmtpCapture() as server:
        gateway, mint = Gateway(tmp_path, mail_tables(server)), Mint(31)
        await gateway.start()
        name = mint.client("client-name")
        key = await gateway.add_client(name, "--sender-disclosure", "alias")
        client = ambient.client_of(mint, name, key)
        for number in range(2):
            sender = {"sender": f"{mint.ambient(f'name-{number}')} <{mint.ambient(f'local-{number}')}@praxis.example>"}
            reply = await gateway.ask(client.request("email", {**ambient.email(mint, "x.example"), **sender}))
            await gateway.settled(reply.json()["id"], key, at={"sent"})
        for path in PATHS:
            await gateway.ask(request("GET", f"{path}?{client.query}", headers=client.headers, key=key))
        # The fields of `ambient.email` that were replaced never existed.
        mint.marks = [mark for mark in mint.marks if mark.where not in {"sender", "sender-name", "sender-comment"}]
        first, second = server.mails
        assert first.sender == second.sender
        assert b"@alias.example" in first.sender
        shown = str(message_from_bytes(first.data)["From"])
        assert shown.endswith("@alias.example")
        assert search(await sinks.of(gateway, [server]), mint.marks) == []
        commands = (["notice"], ["record"], ["processors"], ["notice", "--history"])
        said = await asyncio.gather(*(gateway.call(*words) for words in commands))
        assert [done.code for done in said] == [0, 0, 0, 0]
        printed = [Sink("command", f"{done.stdout}{done.stderr}".encode()) for done in said]
        assert search(printed, mint.marks) == []
        assert await gateway.terminate() == 0
        assert search(sinks.at_rest(gateway), mint.marks) == []


async def test_a_provider_that_moves_is_told_of_and_kept_out(tmp_path: Path) -> None:
    """After a reload the notice has a new version with the change, and a client of the Union is refused."""
    async with HttpCapture(seven_accepts) as vendor:
        tables: Tables = {"providers": {"sms": seven(vendor, processes_in=["DE"])}, "routes": {"sms": ["sms"]}}
        async with Gateway(tmp_path, tables) as gateway:
            key = await gateway.add_client("eu", "--processor-countries", "EU", "--processors", "sms")
            note = {"recipient": "+4915112345678", "text": "Hello"}
            assert (await gateway.submit("sms", key, note)).status == 202
            first = (await gateway.ask(request("GET", "/v1/privacy"))).json()
            assert [each["country"] for each in first["processors"]] == ["DE"]
            assert gateway.configuration is not None
            text = gateway.configuration.read_text(encoding="utf-8")
            moved = text.replace('"type" = "seven"', '"type" = "seven"\ncountry = "US"').replace('["DE"]', '["US"]')
            gateway.configuration.write_text(moved, encoding="utf-8")
            await gateway.logged("reloaded")
            second = (await gateway.ask(request("GET", "/v1/privacy"))).json()
            assert [each["country"] for each in second["processors"]] == ["US"]
            refused = await gateway.submit("sms", key, note)
            assert (refused.status, refused.json()["type"]) == (422, "/problems/not-disclosable")
            done = await gateway.call("notice", "--history", "--lang", "en", "--json")
            [changed, _] = json.loads(done.stdout)
            assert changed["changes"] == [
                "sms, Seat: Germany → United States",
                "sms, Processes in: Germany → United States",
                "sms, Transfer out of the EEA: no → yes (United States); basis: not stated by the operator",
            ]
        assert len(vendor.taken) == 1
