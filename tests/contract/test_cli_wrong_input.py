"""Wrong input for the commands of persons, retention, keys and audit: one line, an exit status, no value again."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.test_cli_state import fill
from tests.fakes.command_line import CommandLine

MARK = "S3NT-4711"
NUMBER = b"+4915112345678"
NO_ADDRESS = "standard input: address is not an e-mail address"
NO_NUMBER = "standard input: address is not a valid phone number"
NO_CLIENT = "there is no such client"
NO_MESSAGE = "there is no such message"
NO_COPY = "this is no copy of a spool that can be read"
NO_TIME = "--before: must be a date and time as in RFC 3339"
UNCLEAR = "this is not what it takes"
ID = "00112233445566778899aabbccddeeff"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with a client, a message and a key."""
    line = CommandLine(tmp_path / "home", monkeypatch, capsys)
    fill(line.home)
    return line


@pytest.mark.parametrize(
    "words, stdin, code, sentence",
    [
        *(
            (f"subject {action}", stdin, 2, sentence)
            for action in ("report", "export", "erase", "restrict", "object", "withdraw")
            for stdin, sentence in (
                (b"S3NT-4711@", NO_ADDRESS),
                (b"S3NT-4711", NO_NUMBER),
                (b"0176", NO_NUMBER),
                (b"\xff\xfe\0\n", "standard input: address "),
                (b"", "standard input: address must not be empty"),
                (b"+" + b"4" * 5000, "standard input: address "),
            )
        ),
        ("subject report S3NT-4711", NUMBER, 2, UNCLEAR),
        ("subject forget", NUMBER, 2, UNCLEAR),
        ("retention prove", b"", 2, "BACKUP: is missing"),
        ("retention run S3NT-4711", b"", 2, UNCLEAR),
        ("keys destroy --yes", b"", 2, "--before is expected, or --all"),
        ("keys destroy --yes --before S3NT-4711", b"", 2, NO_TIME),
        ("keys destroy --yes --before 2026-11-24T00:00:00", b"", 2, NO_TIME),
        ("keys S3NT-4711", b"", 2, UNCLEAR),
        ("audit verify S3NT-4711", b"", 2, UNCLEAR),
        ("audit S3NT-4711", b"", 2, UNCLEAR),
        ("clients revoke S3NT-4711", b"", 1, NO_CLIENT),
        ("clients close S3NT-4711", b"y\n", 1, NO_CLIENT),
        ("messages list --client S3NT-4711", b"", 1, NO_CLIENT),
        ("messages show S3NT-4711", b"", 2, "ID: 32 hexadecimal digits are expected"),
        (f"messages show {ID}", b"", 1, NO_MESSAGE),
        (f"messages give-up {ID}", b"", 1, NO_MESSAGE),
        (f"messages release {ID}", b"", 1, NO_MESSAGE),
        ("messages release", b"", 2, "the id of a message is expected, or --all"),
        ("notice --lang S3NT-4711", b"", 2, "--lang: one of de, en is expected"),
    ],
)
def test_wrong_input_is_told(cli: CommandLine, words: str, stdin: bytes, code: int, sentence: str) -> None:
    """2 for a line that is wrong, 1 for what is not there; one sentence on standard error, nothing on the other."""
    finished = cli(*words.split(), stdin=stdin)
    assert (finished.code, finished.stdout, finished.stderr.count("\n")) == (code, "", 1)
    assert finished.stderr.startswith("umschlag")
    assert sentence in finished.stderr
    assert MARK not in finished.stderr
    assert cli("audit", "verify").code == 0


@pytest.mark.parametrize("address", ["nobody@example.org", "+4915112345678", "0151 12345678"])
def test_an_address_that_nobody_wrote_to_is_no_error(cli: CommandLine, address: str) -> None:
    """There is nothing to tell or to erase, which is an answer; only a withdrawal has to find something."""
    stdin = address.encode()
    told = cli("subject", "report", stdin=stdin)
    assert (told.code, told.stdout, told.stderr) == (0, "", "nothing is stored about this address\n")
    assert cli("subject", "export", stdin=stdin).json()["messages"] == []
    assert cli("subject", "erase", "--json", stdin=stdin).json()["messages"] == 0
    assert cli("subject", "withdraw", "--json", stdin=stdin).code == 1


@pytest.mark.parametrize("what", ["nowhere", "folder", "empty", "text", "cut", "foreign", "newer"])
def test_a_backup_that_cannot_be_read_is_told(cli: CommandLine, tmp_path: Path, what: str) -> None:
    """Whatever is wrong with it: status 1, one sentence, nothing of what is in it or what it is called."""
    backup = tmp_path / MARK
    spool = cli.home / "data" / "spool.db"
    if what == "folder":
        backup.mkdir()
    elif what in {"empty", "text", "cut"}:
        backup.write_bytes({"empty": b"", "text": MARK.encode() * 999, "cut": spool.read_bytes()[:5000]}[what])
    elif what in {"foreign", "newer"}:
        with closing(sqlite3.connect(backup)) as database:
            database.execute("CREATE TABLE contents (n INTEGER)")
            if what == "newer":
                database.execute("PRAGMA application_id = 1433236323")
                database.execute("PRAGMA user_version = 99")
            database.commit()
    finished = cli("retention", "prove", str(backup))
    assert (finished.code, finished.stdout, finished.stderr.count("\n")) == (1, "", 1)
    assert MARK not in finished.stderr
