"""Delivery over the real spool: what each outcome makes of a message, and where it goes next."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.message import Email, Mailbox, Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.state import State
from gateway.provider import Handover
from gateway.settings import DeliverySection, RouteRule, RoutesSection
from tests.fakes.adapters import ScriptedAdapter, scripted_provider
from tests.fakes.dispatch import DEADLINE, NUMBER, dispatching

MAIL = Email(Mailbox("office@praxis.example"), Mailbox("someone@example.org"), "Hello", "Text")
DOWN = Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)
NO_CREDIT = Rejected(Blame.ACCOUNT, Reason.NO_CREDIT)
LOST = InDoubt(Reason.CONNECTION_LOST)

# Every test turns the clock by more than the longest wait.
HOUR = timedelta(hours=1)


async def test_a_taken_message_is_sent(tmp_path: Path) -> None:
    """What a provider takes is `sent` with its id and segments, after one attempt, and nothing else reached it."""
    adapter = ScriptedAdapter([Accepted("abc", 2)])
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        message_id = await world.accept(Sms(NUMBER, "Hello", "Praxis"))
        found = await world.settle(message_id)
        assert adapter.taken[0][0] == Sms(NUMBER, "Hello", "Praxis")
        assert adapter.taken[0][1].accepted_at == found.created_at
    assert found.state is State.SENT
    assert (found.provider, found.provider_ref, found.attempts, found.segments) == ("main", "abc", 1, 2)


@pytest.mark.parametrize(
    "outcome, state",
    [
        (Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT), State.FAILED),
        (Rejected(Blame.CONTENT, Reason.TOO_LONG), State.FAILED),
        (Rejected(Blame.SENDER, Reason.INVALID_SENDER), State.FAILED),
        (Rejected(Blame.ACCOUNT, Reason.NO_CREDIT), State.FAILED),
        (Rejected(Blame.PROVIDER, Reason.REFUSED), State.FAILED),
        (Deferred(Blame.RECIPIENT, Reason.UNAVAILABLE), State.DEFERRED),
        (Deferred(Blame.CONTENT, Reason.RATE_LIMITED), State.DEFERRED),
        (Deferred(Blame.SENDER, Reason.QUOTA), State.DEFERRED),
        (Deferred(Blame.ACCOUNT, Reason.CREDENTIALS), State.DEFERRED),
        (Deferred(Blame.PROVIDER, Reason.UNAVAILABLE), State.DEFERRED),
        (InDoubt(Reason.TIMEOUT), State.IN_DOUBT),
    ],
)
async def test_the_only_provider_does_not_take_it(
    tmp_path: Path, outcome: Rejected | Deferred | InDoubt, state: State
) -> None:
    """With one provider every refusal for good ends the message, for now puts it off, and doubt holds it."""
    adapter = ScriptedAdapter([outcome])
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        found = await world.becomes(await world.accept(), state)
    assert (found.reason, found.attempts, len(adapter.taken)) == (outcome.reason, 1, 1)


async def test_the_next_provider_takes_over_in_order(tmp_path: Path) -> None:
    """Who defers or refuses for reasons of its own is followed by the next in the route at once."""
    order: list[str] = []

    def noting(name: str, outcome: Outcome) -> ScriptedAdapter:
        async def note(_message: Message, _handover: Handover) -> None:
            order.append(name)

        return ScriptedAdapter([outcome], before=note)

    adapters = {
        "first": noting("first", DOWN),
        "second": noting("second", NO_CREDIT),
        "third": noting("third", Accepted("abc")),
        "fourth": noting("fourth", Accepted("def")),
    }
    async with dispatching(tmp_path, *(scripted_provider(*each) for each in adapters.items())) as world:
        found = await world.settle(await world.accept())
    assert order == ["first", "second", "third"]
    assert (found.state, found.provider, found.attempts) == (State.SENT, "third", 3)
    references = {reference for adapter in adapters.values() for reference in adapter.references}
    assert len(references) == 1


async def test_a_recipient_that_one_provider_rejects_goes_to_no_other(tmp_path: Path) -> None:
    """A bad number is bad everywhere."""
    second = ScriptedAdapter()
    first = ScriptedAdapter([Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT)])
    async with dispatching(tmp_path, scripted_provider("a", first), scripted_provider("b", second)) as world:
        found = await world.settle(await world.accept())
    assert (found.state, found.reason, second.taken) == (State.FAILED, Reason.INVALID_RECIPIENT, [])


async def test_a_deferred_message_starts_again_at_the_first(tmp_path: Path) -> None:
    """When the wait is over the whole route is tried again, in its order, with the same reference."""
    first, second = ScriptedAdapter([DOWN, DOWN]), ScriptedAdapter([NO_CREDIT, Accepted("abc")])
    async with dispatching(tmp_path, scripted_provider("a", first), scripted_provider("b", second)) as world:
        message_id = await world.accept()
        await world.becomes(message_id, State.DEFERRED)
        world.clock.turn(HOUR)
        world.delivery.wake()
        found = await world.settle(message_id)
    assert (found.state, found.provider, found.attempts) == (State.SENT, "b", 4)
    assert first.references == second.references


async def test_retry_after_holds_a_message_back(tmp_path: Path) -> None:
    """A message is not handed over again before the time that its provider asked for."""
    asked = Deferred(Blame.RECIPIENT, Reason.RATE_LIMITED, timedelta(hours=2))
    adapter = ScriptedAdapter([asked])
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        message_id = await world.accept()
        await world.becomes(message_id, State.DEFERRED)
        world.clock.turn(timedelta(hours=1, minutes=59))
        # The one that is due now is handed over, and nothing besides.
        await world.settle(await world.accept(Sms(NUMBER, "Other"), owner=None, wakes=True))
        assert adapter.texts == ["Text", "Other"]
        world.clock.turn(timedelta(minutes=1))
        world.delivery.wake()
        await world.settle(message_id)
    assert adapter.texts == ["Text", "Other", "Text"]


async def test_a_text_message_in_doubt_is_held(tmp_path: Path) -> None:
    """It goes to no other provider and is not repeated; at its deadline it expires."""
    first, second = ScriptedAdapter([LOST]), ScriptedAdapter()
    async with dispatching(tmp_path, scripted_provider("a", first), scripted_provider("b", second)) as world:
        message_id = await world.accept()
        found = await world.settle(message_id)
        assert (found.state, found.reason) == (State.IN_DOUBT, Reason.CONNECTION_LOST)
        world.clock.turn(HOUR)
        await world.settle(await world.accept(owner=None, wakes=True))
        assert (len(first.taken), second.taken) == (2, [])
        world.clock.turn(DEADLINE)
        await world.restart()
        found = await world.becomes(message_id, State.EXPIRED)
    assert (found.reason, len(first.taken), second.taken) == (Reason.DEADLINE, 2, [])


@pytest.mark.parametrize(
    "message, idempotent, settings",
    [
        (MAIL, False, {}),
        (Sms(NUMBER, "Text"), True, {}),
        (Sms(NUMBER, "Text"), False, {"on_doubt_sms": "repeat"}),
        (MAIL, True, {"on_doubt_email": "hold"}),
    ],
)
async def test_doubt_is_repeated_at_the_same_provider(
    tmp_path: Path, message: Message, idempotent: bool, settings: dict[str, str]
) -> None:
    """Where the policy or the provider allows it, the same reference goes to the same provider again, and again."""
    first, second = ScriptedAdapter([LOST, LOST, DOWN, Accepted("abc")]), ScriptedAdapter()
    async with dispatching(
        tmp_path,
        scripted_provider("a", first, idempotent=idempotent),
        scripted_provider("b", second),
        settings=DeliverySection.model_validate(settings),
    ) as world:
        message_id = await world.accept(message)
        for attempts in (1, 2, 3):
            found = await world.attempted(message_id, attempts)
            assert found.state is State.IN_DOUBT
            world.clock.turn(HOUR)
            world.delivery.wake()
        found = await world.attempted(message_id, 4)
    assert found.state is State.SENT
    assert (found.provider, second.taken) == ("a", [])
    assert len(set(first.references)) == 1


async def test_a_message_in_doubt_waits_for_its_provider_whatever_the_routes_say(tmp_path: Path) -> None:
    """Its provider gone from the configuration, it goes to no other; back again, it is repeated there."""
    first, second = ScriptedAdapter([LOST]), ScriptedAdapter()
    providers = scripted_provider("a", first), scripted_provider("b", second)
    async with dispatching(tmp_path, *providers) as world:
        message_id = await world.accept(MAIL)
        await world.becomes(message_id, State.IN_DOUBT)
        world.routes = RoutesSection(email=("b",), sms=("b",))
        del world.providers["a"]
        await world.switch()
        world.clock.turn(HOUR)
        world.delivery.wake()
        await world.has_reason(message_id, Reason.NO_ROUTE)
        assert (await world.status(message_id)).state is State.IN_DOUBT
        world.providers["a"] = providers[0]
        await world.switch()
        world.clock.turn(HOUR)
        world.delivery.wake()
        found = await world.becomes(message_id, State.SENT)
    assert (found.provider, len(first.taken), second.taken) == ("a", 2, [])


@pytest.mark.parametrize("error", [ValueError("S3NT-secret"), asyncio.CancelledError(), TimeoutError(), 17, None])
async def test_a_broken_adapter_leaves_doubt(tmp_path: Path, error: object) -> None:
    """An adapter that raises, or answers with something else, leaves doubt; its text is logged nowhere."""
    adapter = ScriptedAdapter([error])
    async with dispatching(tmp_path, scripted_provider("main", adapter)) as world:
        found = await world.settle(await world.accept())
        after = await world.settle(await world.accept())
    expected = Reason.TIMEOUT if isinstance(error, TimeoutError) else Reason.PROVIDER_ERROR
    assert (found.state, found.reason, after.state) == (State.IN_DOUBT, expected, State.SENT)
    assert "S3NT" not in world.lines.getvalue()


async def test_a_hanging_adapter_is_cut_off(tmp_path: Path) -> None:
    """An adapter that does not keep its time-out is left, and its message is in doubt."""
    adapter = ScriptedAdapter()
    adapter.gate.clear()
    async with dispatching(tmp_path, scripted_provider("main", adapter, timeout="10ms")) as world:
        found = await world.settle(await world.accept())
    assert (found.state, found.reason) == (State.IN_DOUBT, Reason.TIMEOUT)


async def test_routes_go_by_client_for_what_is_read_from_the_spool_too(tmp_path: Path) -> None:
    """A rule for a client holds for its messages that waited in the spool."""
    main, special = ScriptedAdapter(), ScriptedAdapter()
    routes = RoutesSection(sms=("main",), rules=(RouteRule(client=("two",), use=("special",)),))
    async with dispatching(
        tmp_path, scripted_provider("main", main), scripted_provider("special", special), routes=routes
    ) as world:
        ids = [
            await world.accept(Sms(NUMBER, f"{client}{owner}"), client=client, owner=owner)
            for client in (0, 1)
            for owner in (None, "")
        ]
        world.delivery.wake()
        for each in ids:
            await world.settle(each)
    assert (sorted(main.texts), sorted(special.texts)) == (["0", "0None"], ["1", "1None"])
