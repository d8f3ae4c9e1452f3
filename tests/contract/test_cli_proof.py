"""`umschlag retention prove` and `keys destroy`: what of a copy can be opened, and that destroying keys ends it."""

import shutil
from pathlib import Path

import pytest

from tests.contract.test_cli_state import DAY, fill
from tests.fakes.command_line import CommandLine


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with an empty home."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


def copied(cli: CommandLine) -> str:
    """Copy the spool away and return where it is."""
    return str(shutil.copy(cli.home / "data" / "spool.db", cli.home.parent / "copy.db"))


def test_a_copy_is_opened_until_its_keys_are_destroyed(cli: CommandLine) -> None:
    """What lives opens; after that nothing does, and who destroyed what is noted."""
    fill(cli.home, count=2)
    copy = copied(cli)
    [epoch] = cli("retention", "prove", copy, "--json").json()["epochs"]
    assert (epoch["key"], epoch["contents"], epoch["opened"], epoch["overdue"]) == (True, 2, 2, False)
    assert cli("keys", "destroy", "--all", "--yes", "--json").json() == {"destroyed": 1}
    [epoch] = cli("retention", "prove", copy, "--json").json()["epochs"]
    assert (epoch["key"], epoch["contents"], epoch["opened"]) == (False, 2, 0)
    assert cli("retention", "prove", copy).stdout.splitlines()[1].split()[1:] == ["destroyed", "2", "0"]
    noted = [(each["action"], each.get("messages")) for each in cli("audit", "list", "--json").json()]
    proofs = [("retention_prove", opened) for opened in (2, 0, 0)]
    assert noted == [proofs[0], ("keys_destroy", None), *proofs[1:]]


def test_content_that_should_be_dead_is_a_failure(cli: CommandLine) -> None:
    """Where nothing has purged, the proof fails; after a run nothing opens, with all later keys."""
    fill(cli.home, age=3 * DAY)
    copy = copied(cli)
    assert cli("retention", "prove", copy).code == 1
    cli("retention", "run")
    finished = cli("retention", "prove", copy, "--json")
    assert (finished.code, [each["opened"] for each in finished.json()["epochs"]]) == (0, [0])


def test_what_is_no_copy_is_told(cli: CommandLine, tmp_path: Path) -> None:
    """One line and exit status 1."""
    other = tmp_path / "other"
    other.write_bytes(b"S3NT" * 999)
    for path in (other, tmp_path / "nowhere"):
        finished = cli("retention", "prove", str(path))
        assert (finished.code, finished.stdout, len(finished.stderr.splitlines())) == (1, "", 1)
        assert "S3NT" not in finished.stderr


@pytest.mark.parametrize("options", [[], ["--all", "--before", "2026-01-01T00:00:00Z"], ["--before", "S3NT"]])
def test_which_keys_must_be_clear(cli: CommandLine, options: list[str]) -> None:
    """Nothing is destroyed by a line that is not whole."""
    fill(cli.home)
    assert cli("keys", "destroy", "--yes", *options).code == 2
    assert len(cli("keys", "status", "--json").json()["epochs"]) == 1


def test_keys_of_a_time_are_destroyed(cli: CommandLine) -> None:
    """Only those of epochs that began before."""
    fill(cli.home)
    assert cli("keys", "destroy", "--before", "2020-01-01T00:00:00Z", "--yes").stdout == "0 destroyed\n"
    assert cli("keys", "destroy", "--all").code == 1
