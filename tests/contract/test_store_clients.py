"""The spool's contract: clients, their keys, and the number that tells that they changed."""

from pathlib import Path

import pytest

from gateway.core.message import Channel
from gateway.core.rate import Rate
from gateway.spool.clients import Client, NameTakenError, NewClient
from gateway.spool.store import Store
from tests.contract.spool_rooms import NOW, StoreIn, opened

FULL = NewClient(
    name="praxis",
    channels=frozenset({Channel.EMAIL, Channel.SMS}),
    senders=("*@praxis.example", "info@other.example"),
    sender_ids=("Praxis", "Dr. Süß"),
    countries=frozenset({"DE", "AT"}),
    rate=Rate(10, 1),
    daily=500,
    sender_disclosure="alias",
    on_attachment="reject",
    created_at=NOW,
)
PLAIN = NewClient(name="ärzte", channels=frozenset({Channel.SMS}))
KEY, NEW_KEY, OTHER_KEY = b"k" * 32, b"n" * 32, b"o" * 32


async def test_a_client_is_kept_whole(spool: Store) -> None:
    """Every field comes back, with a number of the store's choice."""
    added = [await spool.add_client(FULL, KEY), await spool.add_client(PLAIN, OTHER_KEY)]
    expected = [
        Client(
            added[0].id, "praxis", FULL.channels, FULL.senders, FULL.sender_ids, FULL.countries, FULL.rate, 500,
            "alias", "reject", NOW,
        ),
        Client(added[1].id, "ärzte", PLAIN.channels),
    ]  # fmt: skip
    assert expected == added
    assert expected == await spool.clients()
    assert [expected[0], None] == [await spool.client_named(name) for name in ("praxis", "PRAXIS")]
    assert added[0].id != added[1].id


async def test_a_name_is_given_once(spool: Store) -> None:
    """The second client of a name is refused, also after the first was revoked, and its key opens nothing."""
    first = await spool.add_client(FULL, KEY)
    await spool.revoke_client(first.id)
    with pytest.raises(NameTakenError):
        await spool.add_client(FULL, NEW_KEY)
    assert (
        [await spool.client_of_key(key, NOW) for key in (KEY, NEW_KEY)],
        len(await spool.clients()),
    ) == ([None, None], 1)


async def test_a_key_tells_its_client(spool: Store) -> None:
    """By the digest alone; an unknown one tells nobody."""
    first, second = await spool.add_client(FULL, KEY), await spool.add_client(PLAIN, OTHER_KEY)
    assert [first, second, None] == [await spool.client_of_key(key, NOW) for key in (KEY, OTHER_KEY, NEW_KEY)]


async def test_old_keys_end_after_a_rotation(spool: Store) -> None:
    """They are good until the given time, the new one has no end."""
    client = await spool.add_client(FULL, KEY)
    await spool.rotate_key(client.id, NEW_KEY, NOW + 60)
    found = [await spool.client_of_key(key, now) for key in (KEY, NEW_KEY) for now in (NOW + 59, NOW + 60)]
    assert [client, None, client, client] == found


async def test_a_second_rotation_does_not_prolong_a_key(spool: Store) -> None:
    """A key that ends sooner keeps its end."""
    client = await spool.add_client(FULL, KEY)
    await spool.rotate_key(client.id, NEW_KEY, NOW)
    await spool.rotate_key(client.id, OTHER_KEY, NOW + 60)
    found = [await spool.client_of_key(key, NOW) for key in (KEY, NEW_KEY, OTHER_KEY)]
    assert [None, client, client] == found


async def test_a_revoked_client_has_no_key(spool: Store) -> None:
    """It stays in the list, marked."""
    client = await spool.add_client(FULL, KEY)
    await spool.revoke_client(client.id)
    named = await spool.client_named("praxis")
    assert (await spool.client_of_key(KEY, NOW), named and named.revoked) == (None, True)


async def test_every_change_of_clients_grows_the_version(spool: Store) -> None:
    """Adding, rotating and revoking; a refused name does not."""
    versions = [await spool.clients_version()]
    client = await spool.add_client(FULL, KEY)
    versions.append(await spool.clients_version())
    await spool.rotate_key(client.id, NEW_KEY, NOW)
    versions.append(await spool.clients_version())
    await spool.revoke_client(client.id)
    versions.append(await spool.clients_version())
    with pytest.raises(NameTakenError):
        await spool.add_client(FULL, OTHER_KEY)
    assert sorted(set(versions)) == versions
    assert versions[-1] == await spool.clients_version()


async def test_another_process_sees_a_new_client(spool_in: StoreIn, tmp_path: Path) -> None:
    """A client added beside a running gateway can call at once."""
    async with opened(spool_in(tmp_path)) as gateway, opened(spool_in(tmp_path)) as command:
        before = await gateway.clients_version()
        client = await command.add_client(FULL, KEY)
        assert client == await gateway.client_of_key(KEY, NOW)
        assert before < await gateway.clients_version()
