"""Collects every place of a gateway where something could come out: files, process, answers, pages, captures."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from tests.fakes.capture_http import HttpCapture
from tests.fakes.capture_smtp import SmtpCapture
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Reply
from tests.oracle.marks import AT_PROVIDER, IN_RECORDS
from tests.oracle.searcher import Sink

# What the admin listener shows. The outbox of the sandbox is left out: to show the message is its purpose.
PUBLIC_PATHS: Final = ("/healthz", "/readyz", "/metrics", "/api/nothing-here")
CONSOLE_PATHS: Final = ("/", "/api/status", "/api/providers", "/api/messages")


COMMANDS: Final = (
    ("messages", "list"),
    ("messages", "list", "--json"),
    ("clients", "list", "--json"),
    ("providers", "list"),
    ("retention", "run"),
)


def file_sinks(folder: Path, names: Sequence[str]) -> Iterator[Sink]:
    """Return what is in these files, and in all files below these folders, whatever they are called."""
    for name in names:
        path = folder / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            yield Sink(f"name of a file in {name}", str(file.relative_to(folder)).encode())
            # A log that is checkpointed, a temporary file: gone between the listing and the reading.
            with suppress(FileNotFoundError, IsADirectoryError):
                is_spool = file.name.startswith("spool.db")
                allowed = IN_RECORDS if is_spool else frozenset()
                yield Sink(f"file {file.relative_to(folder)}", file.read_bytes(), allowed)


def family(pid: int) -> list[int]:
    """Return a process and all that it has started, workers among them."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            with suppress(OSError):
                found += map(int, children.read_text().split())
    return found


def process_sinks(pid: int) -> Iterator[Sink]:
    """Return what the system tells of a process, and the files that it deleted and still holds."""
    process = Path("/proc") / str(pid)
    for name in ("cmdline", "environ", "comm", "maps"):
        # What is not dumpable tells its environment to root alone; a thread may end between two looks.
        with suppress(PermissionError, ProcessLookupError, FileNotFoundError):
            yield Sink(f"process {name}", (process / name).read_bytes())
    yield Sink("process threads", b"\n".join(_read(path) for path in process.glob("task/*/comm")))
    for descriptor in process.glob("fd/*"):
        with suppress(OSError):
            path = descriptor.readlink()
            yield Sink("process descriptor", str(path).encode())
            if path.name.endswith("(deleted)"):
                yield Sink("process deleted file", descriptor.read_bytes())


def _read(path: Path) -> bytes:
    with suppress(OSError):
        return path.read_bytes()
    return b""


def answer_sinks(answers: Iterable[Reply]) -> Iterator[Sink]:
    """Return all that the clients were answered."""
    for number, reply in enumerate(answers):
        yield Sink(f"answer {number} ({reply.status})", reply.raw)


def capture_sinks(captures: Iterable[HttpCapture | SmtpCapture]) -> Iterator[Sink]:
    """Return every byte that came to the providers."""
    for capture in captures:
        name = f"provider at {capture.port}"
        if isinstance(capture, HttpCapture):
            yield from (Sink(name, taken.raw, allows=AT_PROVIDER) for taken in capture.taken)
        else:
            yield from (Sink(name, bytes(session), allows=AT_PROVIDER) for session in capture.sessions)


async def admin_sinks(ask: Callable[[str], Awaitable[Reply]]) -> list[Sink]:
    """Return the answers of the admin listener, head and body; the console has to be open to the one who asks."""
    public = [Sink(f"admin {path}", (await ask(path)).raw) for path in PUBLIC_PATHS]
    console = [(path, await ask(path)) for path in CONSOLE_PATHS]
    assert {path: reply.status for path, reply in console if reply.status != 200} == {}
    return public + [Sink(f"admin {path}", reply.raw, IN_RECORDS) for path, reply in console]


async def command_sinks(gateway: Gateway) -> list[Sink]:
    """Return what the operator's commands print."""
    done = [(" ".join(words), await gateway.call(*words)) for words in COMMANDS]
    assert {words: finished for words, finished in done if finished.code != 0} == {}
    return [Sink(f"umschlag {words}", f"{said.stdout}{said.stderr}".encode(), IN_RECORDS) for words, said in done]


def at_rest(gateway: Gateway) -> list[Sink]:
    """Return what is left when the process is gone: its files, its output, its answers."""
    files = file_sinks(gateway.folder, ("home", "tmp", "stdout", "stderr"))
    return [*files, *answer_sinks(gateway.answers)]


async def of(gateway: Gateway, captures: Iterable[HttpCapture | SmtpCapture]) -> list[Sink]:
    """Return everything of a running gateway."""
    pages = await admin_sinks(gateway.admin)
    processes = [sink for pid in family(gateway.pid) for sink in process_sinks(pid)]
    return [*at_rest(gateway), *processes, *pages, *capture_sinks(captures)]
