"""Watching the configuration's files: what changes in them is told, what changes beside them is not."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.config.watch import changes


def write(path: Path, text: str) -> None:
    """Write a file in place."""
    path.write_text(text, encoding="utf-8")


@asynccontextmanager
async def watching(file: Path) -> AsyncIterator["asyncio.Queue[None]"]:
    """Watch a file and the folder `providers.d` beside it; the queue has an item for each change that is told."""
    stop, found = asyncio.Event(), asyncio.Queue[None]()

    async def watch() -> None:
        async for _ in changes(file, file.parent / "providers.d", stop):
            found.put_nowait(None)

    task = asyncio.create_task(watch())
    # The watch tells nothing when it has begun: one change that it must see, again and again, until it is seen.
    number = 0
    while found.empty():
        number += 1
        write(file, f"a = {number}0\n")
        await asyncio.sleep(0.3)
    await asyncio.sleep(0.7)
    while not found.empty():
        found.get_nowait()
    try:
        yield found
    finally:
        stop.set()
        await task


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A configuration file."""
    path = tmp_path / "gateway.toml"
    write(path, "a = 1\n")
    return path


async def test_changes_of_the_text_are_told(file: Path) -> None:
    """Written in place, and replaced by another file; what stands beside it and what is written anew is not told."""
    async with watching(file) as found:
        write(file, "a = 2\n")
        await asyncio.wait_for(found.get(), 20)
        draft = file.with_suffix(".draft")
        write(draft, "a = 3\n")
        draft.replace(file)
        await asyncio.wait_for(found.get(), 20)
        write(file.with_name("spool.db"), "x")
        write(file, "a = 3\n")
        await asyncio.sleep(0.7)
        assert found.empty()


async def test_spec_files_are_watched_too(file: Path) -> None:
    """The folder may be made later; each `.toml` in it counts, new, changed or removed."""
    async with watching(file) as found:
        folder = file.parent / "providers.d"
        folder.mkdir()
        spec = folder / "acme.toml"
        write(spec, "spec = 1\n")
        await asyncio.wait_for(found.get(), 20)
        write(spec, "spec = 2\n")
        await asyncio.wait_for(found.get(), 20)
        spec.unlink()
        await asyncio.wait_for(found.get(), 20)


async def test_a_link_that_is_swapped_is_seen(tmp_path: Path) -> None:
    """A mounted ConfigMap: the file is a link through `..data`, which comes to point to another folder."""
    for name, text in (("..1", "a = 1\n"), ("..2", "a = 2\n")):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "gateway.toml", text)
    (tmp_path / "..data").symlink_to("..1")
    file = tmp_path / "gateway.toml"
    file.symlink_to("..data/gateway.toml")
    async with watching(file) as found:
        (tmp_path / "..new").symlink_to("..2")
        (tmp_path / "..new").replace(tmp_path / "..data")
        await asyncio.wait_for(found.get(), 20)
