"""Watches the configuration's files, and tells when what is written in them has changed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

# Milliseconds without a change until a change is told: an editor that writes in several steps has ended by then.
_QUIET: Final = 100
_LONGEST: Final = 500

# Milliseconds until the files are looked at in any case: a network's file system may tell nothing.
_LOOK_EVERY: Final = 5_000

# What Kubernetes swaps when it brings a mounted ConfigMap up to date.
_SWAPPED: Final = "..data"


async def changes(file: Path, folder: Path, stop: asyncio.Event) -> AsyncIterator[None]:
    """Yield when the text of a file, or of a `.toml` file in `folder`, is another one, until `stop` is set.

    The folder may come and go. Raises what the system says when it cannot watch: OSError and the library's own.
    """
    from watchfiles import awatch  # noqa: PLC0415 (it costs a start 50 ms, and nobody waits for it)

    written = await asyncio.to_thread(_digest, file, folder)
    while not stop.is_set():
        places = _places(file, folder)
        async for found in awatch(
            *places,
            watch_filter=None,
            step=_QUIET,
            debounce=_LONGEST,
            rust_timeout=_LOOK_EVERY,
            yield_on_timeout=True,
            recursive=False,
            stop_event=stop,
        ):
            if found and not any(_concerns(Path(path), file, folder) for _, path in found):
                continue
            now = await asyncio.to_thread(_digest, file, folder)
            if now != written:
                written = now
                yield
            if _places(file, folder) != places:
                break


def _places(file: Path, folder: Path) -> Sequence[Path]:
    """Return the folders to watch: editors put a new file in the place of the old one, so a file is not enough."""
    parents = dict.fromkeys((file.absolute().parent, file.resolve().parent))
    return [*parents, folder] if folder.is_dir() else [*parents]


def _concerns(path: Path, file: Path, folder: Path) -> bool:
    names = {file.name, file.resolve().name, folder.name, _SWAPPED}
    return path.name in names or (path.suffix == ".toml" and path.parent.name == folder.name)


def _digest(file: Path, folder: Path) -> bytes:
    digest = blake2b()
    for path in (file, *sorted(folder.glob("*.toml"))):
        try:
            text = path.read_bytes()
        except OSError:
            continue
        digest.update(b"%s %d\n" % (path.name.encode(), len(text)))
        digest.update(text)
    return digest.digest()
