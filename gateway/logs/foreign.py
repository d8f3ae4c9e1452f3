"""What libraries and the interpreter would write: each becomes one event that names a library and a type, no text."""

import asyncio
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

from gateway.logs.event import Event
from gateway.logs.log import Log

# Logger names that are no module's name.
_LIBRARY_OF: Final = {"mail": "aiosmtpd", "py": "warnings"}


def silence_libraries(log: Log) -> Callable[[], None]:
    """Turn everything that this process's libraries report into events without text.

    Covers the root logger with all loggers that exist, warnings, unraisable exceptions, exceptions of threads and
    of the main thread. Returns a function that puts everything back.
    """
    undo = [_redirect_records(log), _redirect_warnings(log), _redirect_exceptions(log)]

    def put_back() -> None:
        for step in undo:
            step()

    return put_back


def silence_loop(log: Log, loop: asyncio.AbstractEventLoop) -> None:
    """Turn what an event loop reports (tasks whose exception nobody asked for) into events without text."""

    def handle(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        log.error(Event.TASK_FAILED, error=context.get("exception"))

    loop.set_exception_handler(handle)


def library_of(name: str) -> str:
    """Return a logger's top-level name if it is a module of this process, else `other`: a name can hold a value."""
    top = name.partition(".")[0]
    top = _LIBRARY_OF.get(top, top)
    return top if top in sys.modules else "other"


class _Handler(logging.Handler):
    """Reads of a record its logger's name, its level and the type of its exception."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def handle(self, record: logging.LogRecord) -> bool:
        """Write one event; the record is not formatted."""
        error = record.exc_info[0] if record.exc_info else None
        write = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        write(Event.LIBRARY_RECORD, library=library_of(record.name), error=error)
        return True


def _redirect_records(log: Log) -> Callable[[], None]:
    root = logging.getLogger()
    loggers = [root, *(other for other in root.manager.loggerDict.values() if isinstance(other, logging.Logger))]
    before = [(logger, logger.handlers, logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [], True
        logger.setLevel(logging.NOTSET)
    root.handlers = [_Handler(log)]
    root.setLevel(logging.WARNING)

    def put_back() -> None:
        for logger, handlers, propagate, level in before:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)

    return put_back


def _redirect_warnings(log: Log) -> Callable[[], None]:
    before = warnings.showwarning

    def show(_message: object, category: type[Warning], *_place: object, **_named: object) -> None:
        log.warning(Event.LIBRARY_WARNING, error=category)

    # The interpreter's own signature has names for the file and line that are not read here.
    warnings.showwarning = show  # type: ignore[assignment]

    def put_back() -> None:
        warnings.showwarning = before

    return put_back


def _redirect_exceptions(log: Log) -> Callable[[], None]:
    before = sys.excepthook, sys.unraisablehook, threading.excepthook

    def crashed(kind: type[BaseException], _error: BaseException, _trace: TracebackType | None) -> None:
        log.error(Event.CRASHED, error=kind)

    def unraisable(event: "sys.UnraisableHookArgs") -> None:
        log.error(Event.TASK_FAILED, error=event.exc_type)

    def thread_failed(event: threading.ExceptHookArgs) -> None:
        log.error(Event.THREAD_FAILED, error=event.exc_type)

    sys.excepthook, sys.unraisablehook, threading.excepthook = crashed, unraisable, thread_failed

    def put_back() -> None:
        sys.excepthook, sys.unraisablehook, threading.excepthook = before

    return put_back
