"""Reloading over real files: what is taken over, what is refused, and what is told of it."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.config import Configuration, examine
from gateway.core.problem import Problem
from gateway.delivery.built import Built, build
from gateway.logs import Log
from gateway.metrics import Metrics
from gateway.reload import Reloading, Reread
from tests.fakes.dispatch import until

BOX = '[providers.box]\ntype = "sandbox"\n[routes]\nsms = ["box"]\n'
SPEC = """
spec = 1
[provider]
name = "acme"
summary = "In-house."
channel = "sms"
[request]
base_url = "https://acme.example"
path = "/{path}"
encoding = "json"
auth = { type = "none" }
[request.body]
to = "{recipient}"
text = "{text}"
[[outcome]]
status = 200
is = "accepted"
without_ref = true
"""
ACME = BOX + '[providers.acme]\ntype = "acme"\n'


@dataclass
class Room:
    """A configuration file that is followed, and what was applied of it."""

    file: Path
    applied: list[tuple[Configuration, Built]] = field(default_factory=list)
    told: list[Problem] = field(default_factory=list)
    fault: Exception | None = None
    metrics: Metrics = field(default_factory=Metrics)
    lines: io.StringIO = field(default_factory=io.StringIO)

    def examine(self) -> Configuration:
        """Read the file."""
        return examine(self.file, {"UMSCHLAG_HOME": str(self.file.parent / "home")})

    async def apply(self, configuration: Configuration, built: Built) -> None:
        """Take a configuration over, or not."""
        if self.fault is not None:
            raise self.fault
        self.applied.append((configuration, built))

    def tell(self, problems: Sequence[Problem]) -> None:
        """Hear what is wrong."""
        self.told += problems

    def write(self, text: str) -> None:
        """Put another text in the file's place."""
        draft = self.file.with_suffix(".new")
        draft.write_text(text, encoding="utf-8")
        draft.replace(self.file)

    def events(self) -> list[dict[str, object]]:
        """Return what was logged."""
        return [json.loads(line) for line in self.lines.getvalue().splitlines()]

    async def logged(self, count: int) -> list[dict[str, object]]:
        """Return what was logged as soon as it is so many lines."""

        async def are_there() -> bool:
            return len(self.events()) >= count

        await until(are_there)
        return self.events()

    @property
    def is_refused(self) -> float | None:
        """What the metrics say."""
        return self.metrics.registry.get_sample_value("umschlag_reload_refused")


@asynccontextmanager
async def following(folder: Path, text: str = BOX, *, watches: bool = False) -> AsyncIterator[tuple[Room, Reloading]]:
    """Follow a file."""
    room = Room(folder / "gateway.toml")
    room.write(text)
    running = room.examine()
    reloading = Reloading(
        running, build(running), Reread(room.examine, room.tell), room.apply, log=Log(room.lines), metrics=room.metrics
    )
    reloading.start(watches=watches)
    try:
        yield room, reloading
    finally:
        await reloading.stop()


async def test_a_change_of_the_file_is_followed_by_itself(tmp_path: Path) -> None:
    """Nobody has to ask; the new text is what is applied."""
    async with following(tmp_path, watches=True) as (room, _):
        await watched(room)
        room.write(BOX + '[limits]\nrate = "7/s"\n')

        async def is_followed() -> bool:
            return str(room.applied[-1][0].settings.limits.rate) == "7/s"

        await until(is_followed)
    assert (room.told, room.is_refused) == ([], 0)


async def watched(room: Room) -> None:
    """Return when the file is watched, which nothing tells: what is written before that is not seen."""
    for number in range(1, 200):
        room.write(BOX + f'[limits]\nrate = "{number}/h"\n')
        await asyncio.sleep(0.3)
        if room.applied:
            return


async def test_every_fault_is_told_and_nothing_is_applied(tmp_path: Path) -> None:
    """Keys and lines are logged, sentences are told to whoever reads them; a metric says so until it is right again."""
    async with following(tmp_path) as (room, reloading):
        room.write(BOX.replace('"box"]', '"nobody"]') + "[sms]\nmax_segments = 0\n")
        reloading.ring()
        lines = await room.logged(2)
        assert [(line["event"], line["key"], line["line"]) for line in lines] == [
            ("reload_refused", "routes.sms[0]", 4),
            ("reload_refused", "sms.max_segments", 6),
        ]
        assert ([problem.key for problem in room.told], room.applied) == (["routes.sms[0]", "sms.max_segments"], [])
        assert room.is_refused == 1
        room.write(BOX)
        reloading.ring()
        assert (await room.logged(3))[2]["event"] == "reloaded"
        assert (room.is_refused, len(room.applied)) == (0, 1)


async def test_what_cannot_be_brought_into_force_is_refused(tmp_path: Path) -> None:
    """A provider that cannot be opened, or a bug: reloading goes on all the same."""
    async with following(tmp_path) as (room, reloading):
        for number, room.fault in enumerate((PermissionError("S3NT"), RuntimeError("S3NT"), None), 1):
            reloading.ring()
            await room.logged(number)
    assert [(line["event"], line.get("error")) for line in room.events()] == [
        ("reload_refused", "PermissionError"),
        ("reload_refused", "RuntimeError"),
        ("reloaded", None),
    ]


async def test_what_takes_a_restart_is_named_each_time(tmp_path: Path) -> None:
    """The key is told as long as the file and the process differ; what is applied has the old value."""
    async with following(tmp_path) as (room, reloading):
        room.write(BOX + '[gateway]\nname = "other.example"\n')
        for number in (2, 4):
            reloading.ring()
            await room.logged(number)
    assert [(line["event"], line.get("key")) for line in room.events()] == [
        ("restart_needed", "gateway.name"),
        ("reloaded", None),
    ] * 2
    assert {configuration.settings.gateway.name for configuration, _ in room.applied} == {"gateway.invalid"}


async def test_a_spec_file_that_did_not_change_keeps_its_type(tmp_path: Path) -> None:
    """A provider of it goes on with its adapter and its circuit; with another text it is another type."""
    specs = tmp_path / "providers.d"
    specs.mkdir()
    (specs / "acme.toml").write_text(SPEC.replace("{path}", "one"), encoding="utf-8")
    async with following(tmp_path, ACME) as (room, reloading):
        for number, path in enumerate(("one", "one", "two"), 1):
            (specs / "acme.toml").write_text(SPEC.replace("{path}", path), encoding="utf-8")
            reloading.ring()
            await room.logged(number)
    types = [built.types["acme"] for _, built in room.applied]
    assert [types[0] is types[1], types[1] is types[2]] == [True, False]
    assert [built.types["seven"] is room.applied[0][1].types["seven"] for _, built in room.applied] == [True] * 3
