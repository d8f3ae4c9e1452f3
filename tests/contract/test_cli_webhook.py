"""`umschlag clients webhook`: where a client is told, with which secret, and whether that works."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from standardwebhooks import Webhook

from tests.fakes.capture_http import HttpCapture, Raw, Taken, reply
from tests.fakes.command_line import CommandLine, Finished

URL = "https://client.example/events?for=praxis"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with a client."""
    line = CommandLine(tmp_path / "home", monkeypatch, capsys)
    line("clients", "add", "praxis", "--channels", "sms")
    return line


def served(answer: Raw, run: Callable[[str], Finished]) -> tuple[Finished, list[Taken]]:
    """Run something while a client's program listens; return how it ended and what came."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    capture = HttpCapture(answer)
    try:
        asyncio.run_coroutine_threadsafe(capture.listen(), loop).result(10)
        return run(f"{capture.url}/events"), capture.taken
    finally:
        asyncio.run_coroutine_threadsafe(capture.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_webhook_is_set_and_shown(cli: CommandLine) -> None:
    """The secret alone is on standard output, this once; the list and `show` tell the rest."""
    done = cli("clients", "webhook", "set", "praxis", URL)
    assert (done.code, done.stderr, done.stdout.startswith("whsec_")) == (0, "The secret, shown this once:\n", True)
    shown = cli("clients", "webhook", "show", "praxis", "--json").json()
    assert shown == {
        "client": "praxis", "url": URL, "state": "told", "failing_since": None, "paused_at": None, "waiting": 0,
        "dropped": 0, "old_secret_until": None,
    }  # fmt: skip
    [listed] = cli("clients", "list", "--json").json()
    assert {"client": "praxis", **listed["webhook"]} == shown
    assert "told" in cli("clients", "list").stdout
    assert URL in cli("clients", "webhook", "show", "praxis").stdout


def test_the_secret_is_in_no_file(cli: CommandLine) -> None:
    """It is stored sealed, and what operators did is noted without it."""
    secret = cli("clients", "webhook", "set", "praxis", URL, "--json").json()["secret"].removeprefix("whsec_").encode()
    files = [path for path in cli.home.rglob("*") if path.is_file()]
    assert [path for path in files if secret in path.read_bytes()] == []
    entries = cli("audit", "list", "--json").json()
    assert [entry["action"] for entry in entries][-1] == "webhook_set"


def test_a_secret_is_rotated(cli: CommandLine) -> None:
    """Another one is printed, and the old one has an end."""
    first = cli("clients", "webhook", "set", "praxis", URL, "--json").json()["secret"]
    second = cli("clients", "webhook", "rotate", "praxis", "--overlap", "2h", "--json").json()["secret"]
    until = cli("clients", "webhook", "show", "praxis", "--json").json()["old_secret_until"]
    assert (first == second, until.endswith("Z")) == (False, True)


def test_a_webhook_is_removed(cli: CommandLine) -> None:
    """Afterwards there is none."""
    cli("clients", "webhook", "set", "praxis", URL)
    assert cli("clients", "webhook", "remove", "praxis", "--json").json() == {"client": "praxis", "removed": True}
    for words in (["remove"], ["rotate"], ["show"], ["test"]):
        finished = cli("clients", "webhook", *words, "praxis")
        assert (finished.code, finished.stderr) == (1, "umschlag: this client has no webhook\n")


@pytest.mark.parametrize(
    "url",
    [
        "http://client.example/S3NT",
        "https://user:S3NT@client.example/",
        "https://client.example/#S3NT",
        "https://client.example/?a=S3NT b",
        "https://client.example/?S3NT" + "x" * 2000,
        "S3NT",
        "ftp://S3NT.example",
        "https://127.0.0.1/S3NT",
        "https://[::1]/S3NT",
        "https://10.1.2.3/S3NT",
        "https://localhost/S3NT",
    ],
)
def test_a_url_that_cannot_be_told_is_refused(cli: CommandLine, url: str) -> None:
    """In clear, with a password, of the operator's own network: refused without repeating it."""
    finished = cli("clients", "webhook", "set", "praxis", url)
    assert (finished.code, "S3NT" in finished.stderr, finished.stdout) == (2, False, "")


def test_who_is_not_there_or_revoked_has_none(cli: CommandLine) -> None:
    """A client that may not send is told nothing new."""
    assert cli("clients", "webhook", "set", "nobody", URL).stderr == "umschlag: there is no such client\n"
    cli("clients", "revoke", "praxis")
    assert cli("clients", "webhook", "set", "praxis", URL).stderr == "umschlag: this client is revoked\n"


def test_a_test_is_signed_and_told(cli: CommandLine) -> None:
    """The client's program gets an event that tells nothing, with a signature of both secrets."""
    cli.configure("[events]\nallow_private_network = true\n")

    def run(url: str) -> Finished:
        secrets.append(cli("clients", "webhook", "set", "praxis", url, "--json").json()["secret"])
        secrets.append(cli("clients", "webhook", "rotate", "praxis", "--json").json()["secret"])
        return cli("clients", "webhook", "test", "praxis")

    secrets: list[str] = []
    finished, [taken] = served(reply(204), run)
    assert (finished.code, finished.stdout) == (0, "taken: 204\n")
    lines = (line.partition(":") for line in taken.head.decode("ascii").split("\r\n")[1:] if line)
    fields = {name.lower(): value.strip() for name, _, value in lines}
    events = [Webhook(secret).verify(taken.body, fields) for secret in secrets]
    assert [(event["type"], event["data"]) for event in events] == [("test", {}), ("test", {})]


def test_a_test_that_is_taken_ends_a_pause(cli: CommandLine) -> None:
    """The operator asks again, and the client's program answers well: events are kept and told from then on."""
    cli.configure("[events]\nallow_private_network = true\n")

    def run(url: str) -> Finished:
        cli("clients", "webhook", "set", "praxis", url)
        with sqlite3.connect(cli.home / "data" / "spool.db") as file:
            file.execute("UPDATE webhooks SET paused_at = 1, pause = 'gone', failures = 1, failing_since = 1")
        states.append(state())
        return cli("clients", "webhook", "test", "praxis")

    def state() -> str:
        return str(cli("clients", "webhook", "show", "praxis", "--json").json()["state"])

    states: list[str] = []
    finished, _ = served(reply(200), run)
    assert (finished.code, [*states, state()]) == (0, ["paused (gone)", "told"])


def test_a_test_that_fails_is_a_failure(cli: CommandLine) -> None:
    """What was answered is told by its status; no answer by the reason."""
    cli.configure("[events]\nallow_private_network = true\n")

    def run(url: str) -> Finished:
        cli("clients", "webhook", "set", "praxis", url)
        return cli("clients", "webhook", "test", "praxis", "--json")

    finished, _ = served(reply(404, b"S3NT"), run)
    assert (finished.code, json.loads(finished.stdout)) == (
        1,
        {"client": "praxis", "taken": False, "status": 404, "reason": None},
    )
    finished = cli("clients", "webhook", "test", "praxis")
    assert (finished.code, finished.stdout) == (1, "not taken: unavailable\n")
