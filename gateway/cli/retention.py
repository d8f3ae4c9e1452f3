"""`umschlag retention`: how old what is kept is, and the purge of everything that is due."""

import asyncio
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.command import FAILED, Group, Invocation, json_option, pass_invocation
from gateway.cli.output import print_json, print_table
from gateway.cli.proof import prove
from gateway.config import Configuration
from gateway.core.ids import now_seconds
from gateway.spool.audit import Action

if TYPE_CHECKING:
    from gateway.cli.state import State
    from gateway.privacy.retention import ClassState

_COLUMNS = ("class", "keeps", "oldest_seconds", "purged", "overdue")


@click.group(cls=Group)
def retention() -> None:
    """See how old what is kept is, and purge."""


@retention.command("status")
@json_option
@pass_invocation
def status(invocation: Invocation, /, *, as_json: bool) -> int:
    """Show how old what is kept is.

    The exit status is 1 where a class is overdue.
    """
    found = asyncio.run(_status(invocation.load()))
    return _tell(found, as_json=as_json, columns=[column for column in _COLUMNS if column != "purged"])


@retention.command()
@json_option
@pass_invocation
def run(invocation: Invocation, /, *, as_json: bool) -> int:
    """Purge everything that is due now."""
    found, failed = asyncio.run(_run(invocation.load()))
    return _tell(found, as_json=as_json, columns=_COLUMNS) or (FAILED if failed else 0)


retention.add_command(prove)


def _tell(found: Sequence[dict[str, Any]], *, as_json: bool, columns: Sequence[str]) -> int:
    if as_json:
        print_json([{column: each[column] for column in columns} for each in found])
    else:
        print_table(columns, ([_cell(each[column]) for column in columns] for each in found))
    return FAILED if any(each["overdue"] for each in found) else 0


def _cell(value: object) -> object:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _members(state: "ClassState") -> dict[str, Any]:
    from gateway.privacy.classes import written_term

    return {
        "class": state.name,
        "keeps": written_term(state.keeps),
        "oldest_seconds": state.oldest_seconds,
        "purged": state.purged,
        "overdue": state.overdue,
    }


async def _run(configuration: Configuration) -> tuple[list[dict[str, Any]], bool]:
    from gateway.cli.state import opened
    from gateway.logs import Log
    from gateway.metrics import Metrics
    from gateway.privacy.clock_guard import ClockGuard
    from gateway.privacy.retention import Retention

    errors = _Errors()
    log = Log(errors, level="error", form="console")
    async with opened(configuration) as state:
        guard = ClockGuard(state.store, state.keyring, log)
        engine = Retention(
            configuration.settings,
            state.store,
            state.keyring,
            metrics=Metrics(),
            log=log,
            may_purge=guard.may_purge,
        )
        found = await engine.run_once()
        await state.note(Action.RETENTION_RUN, messages=sum(each.purged for each in found if each.name == "content"))
    return [_members(each) for each in found], bool(errors.count)


class _Errors:
    """Takes the engine's errors, which hold no values, on standard error, and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def write(self, text: str, /) -> None:
        """Take one line."""
        self.count += 1
        sys.stderr.write(text)

    def flush(self) -> None:
        """Pass on what was taken."""
        sys.stderr.flush()


async def _status(configuration: Configuration) -> list[dict[str, Any]]:
    from gateway.cli.state import opened
    from gateway.privacy.classes import CLASSES, written_term

    now = now_seconds()
    async with opened(configuration) as state:
        oldest = await _oldest(state)
    found = []
    for each in CLASSES:
        if each.name not in oldest:
            continue
        keeps, oldest_at = each.lifetime(configuration.settings.retention), oldest[each.name]
        age = None if oldest_at is None else max(0, now - oldest_at)
        late = age is not None and age > keeps.total_seconds() + _GRACE
        found.append(
            {"class": each.name, "keeps": written_term(keeps), "oldest_seconds": age, "overdue": late},
        )
    return found


_GRACE = 300  # seconds: a running gateway purges every minute


async def _oldest(state: "State") -> dict[str, int | None]:
    """Return when the oldest of each class in the spool began; nothing is so old that this purges it."""
    from gateway.spool.keyring import KeyPurpose

    purges = {
        "content": await state.store.purge_content(0, 0, 1),
        "metadata": await state.store.purge_metadata(0, 1),
        "answers": await state.store.purge_answers(0, 1),
        "usage": await state.store.purge_usage("0000-00", 1),
        "audit": await state.store.purge_audit(0, 1, state.keyring.lasting_key(KeyPurpose.AUDIT)),
        "erasures": await state.store.purge_erasures(0, 1),
        "notices": await state.store.purge_notices(0, 1),
        "consents": await state.store.purge_consents(0, 1),
    }
    oldest = {name: purge.oldest_at for name, purge in purges.items()}
    return oldest | {"standings": await state.store.oldest_standing()}
