"""The spool's consents: recorded with what they change, and never changed themselves but for their end."""

from gateway.core.message import Channel
from gateway.spool.clients import Client, NewClient
from gateway.spool.consents import Consent
from gateway.spool.store import Store
from tests.contract.spool_rooms import DAY, NOW

GIVEN = Consent("seven", "v1", NOW)


async def added(spool: Store, processors: tuple[str, ...] | None) -> Client:
    """Add a client that is limited to some providers."""
    return await spool.add_client(NewClient("praxis", frozenset(Channel), processors=processors), b"digest")


async def listed(spool: Store) -> tuple[str, ...] | None:
    """Return the providers that the client is limited to now."""
    client = await spool.client_named("praxis")
    assert client is not None
    return client.processors


async def test_a_consent_is_added_to_the_list(spool: Store) -> None:
    """With its record, once; caches of clients hear of it."""
    client = await added(spool, ("main",))
    version = await spool.clients_version()
    await spool.give_consent(client.id, GIVEN)
    await spool.give_consent(client.id, Consent("main", "v1", NOW))
    assert await listed(spool) == ("main", "seven")
    assert await spool.consents(client.id) == [GIVEN, Consent("main", "v1", NOW)]
    assert await spool.clients_version() > version


async def test_who_agrees_to_anything_still_does(spool: Store) -> None:
    """A consent of a client without a list is recorded, and limits nothing."""
    client = await added(spool, None)
    await spool.give_consent(client.id, GIVEN)
    assert (await listed(spool), await spool.consents(client.id)) == (None, [GIVEN])


async def test_a_withdrawal_ends_it(spool: Store) -> None:
    """Its record stays with its end; the last one leaves nobody, not anybody."""
    client = await added(spool, ())
    await spool.give_consent(client.id, GIVEN)
    await spool.withdraw_consent(client.id, "seven", ["seven", "other"], NOW + DAY)
    assert await listed(spool) == ()
    assert await spool.consents(client.id) == [Consent("seven", "v1", NOW, NOW + DAY)]
    await spool.give_consent(client.id, Consent("seven", "v2", NOW + 2 * DAY))
    assert [each.withdrawn_at for each in await spool.consents(client.id)] == [NOW + DAY, None]


async def test_a_withdrawal_of_who_agreed_to_anything_leaves_the_others(spool: Store) -> None:
    """From then on the client has a list: all that there are but one."""
    client = await added(spool, None)
    await spool.withdraw_consent(client.id, "seven", ["main", "seven"], NOW)
    assert (await listed(spool), await spool.consents(client.id)) == (("main",), [])


async def test_a_client_that_is_closed_has_none(spool: Store) -> None:
    """They are erased with what else is stored about it."""
    client = await added(spool, ("main",))
    await spool.give_consent(client.id, GIVEN)
    await spool.close_client(client.id)
    assert (await listed(spool), await spool.consents(client.id)) == (None, [])


async def test_a_client_s_first_limits_are_consents(spool: Store) -> None:
    """To each provider, and to the countries in one, on the notice that it was shown and at the time it was added."""
    new = NewClient(
        "praxis", frozenset(Channel), created_at=NOW, processors=("seven", "main"), notice="v1",
        processor_countries=frozenset({"EU", "CH"}),
    )  # fmt: skip
    client = await spool.add_client(new, b"digest")
    assert await spool.consents(client.id) == [
        Consent("seven", "v1", NOW),
        Consent("main", "v1", NOW),
        Consent(None, "v1", NOW, countries=("CH", "EU")),
    ]
    await spool.withdraw_consent(client.id, "seven", [], NOW + DAY)
    assert [each.withdrawn_at for each in await spool.consents(client.id)] == [NOW + DAY, None, None]


async def test_who_is_limited_by_nothing_agreed_to_nothing(spool: Store) -> None:
    """No record is made up for it."""
    client = await spool.add_client(NewClient("praxis", frozenset(Channel), notice="v1"), b"digest")
    assert await spool.consents(client.id) == []
