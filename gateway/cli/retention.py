"""`umschlag retention`: how old what is kept is, and the purge of everything that is due."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli.command import FAILED, Group, Invocation, json_option, pass_invocation
from gateway.cli.output import print_json, print_table, written_age, written_time
from gateway.cli.proof import prove
from gateway.config import Configuration
from gateway.core.ids import now_seconds
from gateway.spool.audit import Action

if TYPE_CHECKING:
    from gateway.cli.state import State
    from gateway.privacy.key_ends import KeyEnd
    from gateway.privacy.retention import ClassState
    from gateway.settings import Settings

_MEMBERS: Final = ("class", "keeps", "oldest_seconds", "purged", "overdue", "purged_at", "next_key")


@click.group(cls=Group)
def retention() -> None:
    """See how old what is kept is, and purge."""


@retention.command("status")
@json_option
@pass_invocation
def status(invocation: Invocation, /, *, as_json: bool) -> int:
    """Show of each class how old what is kept is, when it was last purged, and which of its keys dies next.

    The exit status is 1 where a class is overdue.
    """
    found = asyncio.run(_status(invocation.load()))
    return _tell(found, as_json=as_json, members=[name for name in _MEMBERS if name != "purged"])


@retention.command()
@json_option
@pass_invocation
def run(invocation: Invocation, /, *, as_json: bool) -> int:
    """Purge everything that is due now."""
    found, failed = asyncio.run(_run(invocation.load()))
    return _tell(found, as_json=as_json, members=_MEMBERS) or (FAILED if failed else 0)


retention.add_command(prove)


def _tell(found: Sequence[Mapping[str, Any]], *, as_json: bool, members: Sequence[str]) -> int:
    if as_json:
        print_json([{name: each[name] for name in members} for each in found])
    else:
        rows = [_row({name: each[name] for name in members}) for each in found]
        print_table(list(rows[0]), (list(row.values()) for row in rows))
    return FAILED if any(each["overdue"] for each in found) else 0


def _row(members: Mapping[str, Any]) -> Mapping[str, object]:
    """Return the columns of a class for people."""
    end = members["next_key"]
    purged = {"purged": members["purged"]} if "purged" in members else {}
    return {
        "class": members["class"],
        "keeps": members["keeps"],
        "oldest": written_age(members["oldest_seconds"]),
        **purged,
        "last purge": members["purged_at"],
        "next key to die": end and f"of {end['began_at']}: at {end['destroyed_at']}",
        "overdue": "yes" if members["overdue"] else "no",
    }


def _members(state: "ClassState") -> dict[str, Any]:
    from gateway.privacy.classes import written_term

    return {
        "class": state.name,
        "keeps": written_term(state.keeps),
        "oldest_seconds": state.oldest_seconds,
        "purged": state.purged,
        "overdue": state.overdue,
        "purged_at": written_time(state.purged_at),
        "next_key": _key_members(state.next_key),
    }


def _key_members(end: "KeyEnd | None") -> dict[str, Any] | None:
    return (
        None
        if end is None
        else {"began_at": written_time(end.began_at), "destroyed_at": written_time(end.destroyed_at)}
    )


async def _run(configuration: Configuration) -> tuple[list[dict[str, Any]], bool]:
    from gateway.cli.state import opened
    from gateway.logs import Log
    from gateway.metrics import Metrics
    from gateway.privacy.clock_guard import ClockGuard
    from gateway.privacy.retention import Retention

    errors = _Errors()
    log = Log(errors, level="error", form="console")
    _turn_log_over(configuration.settings)
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


def _turn_log_over(settings: "Settings") -> None:
    """Take what is due out of use; without a running gateway nobody else does."""
    from gateway.logs.file import RotatingFile
    from gateway.privacy.classes import LOGS
    from gateway.privacy.purges import turned_over_before

    path, lifetime = settings.log.path, int(LOGS.lifetime(settings.retention).total_seconds())
    if path is not None and path.exists():
        file = RotatingFile(path)
        file.turn_over(turned_over_before(now_seconds(), lifetime))
        file.close()


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
    from gateway.privacy.classes import CLASSES
    from gateway.privacy.key_ends import next_key
    from gateway.privacy.retention import ClassState, grace

    now, retention = now_seconds(), configuration.settings.retention
    async with opened(configuration) as state:
        oldest = await _oldest(state, configuration.settings, now)
        purged_at = await state.store.purged_at()
        classes = [each for each in CLASSES if each.is_declared(retention)]
        keys = {each.name: next_key(each, state.keyring, retention, now) for each in classes}
    found = []
    for each in classes:
        keeps, oldest_at, end = each.lifetime(retention), oldest[each.name], keys[each.name]
        age = None if oldest_at is None else max(0, now - oldest_at)
        due_for = max(0 if age is None else age - keeps.total_seconds(), now - end.destroyed_at if end else 0)
        late = due_for >= grace(retention)
        found.append(_members(ClassState(each.name, keeps, age, 0, late, purged_at.get(each.name), end)))
    return found


async def _oldest(state: "State", settings: "Settings", now: int) -> dict[str, int | None]:
    """Return when the oldest of each class began; nothing is so old that this purges it."""
    from gateway.logs import log_files
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
    logs = [] if settings.log.path is None else log_files(settings.log.path)
    return {name: purge.oldest_at for name, purge in purges.items()} | {
        "scheduled": await state.store.oldest_scheduled(now),
        "logs": min((file.oldest_at for file in logs), default=None),
        "standings": await state.store.oldest_standing(),
    }
