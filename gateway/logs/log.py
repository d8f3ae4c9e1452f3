"""The log: structlog with a first step that keeps what is allowed."""

import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from gateway.core.ids import now_seconds
from gateway.logs.event import Event
from gateway.logs.field import FIELDS
from gateway.logs.file import RotatingFile
from gateway.settings import LogSection

Level = Literal["debug", "info", "warning", "error"]
Form = Literal["json", "console"]

_RANK: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class Sink(Protocol):
    """Where lines go; a text file is one."""

    def write(self, text: str, /) -> object:
        """Take one whole line."""

    def flush(self) -> object:
        """Pass on what was taken."""


class Log:
    """Writes one event a line: JSON objects, or a form for people.

    `clock` gives seconds since 1970 UTC. Unknown events, unknown fields and values without their field's form are
    left out and counted. Nothing is raised, whatever is given and whatever the sink does.
    """

    def __init__(
        self, sink: Sink, *, level: Level = "info", form: Form = "json", clock: Callable[[], int] = now_seconds
    ) -> None:
        self._clock = clock
        self._dropped = 0
        self._sink = sink
        self._lines = _Lines(sink)
        self._processors: list[Processor] = [
            self._keep_allowed,
            structlog.processors.add_log_level,
            self._add_time,
            _write_json if form == "json" else _for_people(sink),
        ]
        self.set_level(level)

    def set_level(self, level: Level) -> None:
        """Write from now on what is at least of a level."""
        self._debugs = level == "debug"
        self._logger: FilteringBoundLogger = structlog.wrap_logger(
            self._lines,
            processors=self._processors,
            wrapper_class=structlog.make_filtering_bound_logger(_RANK[level]),
            context_class=dict,
        ).bind()

    @property
    def fields_dropped(self) -> int:
        """How many events and fields did not print because they are not on the list or have not its form."""
        return self._dropped

    @property
    def lines_lost(self) -> int:
        """How many lines the sink did not take."""
        return self._lines.lost

    def debug(self, event: Event, **fields: object) -> None:
        """Write what helps to find a fault; off unless the level says so."""
        if self._debugs:  # the hot path passes here: structlog's own filter costs as much again as this call
            self._logger.debug(event, **fields)

    def info(self, event: Event, **fields: object) -> None:
        """Write what an operator may want to know."""
        self._logger.info(event, **fields)

    def warning(self, event: Event, **fields: object) -> None:
        """Write what may want an operator's hand."""
        self._logger.warning(event, **fields)

    def error(self, event: Event, **fields: object) -> None:
        """Write what is broken."""
        self._logger.error(event, **fields)

    def turn_over(self, before: int) -> None:
        """Begin a new file if the last line of the log's file is of a day gone by, or its first not after `before`."""
        if isinstance(self._sink, RotatingFile):
            sink = self._sink
            self._lines.guard(lambda: sink.turn_over(before))

    def close(self) -> None:
        """Close the log's file; what is written later is lost and counted."""
        if isinstance(self._sink, RotatingFile):
            self._lines.guard(self._sink.close)

    def _keep_allowed(self, _logger: WrappedLogger, _method: str, given: EventDict) -> EventDict:
        event = given.pop("event")
        if not isinstance(event, Event):
            self._dropped += 1
            raise structlog.DropEvent
        kept: EventDict = {"event": event.value}
        for name, value in given.items():
            if value is None:
                continue
            check = FIELDS.get(name)
            allowed = check(value) if check else None
            if allowed is not None:
                kept[name] = allowed
        dropped = sum(value is not None for value in given.values()) - len(kept) + 1
        if dropped:
            self._dropped += dropped
            kept["fields_dropped"] = dropped
        return kept

    def _add_time(self, _logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        written_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock()))
        return {"time": written_at, "level": line.pop("level"), **line}


class _Lines:
    """What structlog calls a logger: takes finished lines, one at a time, from any thread."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._lock = threading.Lock()
        self.lost = 0

    def msg(self, line: str) -> None:
        self.guard(lambda: self._sink.write(line + "\n"), self._sink.flush)

    def guard(self, *steps: Callable[[], object]) -> None:
        with self._lock:
            try:
                for step in steps:
                    step()
            except (OSError, ValueError):  # a full disk, a broken pipe, a closed file: the gateway goes on
                self.lost += 1

    debug = info = warning = error = msg


def open_log(section: LogSection, *, clock: Callable[[], int] = now_seconds) -> Log:
    """Open the log that `[log]` describes. Raises OSError where its file cannot be opened."""
    sink = sys.stderr if section.path is None else open_file(section.path, clock)
    return Log(sink, level=section.level, form=section.format, clock=clock)


def open_file(path: Path, clock: Callable[[], int]) -> RotatingFile:
    """Open a log file and turn it over if its last line is of another day. Raises OSError."""
    file = RotatingFile(path, clock=clock)
    file.turn_over(before=0)
    return file


def _write_json(_logger: WrappedLogger, _method: str, line: EventDict) -> str:
    return msgspec.json.encode(line).decode("ascii")


def _for_people(sink: Sink) -> Processor:
    is_terminal = bool(getattr(sink, "isatty", bool)())
    return structlog.dev.ConsoleRenderer(
        timestamp_key="time",
        colors=is_terminal,
        sort_keys=False,
        exception_formatter=structlog.dev.plain_traceback,  # the default shows locals; none comes here all the same
    )
