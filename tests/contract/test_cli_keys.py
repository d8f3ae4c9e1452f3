"""`umschlag keys status`, `wrap-key`, `wrap` and `clock`, and what `check` says of a keyring."""

import asyncio
import shutil
from pathlib import Path

import pytest

from gateway.core.ids import now_seconds
from gateway.spool.keyring import DirKeyring
from gateway.spool.restore import go_on
from gateway.spool.sqlite import SqliteStore
from tests.contract.spool_rooms import opened
from tests.contract.test_cli_state import fill
from tests.fakes.command_line import CommandLine

HOUR = 3600


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with an empty home."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


def name_wrap_key(cli: CommandLine) -> str:
    """Name a file for the wrap key in the configuration, and return it."""
    wrap = cli.home.parent / "wrap"
    cli.configure(f'[keyring]\nwrap_key_file = "{wrap}"\n')
    return str(wrap)


def use(cli: CommandLine) -> None:
    """Let a gateway begin a generation of the spool, as each does at its start."""

    async def begin() -> None:
        keyring = DirKeyring(cli.home / "keys")
        async with opened(SqliteStore(cli.home / "data" / "spool.db")) as store:
            await go_on(store, keyring, now_seconds())

    asyncio.run(begin())


def actions(cli: CommandLine) -> list[str]:
    """Return what is noted of operators."""
    return [each["action"] for each in cli("audit", "list", "--json").json()]


def test_keys_are_wrapped(cli: CommandLine) -> None:
    """Step by step, each of which says what comes next; nothing is lost, and it is noted."""
    [waiting] = fill(cli.home)
    assert cli("keys", "status", "--json").json()["wrapped"] == "no"
    wrap = name_wrap_key(cli)
    assert "names a file that does not exist" in cli("keys", "status").stderr
    assert cli("keys", "wrap-key", wrap).stdout == "written; now umschlag keys wrap\n"
    for command in (("keys", "status"), ("check",)):
        assert "run umschlag keys wrap" in cli(*command).stderr
    assert cli("keys", "wrap").stdout == "2 wrapped\n"
    status = cli("keys", "status", "--json").json()
    assert (status["kept_in"], status["wrapped"], len(status["epochs"])) == ("folder", "yes", 1)
    assert (cli("check").code, cli("messages", "show", waiting).code) == (0, 0)
    assert actions(cli) == ["keys_wrap"]


def test_another_key_wraps(cli: CommandLine) -> None:
    """The old one cannot be dropped before."""
    wrap = name_wrap_key(cli)
    cli("keys", "wrap-key", wrap)
    fill_status = cli("keys", "status", "--json").json()
    assert fill_status["wrapped"] == "yes"
    assert cli("keys", "wrap-key", wrap).code == 1
    assert cli("keys", "wrap-key", wrap, "--rotate").code == 0
    assert cli("keys", "status", "--json").json()["wrapped"] == "yes, 1 by an older key"
    assert "umschlag keys wrap" in cli("keys", "wrap-key", wrap, "--drop-old").stderr
    assert cli("keys", "wrap", "--json").json() == {"changed": 1}
    assert cli("keys", "wrap-key", wrap, "--drop-old").stdout == "1 dropped\n"
    assert cli("keys", "status", "--json").json()["wrapped"] == "yes"


def test_keys_are_unwrapped(cli: CommandLine) -> None:
    """Then the setting has to go."""
    wrap = name_wrap_key(cli)
    cli("keys", "wrap-key", wrap)
    cli("keys", "status")
    assert cli("keys", "wrap", "--undo").stdout == "2 unwrapped\n"
    assert cli("keys", "status").code == 1
    cli.configure("")
    assert cli("keys", "status", "--json").json()["wrapped"] == "no"
    assert actions(cli) == ["keys_unwrap"]


def test_what_cannot_be_done_is_told(cli: CommandLine, tmp_path: Path) -> None:
    """In one line, which is clear."""
    assert "the settings name no key to wrap by" in cli("keys", "wrap").stderr
    assert cli("keys", "wrap-key", str(tmp_path / "a"), "--rotate", "--drop-old").code == 2
    assert "does not exist" in cli("keys", "wrap-key", str(tmp_path / "a"), "--rotate").stderr
    assert "cannot be written" in cli("keys", "wrap-key", str(tmp_path / "nowhere" / "a")).stderr


def test_a_wrap_key_among_the_keys_is_refused(cli: CommandLine) -> None:
    """Whoever has the folder would have it; in the spool's folder it is a warning."""
    cli.configure(f'[keyring]\nwrap_key_file = "{cli.home}/keys/wrap"\n')
    checked = cli("check")
    assert (checked.code, "lies in the keyring's folder" in checked.stderr) == (2, True)
    wrap = cli.home / "data" / "wrap"
    cli.configure(f'[keyring]\nwrap_key_file = "{wrap}"\n')
    wrap.parent.mkdir(parents=True)
    cli("keys", "wrap-key", str(wrap))
    assert "lies in the spool's folder: a backup of that holds it, too" in cli("check").stderr


def test_the_same_database_is_refused(cli: CommandLine) -> None:
    """Whatever else is wrong: a backup of it would open itself."""
    cli.configure(
        '[spool]\nurl = "postgresql://a@localhost/umschlag"\n[keyring]\nurl = "postgresql://b:S3NT@127.0.0.1:5432/umschlag"\n'
    )
    checked = cli("check")
    assert "keyring.url (line 4): is the spool's database" in checked.stderr
    assert "S3NT" not in checked.stderr


@pytest.mark.parametrize(
    "url", ["postgresql://", "postgresql://host", "postgresql://host/", "postgresql://host:S3NT/a"]
)
def test_a_url_without_a_database_is_refused(cli: CommandLine, url: str) -> None:
    """And not repeated."""
    cli.configure(f'[keyring]\nurl = "{url}"\n')
    checked = cli("check")
    assert (checked.code, "S3NT" in checked.stderr) == (2, False)
    assert "postgresql://user@host/database is expected" in checked.stderr


def test_a_wrong_clock_is_accepted(cli: CommandLine) -> None:
    """It is told, and nothing is purged by it, until an operator says that it is right."""
    fill(cli.home)
    keyring = DirKeyring(cli.home / "keys")
    keyring.note_used(now_seconds() + 3 * HOUR)
    told = cli("keys", "clock", "--json")
    assert (told.code, "hours behind" in told.json()["problem"]) == (1, True)
    assert cli("retention", "run").code == 1
    assert "hours behind" in cli("check").stderr
    accepted = cli("keys", "clock", "--accept")
    assert (accepted.code, cli("check").code, cli("retention", "run").code) == (0, 0, 0)
    assert "clock_accept" in actions(cli)


def test_another_keyring_is_refused(cli: CommandLine) -> None:
    """An empty one beside a spool that was used would lose all that waits: a person decides, and it is noted."""
    fill(cli.home)
    assert cli("messages", "list").code == 0
    use(cli)
    shutil.rmtree(cli.home / "keys")
    refused = cli("messages", "list")
    assert (refused.code, refused.stdout) == (1, "")
    assert "the spool was used with another one: set keyring.url right" in refused.stderr
    assert cli("keys", "accept").code == 1
    assert cli("keys", "accept", "--yes").code == 0
    assert cli("messages", "list").code == 0
    assert "keys_accept" in actions(cli)


def test_a_missing_key_is_told(cli: CommandLine) -> None:
    """By what it means."""
    fill(cli.home)
    use(cli)
    (cli.home / "keys" / "auth.key").unlink()
    assert "auth.key is missing: put it back, else every client needs a new key" in cli("check").stderr
    assert "auth.key is missing" in cli("doctor").stdout
