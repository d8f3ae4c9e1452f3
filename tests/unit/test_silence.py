"""Records of libraries, warnings and exceptions that nobody caught: a line each, and no text of theirs."""

import asyncio
import gc
import io
import json
import logging
import sys
import threading
import warnings
from collections.abc import Iterator

import pytest

from gateway.logs import Event, Log, silence_libraries, silence_loop

MARK = "S3NT-silence-4711"


class Written(io.StringIO):
    def lines(self) -> list[dict[str, object]]:
        """Return what was written, without the times."""
        found = [json.loads(line) for line in self.getvalue().splitlines()]
        return [{name: value for name, value in line.items() if name != "time"} for line in found]


class SecretError(Exception):
    def __init__(self) -> None:
        super().__init__(MARK)


@pytest.fixture
def written() -> Written:
    """Return a sink in memory."""
    return Written()


@pytest.fixture
def log(written: Written) -> Iterator[Log]:
    """Return a log that everything else speaks through; pytest's own handlers come back afterwards."""
    log = Log(written)
    put_back = silence_libraries(log)
    yield log
    put_back()


LOGGERS = [
    ("aiohttp.access", "aiohttp"),
    ("aiohttp.server", "aiohttp"),
    ("asyncio", "asyncio"),
    ("mail.log", "aiosmtpd"),
    ("py.warnings", "warnings"),
    (f"{MARK}.connection", "other"),
    ("", "other"),
]


@pytest.mark.parametrize("name, library", LOGGERS)
def test_of_a_record_the_library_and_the_type_are_left(written: Written, log: Log, name: str, library: str) -> None:
    """Message, arguments, traceback, extra members and the rest of the logger's name do not get through."""
    import aiosmtpd  # noqa: F401 (a library's name prints once it is there)

    logger = logging.getLogger(name)
    logger.warning("from %s", MARK, extra={"peer": MARK})
    logger.error("failed: %s", MARK, exc_info=SecretError())
    event = {"event": "library_record", "library": library}
    expected = [{"level": "warning", **event}, {"level": "error", **event, "error": "SecretError"}]
    assert expected == written.lines()


def test_records_below_warning_are_none(written: Written, log: Log) -> None:
    """What a library tells at info, such as an access log, is not even counted."""
    logging.getLogger("aiohttp.access").setLevel(logging.DEBUG)
    logging.getLogger("aiohttp.access").info(MARK)
    assert written.lines() == []


def test_a_record_that_cannot_be_formatted_is_a_line_too(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    """The standard library prints the arguments of such a record; nobody formats it here."""
    put_back = silence_libraries(Log(written))  # here, so that pytest's own handler of this phase is taken off too
    logging.getLogger("asyncio").error("%d", MARK)
    put_back()
    assert (capsys.readouterr().err, len(written.lines())) == ("", 1)


def test_handlers_of_libraries_are_taken_off(written: Written, capsys: pytest.CaptureFixture[str]) -> None:
    """A logger that writes by itself and passes nothing on is turned round, and back again at the end."""
    logger = logging.getLogger("aiosmtpd.own")
    handler = logging.StreamHandler(sys.stderr)
    logger.handlers, logger.propagate = [handler], False
    put_back = silence_libraries(Log(written))
    logger.error(MARK)
    put_back()
    assert ([handler], False) == (logger.handlers, logger.propagate)
    logger.handlers, logger.propagate = [], True
    assert (capsys.readouterr().err, len(written.lines())) == ("", 1)


def test_of_a_warning_the_category_is_left(written: Written, log: Log) -> None:
    """Neither the text nor the source line is shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(MARK, ResourceWarning, stacklevel=1)
    assert written.lines() == [{"level": "warning", "event": "library_warning", "error": "ResourceWarning"}]


def test_of_a_failed_thread_the_type_is_left(written: Written, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback is printed."""

    def fail() -> None:
        raise SecretError

    thread = threading.Thread(target=fail, name=MARK)
    thread.start()
    thread.join()
    assert written.lines() == [{"level": "error", "event": "thread_failed", "error": "SecretError"}]
    assert capsys.readouterr().err == ""


def test_of_an_exception_in_a_finaliser_the_type_is_left(
    written: Written, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the interpreter cannot raise is no traceback either."""

    class Failing:
        def __del__(self) -> None:
            raise SecretError

    Failing()
    gc.collect()
    assert written.lines() == [{"level": "error", "event": "task_failed", "error": "SecretError"}]
    assert capsys.readouterr().err == ""


def test_of_a_crash_the_type_is_left(written: Written, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    """The exception that ends the process leaves its type's name."""
    sys.excepthook(SecretError, SecretError(), None)
    assert written.lines() == [{"level": "error", "event": "crashed", "error": "SecretError"}]
    assert capsys.readouterr().err == ""


async def test_of_a_failed_task_the_type_is_left(written: Written, log: Log) -> None:
    """A task whose exception nobody asked for, and a loop's report without one, are a line each."""
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    silence_loop(log, loop)

    async def fail() -> None:
        raise SecretError

    task = asyncio.create_task(fail(), name=MARK)
    await asyncio.wait([task])
    del task
    gc.collect()
    loop.call_exception_handler({"message": MARK})
    loop.set_exception_handler(before)
    event = {"level": "error", "event": "task_failed"}
    assert [{**event, "error": "SecretError"}, event] == written.lines()


def test_a_field_of_ours_is_still_written(written: Written, log: Log) -> None:
    """The log itself goes round all this."""
    log.info(Event.STARTED, version="0.1.0")
    assert written.lines() == [{"level": "info", "event": "started", "version": "0.1.0"}]
