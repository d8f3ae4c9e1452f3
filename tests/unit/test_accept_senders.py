"""Sender IDs that the recipient's country is known not to take: refused, told of, or left alone."""

from pathlib import Path

import pytest

from gateway.core.errors import Flaw
from gateway.core.message import Sms
from gateway.intake.accept import Refusal, Refused
from gateway.intake.beyond import Terms
from gateway.settings import Settings
from gateway.spool.store import MessageStatus
from tests.fakes.desk import desk_in

TO_US, TO_IE = "+12025550123", "+353851234567"
NUMBER = "+12025550199"


async def accepted(folder: Path, sms: Sms, **said: object) -> tuple[tuple[Refusal, str, Flaw] | None, int]:
    """Accept a message on what `[sms]` says; returns why it was refused, and how often the operator was told."""
    async with desk_in(folder) as desk:
        desk.door.configure(desk, Terms.of(Settings.model_validate({"sms": said})))
        client, _ = await desk.client(sender_ids=("Praxis", NUMBER))
        answer = await desk.door.accept(client, sms)
        assert set(desk.doubtful) <= {client.id}
        if isinstance(answer, MessageStatus):
            return None, len(desk.doubtful)
        assert isinstance(answer, Refused)
        [error] = answer.errors
        return (answer.refusal, error.field, error.flaw), len(desk.doubtful)


@pytest.mark.parametrize(
    "recipient, sender, refused, told",
    [
        (TO_US, "Praxis", (Refusal.INVALID, "sender_id", Flaw.NUMERIC_SENDER), 1),
        (TO_IE, "Praxis", (Refusal.INVALID, "sender_id", Flaw.REGISTERED_SENDER), 1),
        (TO_US, NUMBER, None, 0),
        (TO_US, None, None, 0),
        ("+4915112345678", "Praxis", None, 0),
    ],
)
async def test_what_the_setting_says_is_done(
    tmp_path: Path, recipient: str, sender: str | None, refused: object, told: int
) -> None:
    """`refuse` names the field, `warn` (which holds without a word) accepts and tells, `off` does nothing."""
    sms = Sms(recipient, "x", sender)
    ends = [
        await accepted(tmp_path / name, sms, **({} if name == "none" else {"sender_rules": name}))
        for name in ("refuse", "warn", "none", "off")
    ]
    assert ends == [(refused, 0), (None, told), (None, told), (None, 0)]


async def test_what_is_registered_is_left_alone(tmp_path: Path) -> None:
    """An operator who has registered a name says so, and it goes."""
    registered = {"sender_rules": "refuse", "registered_senders": "IE:Praxis"}
    assert await accepted(tmp_path, Sms(TO_IE, "x", "Praxis"), **registered) == (None, 0)
