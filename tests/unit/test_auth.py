"""Who is a client: keys, what they are shown as, and how long they are known."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.intake.auth import Authenticator, AuthRefusal
from gateway.intake.keys import Credentials, digest, new_key
from gateway.logs import Log
from gateway.spool.clients import Client, ClientStore, NewClient
from gateway.spool.sqlite import SqliteStore
from gateway.spool.store import StoreUnavailableError

AUTH_KEY = b"a" * 32
NOW = 1_800_000_000


class Watched:
    """The client's side of a real store, which counts what is looked up, and can be held up or taken away."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.looked_up = 0
        self.at_once = 0
        self.most_at_once = 0
        self.is_away = False
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def client_of_key(self, key_digest: bytes, now: int) -> Client | None:
        """Look a key up."""
        self.looked_up += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if self.is_away:
                raise StoreUnavailableError
            found = await self.store.client_of_key(key_digest, now)
            await self.may_answer.wait()
            return found
        finally:
            self.at_once -= 1

    async def clients_version(self) -> int:
        """Return the version."""
        if self.is_away:
            raise StoreUnavailableError
        return await self.store.clients_version()

    def __getattr__(self, name: str) -> object:
        """Leave the rest to the store."""
        return getattr(self.store, name)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """Return an open spool."""
    store = SqliteStore(tmp_path / "spool.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def watched(store: SqliteStore) -> Watched:
    """Return the same, watched."""
    return Watched(store)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        """Return the time that the test wants."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands."""
    return Clock()


@pytest.fixture
def authenticator(watched: ClientStore, clock: Clock) -> Authenticator:
    """Return what is tested."""
    return Authenticator(watched, AUTH_KEY, Log(io.StringIO()), clock=clock)


async def add(store: SqliteStore, name: str = "praxis") -> tuple[str, Client]:
    """Add a client and return its key."""
    key = new_key()
    client = await store.add_client(NewClient(name, frozenset({Channel.SMS})), digest(AUTH_KEY, key))
    return key, client


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, for two seconds at most."""
    for _ in range(400):
        if is_so():
            return
        await asyncio.sleep(0.005)
    assert is_so()


def basic(name: str, key: str) -> str:
    """Return an Authorization header."""
    return "Basic " + base64.b64encode(f"{name}:{key}".encode()).decode()


async def test_a_client_is_told_by_its_key_and_name(store: SqliteStore, authenticator: Authenticator) -> None:
    """Both schemes name the same client."""
    key, client = await add(store, "ärzte")
    assert [client] * 4 == [
        await authenticator.authenticate(header)
        for header in (f"Bearer {key}", basic("ärzte", key), f"Bearer {key}", basic("ärzte", key))
    ]


async def test_whatever_is_wrong_is_refused(store: SqliteStore, authenticator: Authenticator) -> None:
    """Known or not, again or for the first time."""
    key, _ = await add(store)
    other, _ = await add(store, "other")
    wrong = [
        None,
        "",
        "Bearer",
        f"Bearer {key[:-1]}",
        f"Bearer {key}x",
        "Bearer \udcff",
        basic("other", key),
        basic("praxis", other),
        basic("nobody", key),
        basic("", key),
        basic("praxis", ""),
        f"Digest {key}",
    ]
    for _ in range(2):
        assert [AuthRefusal.UNKNOWN] * len(wrong) == [await authenticator.authenticate(header) for header in wrong]
        await authenticator.authenticate(f"Bearer {key}")


async def test_the_database_is_asked_once_for_what_is_known(
    store: SqliteStore, watched: Watched, authenticator: Authenticator
) -> None:
    """A good key and each wrong one cost one look; a wrong name costs as much as a wrong key."""
    key, _ = await add(store)
    looks = []
    for header in (f"Bearer {key}", basic("praxis", key), "Bearer wrong", basic("wrong", key), None, "Basic ?"):
        before = watched.looked_up
        for _ in range(3):
            await authenticator.authenticate(header)
        looks.append(watched.looked_up - before)
    # The last two show the same: nothing.
    assert looks == [1, 0, 1, 1, 1, 0]


async def test_refusals_are_remembered_within_bounds(watched: Watched, authenticator: Authenticator) -> None:
    """The oldest is forgotten first."""
    for number in range(5000):
        await authenticator.check(Credentials(f"wrong-{number}"))
    before = watched.looked_up
    await authenticator.check(Credentials("wrong-4999"))
    await authenticator.check(Credentials("wrong-0"))
    assert watched.looked_up == before + 1


async def test_wrong_keys_wait_for_each_other(watched: Watched, authenticator: Authenticator) -> None:
    """A few are looked up at the same time, some wait, and whoever comes on top is told to come back."""
    watched.may_answer.clear()
    checks = [asyncio.create_task(authenticator.check(Credentials(f"wrong-{number}"))) for number in range(300)]
    await until(lambda: sum(check.done() for check in checks) == 44)
    watched.may_answer.set()
    refusals = [await check for check in checks]
    assert watched.most_at_once == 4
    assert (refusals.count(AuthRefusal.BUSY), refusals.count(AuthRefusal.UNKNOWN)) == (44, 256)


async def test_without_the_spool_only_the_known_are_known(
    store: SqliteStore, watched: Watched, authenticator: Authenticator
) -> None:
    """Whoever is not known is told to come back, for the key may be good."""
    (key, client), (other, _) = await add(store), await add(store, "other")
    assert client == await authenticator.authenticate(f"Bearer {key}")
    watched.is_away = True
    assert client == await authenticator.authenticate(f"Bearer {key}")
    assert await authenticator.authenticate(f"Bearer {other}") is AuthRefusal.BUSY
    with pytest.raises(StoreUnavailableError):
        await authenticator.refresh()


async def test_a_revoked_client_is_forgotten_at_the_next_look(
    store: SqliteStore, watched: Watched, authenticator: Authenticator
) -> None:
    """The others stay known without being asked for."""
    (key, client), (other, second) = await add(store), await add(store, "other")
    await authenticator.authenticate(f"Bearer {key}")
    await authenticator.authenticate(f"Bearer {other}")
    await authenticator.refresh()
    await store.revoke_client(client.id)
    await authenticator.refresh()
    before = watched.looked_up
    assert second == await authenticator.authenticate(f"Bearer {other}")
    assert watched.looked_up == before
    assert await authenticator.authenticate(f"Bearer {key}") is AuthRefusal.UNKNOWN


async def test_a_look_without_changes_reads_no_client(
    store: SqliteStore, watched: Watched, authenticator: Authenticator
) -> None:
    """The version alone is read."""
    key, _ = await add(store)
    await authenticator.refresh()
    await authenticator.authenticate(f"Bearer {key}")
    before = watched.looked_up
    await authenticator.refresh()
    assert watched.looked_up == before


async def test_a_rotated_key_ends_when_its_time_is_over(
    store: SqliteStore, authenticator: Authenticator, clock: Clock
) -> None:
    """No change tells of it: known keys are looked up again each minute."""
    key, client = await add(store)
    new = new_key()
    await store.rotate_key(client.id, digest(AUTH_KEY, new), clock.now + 100)
    await authenticator.refresh()
    statuses = []
    for seconds in (0, 90, 70):
        clock.now += seconds
        await authenticator.refresh()
        statuses.append([await authenticator.authenticate(f"Bearer {each}") for each in (key, new)])
    assert [[client, client], [client, client], [AuthRefusal.UNKNOWN, client]] == statuses


async def test_a_refusal_is_forgotten_when_clients_change(store: SqliteStore, authenticator: Authenticator) -> None:
    """A key that is given to a client after it was tried works at the next look at the latest."""
    key = new_key()
    assert await authenticator.authenticate(f"Bearer {key}") is AuthRefusal.UNKNOWN
    client = await store.add_client(NewClient("late", frozenset()), digest(AUTH_KEY, key))
    await authenticator.refresh()
    assert client == await authenticator.authenticate(f"Bearer {key}")


@pytest.mark.parametrize("is_good", [True, False])
async def test_what_was_read_before_a_change_is_not_kept(
    store: SqliteStore, watched: Watched, authenticator: Authenticator, is_good: bool
) -> None:
    """A revocation, or an addition, between a look and its answer is not overlooked afterwards."""
    key, client = await add(store)
    if not is_good:
        await store.revoke_client(client.id)
    watched.may_answer.clear()
    check = asyncio.create_task(authenticator.authenticate(f"Bearer {key}"))
    await until(lambda: watched.at_once == 1)
    await add(store, "another")
    await authenticator.refresh()
    watched.may_answer.set()
    await check
    before = watched.looked_up
    await authenticator.authenticate(f"Bearer {key}")
    assert watched.looked_up == before + 1


async def test_changes_are_seen_while_it_runs(store: SqliteStore, authenticator: Authenticator) -> None:
    """It looks at once when it starts, and each second after that."""
    key, client = await add(store)
    await authenticator.authenticate(f"Bearer {key}")
    await store.revoke_client(client.id)
    authenticator.start()
    for _ in range(200):
        if await authenticator.authenticate(f"Bearer {key}") is AuthRefusal.UNKNOWN:
            break
        await asyncio.sleep(0.01)
    assert await authenticator.authenticate(f"Bearer {key}") is AuthRefusal.UNKNOWN
    await authenticator.stop()
