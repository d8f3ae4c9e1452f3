"""Suppressions in a running gateway: followed when they change, and what was accepted before ends or is held."""

import io
from pathlib import Path

import pytest

from gateway.core.message import Channel, Message, Sms
from gateway.core.outcome import Reason
from gateway.core.state import State
from gateway.delivery.suppressing import Suppressing
from gateway.delivery.work import Work
from gateway.intake.refusal import Refusal, Refused
from gateway.intake.smtp.reply import OPTED_OUT, of_refused
from gateway.logs import Log
from gateway.privacy.suppressions import Suppressions
from gateway.provider import Handover
from gateway.spool.store import AttemptEnd
from gateway.spool.subjects import HELD
from tests.contract.spool_rooms import NOW
from tests.unit.test_subjects import ANNA, BEN, Room, room_in, sms


def work(message: Message, doubted: str | None = None) -> Work:
    """Return a message that delivery has in hand."""
    return Work(
        id="0" * 32,
        client_id=1,
        client_name="praxis",
        channel=Channel.SMS,
        message=message,
        handover=Handover("0" * 32, NOW),
        attempts=0,
        created_at=NOW,
        expires_at=NOW + 9,
        doubted_provider=doubted,
    )


async def suppressing_of(room: Room) -> Suppressing:
    """Return what a gateway knows that starts now."""
    suppressing = Suppressing(Suppressions(room.store, room.keyring), Log(io.StringIO()))
    await suppressing.refresh()
    return suppressing


async def test_nobody_is_suppressed_at_first(tmp_path: Path) -> None:
    """And no lasting key is made before anybody asks for anything."""
    async with room_in(tmp_path) as room:
        suppressing = await suppressing_of(room)
        assert (suppressing.end(work(sms()), NOW), suppressing.refuses_address(ANNA.address)) == (None, False)
        assert not (tmp_path / "keys" / "subjects.key").exists()


@pytest.mark.parametrize(
    "doubted, end",
    [(None, AttemptEnd(State.FAILED, Reason.OPTED_OUT)), ("alpha", AttemptEnd(State.IN_DOUBT, Reason.OPTED_OUT))],
)
async def test_what_was_accepted_before_an_objection_ends(tmp_path: Path, doubted: str | None, end: AttemptEnd) -> None:
    """As failed, or in doubt for ever where a provider may have it; others' messages go on."""
    async with room_in(tmp_path) as room:
        suppressing = await suppressing_of(room)
        await room.subjects.object(ANNA)
        assert suppressing.end(work(sms(), doubted), NOW) is None
        await suppressing.refresh()
        assert suppressing.end(work(sms(), doubted), NOW) == end
        assert suppressing.end(work(Sms("+491761234568", "")), NOW) is None
        assert [suppressing.refuses_address(each.address) for each in (ANNA, BEN)] == [True, False]


@pytest.mark.parametrize("doubted, state", [(None, State.DEFERRED), ("alpha", State.IN_DOUBT)])
async def test_what_was_accepted_before_a_restriction_is_held(
    tmp_path: Path, doubted: str | None, state: State
) -> None:
    """Until the restriction is withdrawn."""
    async with room_in(tmp_path) as room:
        await room.subjects.restrict(ANNA)
        suppressing = await suppressing_of(room)
        assert suppressing.end(work(sms(), doubted), NOW) == AttemptEnd(state, due_at=NOW + HELD)
        await room.subjects.withdraw(ANNA)
        await suppressing.refresh()
        assert suppressing.end(work(sms(), doubted), NOW) is None


def test_a_mail_program_is_told_at_once() -> None:
    """At RCPT, for good, without saying who."""
    assert of_refused(Refused(Refusal.OPTED_OUT)) == OPTED_OUT
    assert bytes(OPTED_OUT).startswith(b"550 5.7.1 ")
