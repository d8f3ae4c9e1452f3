"""The spool's versions of what is told: one after the other, none lost, the same one not twice in a row."""

from pathlib import Path

from gateway.core.message import Channel
from gateway.spool.clients import NewClient
from gateway.spool.consents import Consent
from gateway.spool.disclosures import StoredDisclosure
from gateway.spool.retention import Purge
from gateway.spool.store import Store
from tests.contract.spool_rooms import DAY, NOW, StoreIn, opened


async def test_nothing_is_published_at_first(spool: Store) -> None:
    """An empty spool has no version."""
    assert await spool.disclosures() == []


async def test_the_same_version_is_in_force_since_the_first_time(spool: Store) -> None:
    """Publishing again what is in force changes nothing, and tells since when it holds."""
    assert await spool.publish_disclosure("a", "{}", NOW) == NOW
    assert await spool.publish_disclosure("a", "{}", NOW + DAY) == NOW
    assert await spool.disclosures() == [StoredDisclosure("a", NOW, "{}")]


async def test_old_versions_stay(spool: Store) -> None:
    """Another version comes first; one that comes back is in force since then, and was so before."""
    for day, version in enumerate(["a", "b", "a"]):
        assert await spool.publish_disclosure(version, f'"{version}"', NOW + day * DAY) == NOW + day * DAY
    assert await spool.disclosures() == [
        StoredDisclosure("a", NOW + 2 * DAY, '"a"'),
        StoredDisclosure("b", NOW + DAY, '"b"'),
        StoredDisclosure("a", NOW, '"a"'),
    ]


async def test_versions_outlive_the_process(spool_in: StoreIn, tmp_path: Path) -> None:
    """They are there when the spool is opened again."""
    async with opened(spool_in(tmp_path)) as spool:
        await spool.publish_disclosure("a", "{}", NOW)
    async with opened(spool_in(tmp_path)) as spool:
        assert await spool.disclosures() == [StoredDisclosure("a", NOW, "{}")]


async def test_a_version_goes_long_after_it_was_replaced(spool: Store) -> None:
    """Counted from the day on which another one came into force, which itself stays; a step takes as many as it may."""
    for day, version in enumerate(["a", "b", "c", "d"]):
        await spool.publish_disclosure(version, "{}", NOW + day * DAY)
    assert await spool.purge_notices(NOW + DAY, 9) == Purge(0, NOW + DAY)
    assert await spool.purge_notices(NOW + 9 * DAY, 2) == Purge(2, NOW + 3 * DAY)
    assert await spool.purge_notices(NOW + 9 * DAY, 2) == Purge(1, None)
    assert await spool.disclosures() == [StoredDisclosure("d", NOW + 3 * DAY, "{}")]


async def test_a_version_that_somebody_agreed_to_stays(spool: Store) -> None:
    """Else nobody could say any more what was agreed to. It goes when the record of the consent has gone."""
    client = await spool.add_client(NewClient("praxis", frozenset(Channel)), b"digest")
    for day, version in enumerate(["a", "b"]):
        await spool.publish_disclosure(version, "{}", NOW + day * DAY)
    await spool.give_consent(client.id, Consent("seven", "a", NOW))
    assert await spool.purge_notices(NOW + 9 * DAY, 9) == Purge(0, None)
    await spool.withdraw_consent(client.id, "seven", [], NOW + 2 * DAY)
    assert await spool.purge_consents(NOW + 2 * DAY, 9) == Purge(0, NOW + 2 * DAY)
    assert await spool.purge_consents(NOW + 3 * DAY, 9) == Purge(1, None)
    assert await spool.purge_notices(NOW + 9 * DAY, 9) == Purge(1, None)
