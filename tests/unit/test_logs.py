"""What a log line shows, and that nothing else can be made to show."""

import io
import json
from datetime import UTC, datetime

import pytest

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.logs import Event, Log
from gateway.settings import LogSection

MARK = "S3NT-log-4711"
NOON = int(datetime(2025, 11, 24, 12, tzinfo=UTC).timestamp())


class Written(io.StringIO):
    def lines(self) -> list[dict[str, object]]:
        """Return what was written, without the times."""
        found = [json.loads(line) for line in self.getvalue().splitlines()]
        return [{name: value for name, value in line.items() if name != "time"} for line in found]


@pytest.fixture
def written() -> Written:
    """Return a sink in memory."""
    return Written()


@pytest.fixture
def log(written: Written) -> Log:
    """Return a log that writes everything into the sink."""
    return Log(written, level="debug", clock=lambda: NOON)


def test_a_line_is_one_json_object_with_utc_time_to_the_second(written: Written, log: Log) -> None:
    """Time, level and event come first, then the fields."""
    log.info(Event.STARTED, version="0.1.0", port=8025)
    expected = '{"time":"2025-11-24T12:00:00Z","level":"info","event":"started","version":"0.1.0","port":8025}\n'
    assert expected == written.getvalue()


def test_a_line_for_people_has_the_same_words(written: Written) -> None:
    """The console form is plain text where the sink is no terminal."""
    Log(written, form="console", clock=lambda: NOON).warning(Event.CIRCUIT_OPENED, provider="seven-main")
    expected = ["2025-11-24T12:00:00Z", "[warning", "]", "circuit_opened", "provider=seven-main"]
    assert expected == written.getvalue().split()


@pytest.mark.parametrize(
    "level, expected",
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_the_level_is_the_least_that_is_written(written: Written, level: str, expected: list[str]) -> None:
    """What is below the level is not written."""
    log = Log(written, level=LogSection.model_validate({"level": level}).level)
    for write in (log.debug, log.info, log.warning, log.error):
        write(Event.PURGED)
    assert expected == [line["level"] for line in written.lines()]


@pytest.mark.parametrize(
    "name, value, printed",
    [
        ("message", "0193" + "a" * 28, "0193" + "a" * 28),
        ("client", 7, 7),
        ("provider", "46elks_de-1.eu", "46elks_de-1.eu"),
        ("channel", Channel.SMS, "sms"),
        ("state", State.IN_DOUBT, "in_doubt"),
        ("outcome", "rejected", "rejected"),
        ("reason", Reason.NO_CREDIT, "no_credit"),
        ("attempts", 3, 3),
        ("count", 0, 0),
        ("seconds", 1.23456, 1.235),
        ("seconds", 2, 2),
        ("port", 65_535, 65_535),
        ("listener", "smtp", "smtp"),
        ("status", 503, 503),
        ("error", "ConnectionResetError", "ConnectionResetError"),
        ("error", ValueError(MARK), "ValueError"),
        ("error", KeyError, "KeyError"),
        ("key", "providers.seven-main.api_key", "providers.seven-main.api_key"),
        ("key", "routes.rules[0].use", "routes.rules[0].use"),
        ("version", "0.1.0", "0.1.0"),
        ("version", "1.2.0rc1", "1.2.0rc1"),
        ("retention_class", "metadata", "metadata"),
        ("signal", "SIGTERM", "SIGTERM"),
        ("library", "aiohttp", "aiohttp"),
    ],
)
def test_an_allowed_field_prints(written: Written, log: Log, name: str, value: object, printed: object) -> None:
    """A listed field prints when its value has the field's form; of an exception the type's name alone."""
    log.info(Event.PURGED, **{name: value})
    assert [{"level": "info", "event": "purged", name: printed}] == written.lines()


@pytest.mark.parametrize(
    "name, value",
    [
        ("recipient", MARK),
        ("text", MARK),
        ("exc_info", ValueError(MARK)),
        ("stack_info", True),
        ("time", MARK),
        ("level", MARK),
        ("message", MARK),
        ("message", "0193A" + "a" * 27),
        ("client", True),
        ("client", -1),
        ("client", 491761234567890),
        ("client", "praxis"),
        ("provider", "491761234567"),
        ("provider", "anna@praxis.example"),
        ("provider", "a" * 65),
        ("channel", MARK),
        ("state", MARK),
        ("state", ["queued"]),
        ("outcome", MARK),
        ("reason", MARK),
        ("seconds", float("nan")),
        ("seconds", True),
        ("seconds", -1),
        ("seconds", "1"),
        ("port", 65_536),
        ("listener", "127.0.0.1"),
        ("status", 42),
        ("error", "no such host: praxis.example"),
        ("error", "a" * 65),
        ("error", "Grün"),
        ("error", 7),
        ("key", f"providers.x = {MARK}"),
        ("version", MARK),
        ("retention_class", MARK),
        ("signal", MARK),
        ("signal", 15),
        ("library", "10.0.0.1"),
    ],
)
def test_anything_else_does_not_print_and_is_counted(written: Written, log: Log, name: str, value: object) -> None:
    """A field that is not listed, or has not its form, leaves a number only."""
    log.info(Event.PURGED, **{name: value})
    assert written.lines() == [{"level": "info", "event": "purged", "fields_dropped": 1}]
    assert log.fields_dropped == 1


def test_a_field_that_is_none_is_no_field(written: Written, log: Log) -> None:
    """None neither prints nor counts as dropped, so that callers need no condition."""
    log.info(Event.PURGED, reason=None, count=1)
    assert written.lines() == [{"level": "info", "event": "purged", "count": 1}]


def test_an_unknown_event_is_no_line(written: Written, log: Log) -> None:
    """A text in the place of an event is not written, even one that an event has."""
    log.info(MARK)  # type: ignore[arg-type]
    log.error("purged")  # type: ignore[arg-type]
    assert (written.getvalue(), log.fields_dropped) == ("", 2)


def test_a_sink_that_fails_is_counted() -> None:
    """A closed sink loses lines and stops nothing."""
    sink = io.StringIO()
    log = Log(sink)
    sink.close()
    log.error(Event.STOPPED)
    assert log.lines_lost == 1
