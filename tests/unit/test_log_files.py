"""The log's files: who may read them, when a new one begins, and what their names tell."""

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.logs import Event, Log, LogFile, log_files, open_log
from gateway.logs.file import RotatingFile
from gateway.settings import LogSection

DAY = 86_400
MIDNIGHT = int(datetime(2025, 11, 24, tzinfo=UTC).timestamp())
NOON = MIDNIGHT + DAY // 2


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        """Return the time it was set to."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock that is set by hand."""
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the log is to be."""
    return tmp_path / "umschlag.log"


@pytest.fixture
def log(path: Path, clock: Clock) -> Log:
    """Return a log into a file."""
    return open_log(LogSection(path=path), clock=clock)


def counts(path: Path) -> list[int]:
    """Return the `count` of each line of a file."""
    return [json.loads(line)["count"] for line in path.read_text().splitlines()]


def everything(path: Path) -> dict[str, list[int]]:
    """Return the `count` of each line, a file."""
    return {file.name: counts(file) for file in sorted(path.parent.iterdir())}


def test_without_a_path_lines_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output stays free for what a command answers; there is nothing to turn over or to close."""
    log = open_log(LogSection())
    log.turn_over(before=0)
    log.close()
    log.info(Event.STOPPED)
    shown = capsys.readouterr()
    assert (shown.out, json.loads(shown.err)["event"]) == ("", "stopped")
    assert not sys.stderr.closed


def test_the_file_is_for_its_owner_alone(tmp_path: Path, clock: Clock) -> None:
    """A new file, and one that was open to others before, has mode 0600; a new folder has 0700."""
    old, new = tmp_path / "old.log", tmp_path / "folder" / "new.log"
    old.touch(0o644)
    for path in (new, old):
        open_log(LogSection(path=path), clock=clock).close()
    assert [path.stat().st_mode & 0o777 for path in (new.parent, new, old)] == [0o700, 0o600, 0o600]


def test_a_link_in_the_place_of_the_file_is_refused(path: Path, clock: Clock) -> None:
    """A symbolic link could lead the log into another file."""
    path.symlink_to(path.with_name("elsewhere"))
    with pytest.raises(OSError, match="symbolic"):
        open_log(LogSection(path=path), clock=clock)


def test_a_new_day_begins_a_new_file(log: Log, path: Path, clock: Clock) -> None:
    """Yesterday's lines stand under yesterday's date (UTC)."""
    for day in range(3):
        clock.now = NOON + day * DAY
        log.info(Event.PURGED, count=day)
    assert everything(path) == {
        "umschlag.log": [2],
        "umschlag.log.2025-11-24": [0],
        "umschlag.log.2025-11-25": [1],
    }


def test_a_full_file_begins_a_new_one(path: Path, clock: Clock) -> None:
    """Files of one day are numbered, and no line is cut in two."""
    log = Log(RotatingFile(path, max_bytes=200, clock=clock), clock=clock)
    for number in range(6):
        log.info(Event.PURGED, count=number)
    assert everything(path) == {
        "umschlag.log": [4, 5],
        "umschlag.log.2025-11-24": [0, 1],
        "umschlag.log.2025-11-24.2": [2, 3],
    }


def test_a_file_of_an_earlier_day_is_turned_over_at_the_start(log: Log, path: Path, clock: Clock) -> None:
    """After a stop of days the old lines keep the date of the last of them."""
    log.info(Event.PURGED, count=1)
    log.close()
    os.utime(path, (NOON, NOON))
    clock.now = NOON + 5 * DAY
    open_log(LogSection(path=path), clock=clock).info(Event.PURGED, count=2)
    assert everything(path) == {"umschlag.log": [2], "umschlag.log.2025-11-24": [1]}


def test_retention_can_turn_a_quiet_log_over(log: Log, path: Path, clock: Clock) -> None:
    """A log in which nothing is written any more ages all the same; an empty one is left alone."""
    log.info(Event.PURGED, count=1)
    for _ in range(2):
        clock.now += DAY
        log.turn_over(before=0)
    assert everything(path) == {"umschlag.log": [], "umschlag.log.2025-11-24": [1]}


def test_retention_can_turn_a_young_log_over(log: Log, path: Path, clock: Clock) -> None:
    """Where lines live for minutes: by the time of the first line, which the name tells, after a restart too."""
    log.info(Event.PURGED, count=1)
    clock.now += 60
    log.info(Event.PURGED, count=2)
    log.turn_over(before=NOON - 1)
    log.close()
    os.utime(path, (clock.now, clock.now))
    log = open_log(LogSection(path=path), clock=clock)
    for count in (3, 4):
        log.turn_over(before=NOON)
        log.info(Event.PURGED, count=count)
    assert everything(path) == {"umschlag.log": [3, 4], "umschlag.log.2025-11-24T12-00-00": [1, 2]}
    log.turn_over(before=clock.now)
    assert [(file.path.name, file.oldest_at) for file in log_files(path)] == [
        ("umschlag.log.2025-11-24T12-00-00", NOON),
        ("umschlag.log.2025-11-24T12-01-00", NOON + 60),
    ]


def test_a_file_whose_first_line_tells_no_time_is_as_old_as_its_day(path: Path, clock: Clock) -> None:
    """What is in it may be that old."""
    path.write_text("something else\n2025-99-99T99:99:99Z")
    os.utime(path, (NOON, NOON))
    open_log(LogSection(path=path), clock=clock).turn_over(before=MIDNIGHT)
    assert "umschlag.log.2025-11-24T00-00-00" in [file.name for file in path.parent.iterdir()]


def test_what_another_process_turned_over_is_not_turned_over_again(log: Log, path: Path, clock: Clock) -> None:
    """The new file has younger lines."""
    log.info(Event.PURGED, count=1)
    os.utime(path, (NOON, NOON))
    other = open_log(LogSection(path=path), clock=clock)
    other.info(Event.PURGED, count=2)
    clock.now += 60
    other.turn_over(before=NOON)
    other.info(Event.PURGED, count=3)
    os.utime(path, (clock.now, clock.now))
    log.turn_over(before=NOON)
    assert everything(path) == {"umschlag.log": [3], "umschlag.log.2025-11-24T12-00-00": [1, 2]}


@pytest.mark.parametrize("move", [Path.unlink, lambda path: path.rename(path.with_name("moved"))])
def test_a_file_that_was_taken_away_is_made_anew(log: Log, path: Path, move: Callable[[Path], object]) -> None:
    """Deleting the file in use, or turning it over from outside, loses no later line."""
    log.info(Event.PURGED, count=1)
    move(path)
    log.info(Event.PURGED, count=2)
    assert counts(path) == [2]


def test_two_processes_can_write_one_log(log: Log, path: Path, clock: Clock) -> None:
    """When one turns the file over, the other goes on in the new one."""
    other = open_log(LogSection(path=path), clock=clock)
    log.info(Event.PURGED, count=1)
    other.info(Event.PURGED, count=2)
    clock.now += DAY
    log.info(Event.PURGED, count=3)
    os.utime(path, (clock.now, clock.now))
    other.info(Event.PURGED, count=4)
    assert everything(path) == {"umschlag.log": [3, 4], "umschlag.log.2025-11-24": [1, 2]}


def test_a_closed_file_is_no_error(log: Log, path: Path) -> None:
    """What is written after the end is lost and counted."""
    log.close()
    log.info(Event.PURGED, count=1)
    log.close()
    assert (counts(path), log.lines_lost) == ([], 2)


def test_the_files_are_listed_oldest_first(path: Path) -> None:
    """Only what this log has turned over is listed, with the time its day began; the file in use is not."""
    names = ["2025-11-25", "2025-11-24.2", "2025-11-24", "2025-13-45", "2025-11-24.gz", "2025-11-24.2.3", "old"]
    for name in names:
        path.with_name(f"umschlag.log.{name}").touch()
    for name in ("umschlag.log", "other.log.2025-11-24", "my-umschlag.log.2025-11-24"):
        path.with_name(name).touch()
    assert [
        LogFile(path.with_name("umschlag.log.2025-11-24"), MIDNIGHT),
        LogFile(path.with_name("umschlag.log.2025-11-24.2"), MIDNIGHT),
        LogFile(path.with_name("umschlag.log.2025-11-25"), MIDNIGHT + DAY),
    ] == log_files(path)


def test_a_log_without_a_folder_has_no_files(tmp_path: Path) -> None:
    """Retention may look before the first line was written."""
    assert log_files(tmp_path / "none" / "umschlag.log") == []
