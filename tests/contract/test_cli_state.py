"""`umschlag messages`, `retention` and `keys`: what they tell of a spool, beside a running gateway or without one."""

import asyncio
import calendar
import re
import time
from pathlib import Path

import pytest

from gateway.cli.output import written_age
from gateway.core.ids import new_message_id, now_seconds
from gateway.core.message import Channel, Message, Sms
from gateway.settings import Settings
from gateway.spool.clients import NewClient
from gateway.spool.keyring import open_keyring
from gateway.spool.open import open_store
from gateway.spool.sealing import Sealer
from gateway.spool.store import NewMessage
from tests.fakes.command_line import CommandLine

DAY = 86_400  # seconds
SETTINGS = Settings()


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with an empty home."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


def fill(home: Path, *, count: int = 1, age: int = 0) -> list[str]:
    """Put text messages of a client `praxis` into the spool of a home, so many seconds ago, and return their ids."""
    return asyncio.run(_fill(home, count, age))


async def _fill(home: Path, count: int, age: int) -> list[str]:
    keyring = open_keyring(f"dir:///{home}/keys", content=SETTINGS.retention.content, base=home)
    store = await open_store(f"sqlite:///{home}/data/spool.db", base=home)
    client = await store.add_client(NewClient("praxis", frozenset(Channel), created_at=1), b"digest" * 6)
    sealer, now, ids = Sealer(keyring), now_seconds() - age, []
    for _ in range(count):
        message_id = new_message_id()
        message: Message = Sms("+4917604069000", "S3NT")
        content = sealer.seal(message, "0" * 32, message_id=message_id, client_id=client.id, now=now)
        new = NewMessage(message_id, client.id, Channel.SMS, content, now, now, now + DAY, segments=1)
        await store.put([new])
        ids.append(message_id)
    await store.close()
    return ids


def seconds(written: str) -> int:
    """Read a time as commands print it."""
    return calendar.timegm(time.strptime(written, "%Y-%m-%dT%H:%M:%SZ"))


def test_a_message_is_shown(cli: CommandLine) -> None:
    """All that is known of a message is told: no content, no address."""
    [message_id] = fill(cli.home)
    shown = cli("messages", "show", message_id, "--json").json()
    created, updated, expires = (seconds(shown.pop(name)) for name in ("created_at", "updated_at", "expires_at"))
    assert (updated - created, expires - created) == (0, DAY)
    assert shown == {
        "id": message_id,
        "client": "praxis",
        "channel": "sms",
        "status": "queued",
        "reason": None,
        "provider": None,
        "provider_ref": None,
        "attempts": 0,
        "segments": 1,
        "stripped": 0,
    }


def test_a_message_is_shown_to_people(cli: CommandLine) -> None:
    """Without `--json`, a line each, without what is not known."""
    [message_id] = fill(cli.home)
    lines = [line.split() for line in cli("messages", "show", message_id).stdout.splitlines()]
    assert lines[:4] == [["id", message_id], ["client", "praxis"], ["channel", "sms"], ["status", "queued"]]


def test_an_unknown_message_is_a_failure(cli: CommandLine) -> None:
    """A message that is not there, or not any more, is told in one line."""
    finished = cli("messages", "show", "0" * 32)
    assert (finished.code, finished.stdout, finished.stderr) == (1, "", "umschlag: there is no such message\n")


def test_messages_are_listed_newest_first(cli: CommandLine) -> None:
    """A page leads to the next one by the id of its last message."""
    ids = fill(cli.home, count=3)
    first = cli("messages", "list", "--limit", "2", "--json").json()
    rest = cli("messages", "list", "--before", first[-1]["id"], "--json").json()
    assert [each["id"] for each in first + rest] == ids[::-1]


@pytest.mark.parametrize(
    "options, count",
    [
        (["--status", "queued"], 1),
        (["--status", "sent"], 0),
        (["--channel", "sms"], 1),
        (["--channel", "email"], 0),
        (["--client", "praxis"], 1),
        (["--client", "other"], 0),
    ],
)
def test_messages_are_filtered(cli: CommandLine, options: list[str], count: int) -> None:
    """Status, channel and client narrow the list."""
    fill(cli.home)
    cli("clients", "add", "other", "--channels", "sms")
    assert len(cli("messages", "list", *options, "--json").json()) == count


def test_an_unknown_client_has_no_list(cli: CommandLine) -> None:
    """A name that no client has is a failure, not an empty list."""
    finished = cli("messages", "list", "--client", "S3NT")
    assert (finished.code, finished.stderr) == (1, "umschlag: there is no such client\n")


def test_the_table_has_a_row_a_message(cli: CommandLine) -> None:
    """Where no terminal is, lines are whole: ids can be taken from them."""
    ids = fill(cli.home, count=2)
    rows = cli("messages", "list").stdout.splitlines()[1:]
    assert [row.split()[:4] for row in rows] == [[each, "praxis", "sms", "queued"] for each in ids[::-1]]


def test_retention_is_told(cli: CommandLine) -> None:
    """Each class says how long it is kept and how old the oldest of it is."""
    fill(cli.home, age=3600)
    found = {each["class"]: each for each in cli("retention", "status", "--json").json()}
    keeps = {name: each["keeps"] for name, each in found.items()}
    assert keeps == {
        "content": "2d", "metadata": "90d", "answers": "1d", "usage": "10y", "audit": "90d", "logs": "90d",
        "erasures": "15d", "notices": "3y", "consents": "3y", "standings": "until_withdrawn",
    }  # fmt: skip
    assert found["content"]["oldest_seconds"] >= 3600
    assert [each["overdue"] for each in found.values()] == [False] * 10


def test_what_is_not_purged_yet_has_no_last_purge(cli: CommandLine) -> None:
    """Until an engine has run; then each class that has an end says when, whichever process that was."""
    fill(cli.home)
    assert [each["purged_at"] for each in cli("retention", "status", "--json").json()] == [None] * 10
    began = now_seconds()
    told = {each["class"]: each["purged_at"] for each in cli("retention", "run", "--json").json()}
    assert told.pop("standings") is None
    assert all(began <= seconds(at) <= now_seconds() for at in told.values())
    later = {each["class"]: each["purged_at"] for each in cli("retention", "status", "--json").json()}
    assert later == told | {"standings": None}


def test_the_next_keys_to_die_are_told(cli: CommandLine) -> None:
    """Content dies with the key of its hour, metadata with that of its month; no other class has keys."""
    fill(cli.home, age=3600)
    found = {each["class"]: each["next_key"] for each in cli("retention", "status", "--json").json()}
    epoch = found.pop("content")
    assert seconds(epoch["destroyed_at"]) - seconds(epoch["began_at"]) == 2 * DAY
    assert set(found.values()) == {None}


def test_keys_that_should_be_gone_are_overdue(cli: CommandLine) -> None:
    """Though nothing is left in the spool that they could open."""
    keyring = open_keyring(f"dir:///{cli.home}/keys", content=SETTINGS.retention.content, base=cli.home)
    keyring.current_content_key(now_seconds() - 3 * DAY)
    finished = cli("retention", "status", "--json")
    assert (finished.code, [each["class"] for each in finished.json() if each["overdue"]]) == (1, ["content"])


def test_what_is_scheduled_is_a_class_where_it_is_declared(cli: CommandLine) -> None:
    """It is as old as its acceptance, and dies with the key of a later epoch."""
    cli.configure('[retention]\nscheduled = "30d"\n')
    fill(cli.home, age=-10 * DAY)
    found = {each["class"]: each for each in cli("retention", "status", "--json").json()}
    end = found["scheduled"].pop("next_key")
    age = found["scheduled"].pop("oldest_seconds")
    assert found["scheduled"] == {"class": "scheduled", "keeps": "32d", "overdue": False, "purged_at": None}
    assert seconds(end["destroyed_at"]) - seconds(end["began_at"]) == 2 * DAY
    assert seconds(end["began_at"]) > now_seconds() + 9 * DAY
    assert 0 <= age < 3600


def test_log_files_are_a_class(cli: CommandLine) -> None:
    """The age of those that are kept is told, and a run deletes what is due, the file in use too."""
    path = cli.home.parent / "log" / "umschlag.log"
    path.parent.mkdir()
    cli.configure(f'[log]\npath = "{path}"\n[retention]\nlogs = "5m"\n')
    path.write_text('{"time":"2025-11-24T12:00:00Z","event":"started"}\n', encoding="ascii")
    path.with_name("umschlag.log.2025-11-23").touch()
    found = {each["class"]: each for each in cli("retention", "status", "--json").json()}
    assert (found["logs"]["overdue"], found["logs"]["oldest_seconds"] > DAY) == (True, True)
    assert cli("retention", "run").code == 0
    assert [(file.name, file.stat().st_size) for file in path.parent.iterdir()] == [("umschlag.log", 0)]


def test_an_overdue_class_is_a_failure(cli: CommandLine) -> None:
    """Where nothing purges, status tells it and ends with 1; it purges nothing itself."""
    [message_id] = fill(cli.home, age=3 * DAY)
    finished = cli("retention", "status", "--json")
    assert finished.code == 1
    assert [each["class"] for each in finished.json() if each["overdue"]] == ["content"]
    assert cli("messages", "show", message_id, "--json").json()["status"] == "queued"


def test_a_run_purges_what_is_due(cli: CommandLine) -> None:
    """After a run the content is gone with its key, and the message has expired."""
    [message_id] = fill(cli.home, age=3 * DAY)
    finished = cli("retention", "run", "--json")
    assert (finished.code, finished.stderr) == (0, "")
    assert {each["class"]: each["purged"] for each in finished.json()}["content"] == 1
    assert cli("messages", "show", message_id, "--json").json()["status"] == "expired"
    assert cli("retention", "status").code == 0


def test_a_purge_that_fails_is_a_failure(cli: CommandLine) -> None:
    """What could not be destroyed is told by its class and the kind of error, and the status is 1."""
    fill(cli.home)
    (cli.home / "keys" / "content" / "1.key").mkdir()
    finished = cli("retention", "run", "--json")
    failed, overdue = finished.stderr.splitlines()
    assert all(word in failed for word in ("retention_failed", "retention_class=content", "KeyringError"))
    assert (finished.code, "retention_overdue" in overdue) == (1, True)


def test_retention_for_people(cli: CommandLine) -> None:
    """Without `--json` there is a table."""
    head, content, *_ = cli("retention", "run").stdout.splitlines()
    assert re.split(" {2,}", head) == ["class", "keeps", "oldest", "purged", "last purge", "next key to die", "overdue"]
    assert re.fullmatch(r"content +2d +0 +[-\dT:]+Z  of [-\dT:]+Z: at [-\dT:]+Z  no", content)


@pytest.mark.parametrize(
    "age, written",
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min 59 s"), (7205, "2 h"), (4 * DAY + 3600, "4 d 1 h")],
)
def test_ages_are_written_in_two_units(age: int, written: str) -> None:
    """What is smaller does not matter to whoever reads it."""
    assert written == written_age(age)


def test_keys_are_told(cli: CommandLine) -> None:
    """Each epoch says when it began and when its key is destroyed; and where they are kept."""
    fill(cli.home, age=3600)
    [epoch] = cli("keys", "status", "--json").json()["epochs"]
    assert seconds(epoch["destroyed_at"]) - seconds(epoch["began_at"]) == SETTINGS.retention.content.total_seconds()
    told = dict(line.split() for line in cli("keys", "status").stdout.splitlines()[:3])
    assert told == {"kept_in": "folder", "wrapped": "no", "epochs": "1"}
