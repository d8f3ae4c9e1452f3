"""Logs: events from a closed list, with typed, allow-listed fields; anything else does not print."""

from gateway.logs.event import Event
from gateway.logs.file import DAY, LogFile, log_files
from gateway.logs.foreign import silence_libraries, silence_loop
from gateway.logs.log import Log, open_log

__all__ = ["DAY", "Event", "Log", "LogFile", "log_files", "open_log", "silence_libraries", "silence_loop"]
