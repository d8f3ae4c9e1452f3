"""The audit: a chain that cannot be changed without its key, and that is purged at its old end alone."""

import sqlite3
from pathlib import Path

import pytest

from gateway.spool.audit import About, Action, NewEntry, first_break
from gateway.spool.retention import Purge
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import Store
from tests.contract.spool_rooms import NOW, StoreIn, opened

KEY = b"k" * 32


async def done(store: Store, count: int) -> None:
    """Note so many things, one a second."""
    for second in range(count):
        await store.add_entry(NewEntry(NOW + second, "os:anna", Action.CLIENT_ADD, About(client=second)), KEY)


async def test_entries_are_told_in_order(spool: Store) -> None:
    """Who, what, when, and to what, in numbers alone."""
    await done(spool, 2)
    chain = await spool.audit_chain()
    assert [(e.n, e.at, e.operator, e.action, e.about) for e in chain.entries] == [
        (1, NOW, "os:anna", "client_add", '{"client":0}'),
        (2, NOW + 1, "os:anna", "client_add", '{"client":1}'),
    ]
    assert first_break(KEY, chain) is None
    assert first_break(b"another" * 4, chain) == 1


async def test_a_purged_chain_still_holds(spool: Store) -> None:
    """Old entries go, a step at a time; what is left is bound to the last that went, and numbers go on."""
    await done(spool, 5)
    assert await spool.purge_audit(NOW + 3, 2, KEY) == Purge(2, NOW + 2)
    assert await spool.purge_audit(NOW + 3, 2, KEY) == Purge(1, NOW + 3)
    assert await spool.purge_audit(NOW + 3, 2, KEY) == Purge(0, NOW + 3)
    assert first_break(KEY, await spool.audit_chain()) is None
    assert await spool.purge_audit(NOW + 9, 9, KEY) == Purge(2, None)
    await done(spool, 1)
    chain = await spool.audit_chain()
    assert ([entry.n for entry in chain.entries], first_break(KEY, chain), chain.end) == ([6], None, 6)


@pytest.mark.parametrize("count", [3, 5])
async def test_only_a_purge_takes_old_entries(tmp_path: Path, count: int) -> None:
    """Whoever deletes the oldest ones, or all, and says that they were purged, lacks the key that purges."""
    async with opened(SqliteStore(tmp_path / "spool.db")) as spool:
        await done(spool, 5)
        with sqlite3.connect(tmp_path / "spool.db") as file:
            file.execute("INSERT INTO audit_base (n, link, seal) SELECT n, link, link FROM audit WHERE n = ?", (count,))
            file.execute("DELETE FROM audit WHERE n <= ?", (count,))
        assert first_break(KEY, await spool.audit_chain()) == count


async def test_a_number_is_not_given_again(spool: Store) -> None:
    """Where younger entries are missing that somebody has seen, the chain stays broken there."""
    await done(spool, 2)
    new = NewEntry(NOW + 9, "os:anna", Action.CLIENT_ADD)
    assert await spool.add_entry(new, KEY, 4) == 5
    assert await spool.add_entry(new, KEY, 4) == 6
    assert first_break(KEY, await spool.audit_chain()) == 3


@pytest.mark.parametrize(
    "statement, broken",
    [
        ("UPDATE audit SET operator = 'os:ben' WHERE n = 3", 3),
        ("UPDATE audit SET about = '{}' WHERE n = 2", 2),
        ("DELETE FROM audit WHERE n = 3", 3),
        ("DELETE FROM audit WHERE n = 1", 1),
        ("UPDATE audit SET at = at + 1 WHERE n = 4", 4),
    ],
)
async def test_a_changed_entry_is_found(tmp_path: Path, statement: str, broken: int) -> None:
    """Whoever changes or takes out an entry in the file breaks the chain there."""
    async with opened(SqliteStore(tmp_path / "spool.db")) as spool:
        await done(spool, 5)
        with sqlite3.connect(tmp_path / "spool.db") as file:
            file.execute(statement)
        assert first_break(KEY, await spool.audit_chain()) == broken


async def test_the_chain_goes_on_after_a_restart(spool_in: StoreIn, tmp_path: Path) -> None:
    """What another process adds is bound to what was there."""
    for _ in range(2):
        async with opened(spool_in(tmp_path)) as spool:
            await done(spool, 1)
    async with opened(spool_in(tmp_path)) as spool:
        chain = await spool.audit_chain()
        assert (len(chain.entries), first_break(KEY, chain)) == (2, None)
