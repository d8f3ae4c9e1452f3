"""`umschlag subject` and `audit`: the rights of a person from the command line, and the note that each leaves."""

import asyncio
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.ids import now_seconds
from gateway.core.message import Channel, Sms
from gateway.core.state import State
from gateway.privacy.pseudonyms import Pseudonyms
from gateway.spool.clients import NewClient
from gateway.spool.keyring import open_keyring
from gateway.spool.open import open_store
from gateway.spool.store import AttemptEnd
from tests.contract import spool_rooms
from tests.contract.spool_rooms import ended, leased_ids, message
from tests.fakes.command_line import CommandLine

NUMBER = "+491761234567"
STDIN = b"0176 1234567\n"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with a spool that has a message to a person, and one to another."""
    cli = CommandLine(tmp_path / "home", monkeypatch, capsys)
    asyncio.run(_fill(cli.home))
    return cli


async def _fill(home: Path) -> None:
    keyring = open_keyring(f"dir:///{home}/keys", content=timedelta(hours=48), base=home)
    store = await open_store(f"sqlite:///{home}/data/spool.db", base=home)
    client = await store.add_client(NewClient("praxis", frozenset(Channel), created_at=1), b"digest" * 6)
    for at, number in enumerate((NUMBER, "+491761234568"), now_seconds() - 2):
        tag = Pseudonyms(keyring).recipient_tag(Sms(number, ""), client_id=client.id, now=at)
        await store.put([message(at, client_id=client.id, recipient_tag=tag.value, tag_epoch=tag.month)])
    await store.close()


def test_a_report_is_metadata_alone(cli: CommandLine) -> None:
    """What is known of each message, whose key is there, and nothing of the address."""
    finished = cli("subject", "report", "--json", stdin=STDIN)
    [known] = finished.json()["messages"]
    assert (known["client"], known["channel"], known["status"], known["content_kept"]) == (
        "praxis", "sms", "queued", True,
    )  # fmt: skip
    assert finished.json()["asked_for"] == []
    assert cli("subject", "export", stdin=STDIN).json()["messages"] == [known]
    table = cli("subject", "report", stdin=STDIN)
    assert [row.split()[:4] for row in table.stdout.splitlines()[1:]] == [[known["id"], "praxis", "sms", "queued"]]


def test_nobody_known_is_told(cli: CommandLine) -> None:
    """That nothing is stored is an answer, and the command has done what it was asked."""
    finished = cli("subject", "report", stdin=b"anna@example.net")
    assert (finished.code, finished.stdout, finished.stderr) == (0, "", "nothing is stored about this address\n")


@pytest.mark.parametrize("stdin", [b"", b"S3NT", b"S3NT@", b"+49 176 S3NT", b"\xff\xff\n"])
def test_what_is_no_address_is_refused(cli: CommandLine, stdin: bytes) -> None:
    """One line, exit status 2, and nothing of what was given."""
    finished = cli("subject", "erase", stdin=stdin)
    assert (finished.code, finished.stdout) == (2, "")
    assert "S3NT" not in finished.stderr
    assert len(finished.stderr.splitlines()) == 1


def test_an_address_on_the_command_line_is_refused(cli: CommandLine) -> None:
    """It would be in the shell's history and in the list of processes; it is not repeated either."""
    finished = cli("subject", "report", "S3NT@example.net")
    assert finished.code == 2
    assert "S3NT" not in finished.stderr


def test_an_erasure_gives_a_receipt(cli: CommandLine) -> None:
    """Counts and the time; afterwards nothing is known, and the other person's message is still there."""
    receipt = cli("subject", "erase", "--json", stdin=STDIN).json()
    assert (receipt["messages"], receipt["cancelled"]) == (1, 1)
    assert cli("subject", "report", "--json", stdin=STDIN).json()["messages"] == []
    assert len(cli("messages", "list", "--json").json()) == 1


TWILIO = """
[providers.texts]
type = "twilio"
account_sid = "AC1"
key_sid = "SK1"
secret = "S3NT"
[providers.others]
type = "seven"
api_key = "S3NT"
[routes]
sms = ["texts", "others"]
"""


async def _send(home: Path) -> None:
    store = await open_store(f"sqlite:///{home}/data/spool.db", base=home)
    ids = await leased_ids(store, now=now_seconds())
    for number, (message_id, provider) in enumerate(zip(ids, ("texts", "others"), strict=True)):
        assert await ended(store, message_id, AttemptEnd(State.SENT, provider_ref=f"ref-{number}"), provider)
    await store.close()


async def _due_in(home: Path) -> int | None:
    """Return in how many seconds after its message was sent the first order is due."""
    store = await open_store(f"sqlite:///{home}/data/spool.db", base=home)
    due_at = await store.next_erasure("texts")
    await store.close()
    return None if due_at is None else due_at - spool_rooms.NOW


def test_an_erasure_says_what_was_ordered_of_providers(cli: CommandLine) -> None:
    """By their names, on the receipt and in the audit; and that it takes a running gateway."""
    cli.configure(TWILIO)
    asyncio.run(_send(cli.home))
    finished = cli("subject", "erase", stdin=STDIN)
    assert ["ordered", "texts", "1"] in [line.split() for line in finished.stdout.splitlines()]
    said = "ordered of providers: 1; a running gateway carries it out, or the next one that starts\n"
    assert finished.stderr == said
    assert asyncio.run(_due_in(cli.home)) is not None
    assert cli("audit", "list", "--json").json()[-1]["ordered"] == 1
    other = cli("subject", "erase", "--json", stdin=b"+491761234568\n")
    assert (other.json()["ordered"], other.json()["left"], other.stderr) == ({}, {"others": 1}, "")


@pytest.mark.parametrize("command", [("clients", "close", "praxis"), ("subject", "erase")])
@pytest.mark.parametrize("secret", ['secret = "S3NT"', 'secret_file = "S3NT"', ""])
def test_an_order_needs_no_secrets(cli: CommandLine, command: tuple[str, ...], secret: str) -> None:
    """What a provider is, and how long it is left, is known where its key can be read by the service alone."""
    cli.configure(TWILIO.replace('secret = "S3NT"', f'erase_after = "3y"\n{secret}', 1))
    asyncio.run(_send(cli.home))
    assert cli(*command, stdin=STDIN).code == 0
    # Half of the fifteen days that an order lives, at most.
    assert asyncio.run(_due_in(cli.home)) == 15 * spool_rooms.DAY // 2


def test_restriction_and_objection_are_withdrawn(cli: CommandLine) -> None:
    """What was held goes on; a second withdrawal has nothing to end, and says so."""
    assert cli("subject", "restrict", "--json", stdin=STDIN).json()["held"] == 1
    asked = cli("subject", "report", "--json", stdin=STDIN).json()["asked_for"]
    assert [each["standing"] for each in asked] == ["restricted"]
    assert cli("subject", "withdraw", "--json", stdin=STDIN).json()["released"] == 1
    assert cli("subject", "object", "--json", stdin=STDIN).json()["ended"] == 1
    lines = cli("subject", "report", stdin=STDIN).stdout.splitlines()
    assert lines[-1].startswith("objected since ")
    assert "opted_out" in lines[1]
    assert cli("subject", "withdraw", stdin=STDIN).code == 0
    assert cli("subject", "withdraw", stdin=STDIN).code == 1


def test_every_command_is_noted(cli: CommandLine) -> None:
    """Who did what, with counts; the chain holds, and no form of the address is in spool or output."""
    for command in ("report", "export", "restrict", "object", "withdraw", "erase"):
        cli("subject", command, stdin=STDIN)
    found = cli("audit", "list", "--json").json()
    assert [each["action"] for each in found] == [
        "subject_report", "subject_export", "subject_restrict", "subject_object", "subject_withdraw", "subject_erase",
    ]  # fmt: skip
    assert {each["messages"] for each in found} == {1}
    assert all(each["operator"].startswith("os:") for each in found)
    assert cli("audit", "verify", "--json").json() == {
        "entries": 6, "holds": True, "broken_at": None, "cut_off": False,
    }  # fmt: skip
    assert len(cli("audit", "list").stdout.splitlines()) == 7
    spool = b"".join(path.read_bytes() for path in (cli.home / "data").iterdir())
    assert b"1761234567" not in spool


def test_a_changed_note_is_found(cli: CommandLine) -> None:
    """Exit status 1, and which entry it is."""
    cli("subject", "report", stdin=STDIN)
    with sqlite3.connect(cli.home / "data" / "spool.db") as spool:
        spool.execute("UPDATE audit SET operator = 'os:nobody'")
    finished = cli("audit", "verify")
    assert (finished.code, "entry 1" in finished.stderr) == (1, True)
    assert cli("audit", "verify", "--json").json() == {
        "entries": 1, "holds": False, "broken_at": 1, "cut_off": False,
    }  # fmt: skip


def test_a_note_that_was_cut_off_is_found(cli: CommandLine) -> None:
    """The keyring knows how many there were; what is noted afterwards does not hide it."""
    for _ in range(2):
        cli("subject", "report", stdin=STDIN)
    with sqlite3.connect(cli.home / "data" / "spool.db") as spool:
        spool.execute("DELETE FROM audit WHERE n = 2")
    finished = cli("audit", "verify")
    expected = "the chain is cut off: entry 2 and what came after it are missing\n"
    assert (finished.code, finished.stderr) == (1, expected)
    cli("subject", "report", stdin=STDIN)
    found = cli("audit", "verify", "--json").json()
    assert (found["broken_at"], found["cut_off"]) == (2, False)


def test_a_crash_is_no_cut(cli: CommandLine) -> None:
    """Between the note and what the keyring knows of it: the chain holds, and goes on."""
    cli("subject", "report", stdin=STDIN)
    (cli.home / "keys" / "audit_end").unlink()
    assert cli("audit", "verify").code == 0
    cli("subject", "report", stdin=STDIN)
    assert cli("audit", "verify").code == 0
    assert (cli.home / "keys" / "audit_end").read_text() == "2"


def test_a_closed_client_is_forgotten(cli: CommandLine) -> None:
    """Its messages are gone, and whoever closed it is noted; closing it again finds nothing more."""
    assert cli("clients", "close", "praxis", "--json").json() == {"client": "praxis", "closed": True, "messages": 2}
    assert cli("messages", "list", "--json").json() == []
    assert cli("clients", "close", "praxis").stdout == "0 messages erased\n"
    noted = [(each["action"], each["client"]) for each in cli("audit", "list", "--json").json()]
    assert noted == [("client_close", "praxis")] * 2
    assert cli("clients", "close", "other").code == 1


def test_changes_of_clients_are_noted(cli: CommandLine) -> None:
    """Added, given a new key, ended."""
    cli("clients", "add", "laden", "--channels", "sms")
    cli("clients", "rotate", "laden")
    cli("clients", "revoke", "laden")
    noted = [(each["action"], each["client"]) for each in cli("audit", "list", "--json").json()]
    assert noted == [("client_add", "laden"), ("client_rotate", "laden"), ("client_revoke", "laden")]
