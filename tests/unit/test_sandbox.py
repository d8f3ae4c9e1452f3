"""The sandbox: what it takes, what it keeps, how it ends as it is told to."""

import asyncio
from typing import Any

import pytest

from gateway.core.message import Email, Mailbox, Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.provider import Adapter, DryRuns, Environment, Erases, Gone, Handover, Outbox
from providers.sandbox import KEPT, TYPE, Sandbox, SandboxSettings, build

MAIL = Email(Mailbox("from@here.example"), Mailbox("to@there.example"), "Subject", "Text")
SMS = Sms("+4915112345678", "Code 1234", "Acme")
NOW = 1_750_000_000


def sandbox(**said: Any) -> Sandbox:  # noqa: ANN401 (settings as an operator writes them)
    """Return a sandbox whose clock stands still."""
    return Sandbox(SandboxSettings(type="sandbox", **said), clock=lambda: NOW)


def handover(number: int = 1) -> Handover:
    """Return what comes with the message of that number."""
    return Handover(f"{number:032x}", NOW - 60)


def test_the_type_is_declared() -> None:
    """It serves both channels, and nobody receives anything."""
    adapter = build(SandboxSettings(type="sandbox"), Environment("gateway.example", connect=lambda _: None))  # type: ignore[arg-type,return-value]
    declared: Adapter = adapter
    assert isinstance(declared, Outbox)
    assert isinstance(declared, DryRuns)
    assert isinstance(declared, Erases)
    assert TYPE.processor.fields == {}
    assert TYPE.capabilities.reports is False


@pytest.mark.parametrize(
    "message, segments", [(MAIL, None), (SMS, 1), (Sms(SMS.recipient, "x" * 161), 2), (Sms(SMS.recipient, "💊"), 1)]
)
async def test_it_takes_both_channels(message: Message, segments: int | None) -> None:
    """What it took stands in the outbox as it came; an SMS is counted."""
    box = sandbox()
    await box.open()
    assert await box.send(message, handover()) == Accepted(handover().reference, segments)
    assert [(each.message, each.reference, each.taken_at) for each in box.taken()] == [
        (message, handover().reference, NOW)
    ]


async def test_what_is_erased_is_gone() -> None:
    """By its reference, and what is not there is gone too."""
    box = sandbox()
    await box.send(SMS, handover(1))
    await box.send(SMS, handover(2))
    assert [await box.erase(handover(1).reference) for _ in range(2)] == [Gone(), Gone()]
    assert [each.reference for each in box.taken()] == [handover(2).reference]


async def test_the_newest_comes_first_and_the_oldest_goes() -> None:
    """It keeps a bounded number of messages."""
    box = sandbox()
    for number in range(KEPT + 2):
        await box.send(SMS, handover(number))
    taken = box.taken()
    assert len(taken) == KEPT
    assert (taken[0].reference, taken[-1].reference) == (handover(KEPT + 1).reference, handover(2).reference)


async def test_the_same_reference_twice_is_one_message() -> None:
    """It is idempotent, as it declares."""
    box = sandbox()
    ends = [await box.send(SMS, handover()) for _ in range(2)]
    assert ends == [Accepted(handover().reference, 1)] * 2
    assert len(box.taken()) == 1


@pytest.mark.parametrize(
    "told, expected, kept",
    [
        ("rejected", Rejected(Blame.RECIPIENT, Reason.REFUSED), 0),
        ("deferred", Deferred(Blame.PROVIDER, Reason.UNAVAILABLE), 0),
        ("in_doubt", InDoubt(Reason.CONNECTION_LOST), 1),
    ],
)
async def test_it_ends_as_it_is_told(told: str, expected: Outcome, kept: int) -> None:
    """A refused message is not taken; one in doubt is, and nobody is told."""
    box = sandbox(outcome=told)
    assert await box.send(SMS, handover()) == expected
    assert len(box.taken()) == kept


async def test_a_dry_run_takes_nothing() -> None:
    """It says how a hand-over would end."""
    box = sandbox()
    assert await box.dry_run(SMS, handover()) == Accepted(handover().reference, 1)
    assert list(box.taken()) == []


async def test_a_delay_can_be_interrupted() -> None:
    """A hand-over that takes long has not taken the message before its end."""
    box = sandbox(delay="1h")
    task = asyncio.create_task(box.send(SMS, handover()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(box.taken()) == []


async def test_a_short_delay_ends() -> None:
    """After the delay the message is taken."""
    box = sandbox(delay="1ms")
    assert await box.send(SMS, handover()) == Accepted(handover().reference, 1)


async def test_closing_forgets_everything() -> None:
    """Nothing of the messages outlives the adapter."""
    box = sandbox()
    await box.send(SMS, handover())
    await box.close()
    assert list(box.taken()) == []
