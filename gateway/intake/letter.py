"""One message on its way in: what a client hands in, what the spool stores, what delivery gets, what is answered."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.core.message import Channel, Message, Sms
from gateway.core.record import Hidden
from gateway.core.sms import segments
from gateway.core.state import State
from gateway.delivery.work import Work
from gateway.intake.times import Frame
from gateway.privacy.consent import agreement_of
from gateway.privacy.pseudonyms import Pseudonyms
from gateway.provider import Handover
from gateway.spool.clients import Client
from gateway.spool.references import References
from gateway.spool.sealing import Sealer
from gateway.spool.store import MessageStatus, NewMessage


class Submission(Hidden, frozen=True, gc=False):
    """A message as a client hands it in, how much was dropped of what came with it, and its segments (of SMS)."""

    message: Message
    stripped: int
    segments: int | None
    channel: Channel

    @classmethod
    def of(cls, message: Message, stripped: int = 0) -> "Submission":
        """Count the segments, once for all who ask."""
        if isinstance(message, Sms):
            return cls(message, stripped, segments(message.text).count, Channel.SMS)
        return cls(message, stripped, None, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Seals:
    """What makes a message ready for the spool."""

    sealer: Sealer
    pseudonyms: Pseudonyms
    references: References


class Draft(Hidden, frozen=True, gc=False):
    """A message that has its id and times, and is not sealed yet; `owner` as in NewMessage."""

    id: str
    client: Client
    submission: Submission
    frame: Frame
    owner: str | None


def new_messages(seals: Seals, drafts: Sequence[Draft]) -> Sequence[NewMessage]:
    """Return messages as the spool stores them. Raises KeyringError."""
    return [new_message(seals, draft) for draft in drafts]


def new_message(seals: Seals, draft: Draft) -> NewMessage:
    """Return a message as the spool stores it. Raises KeyringError."""
    submission, frame, client_id = draft.submission, draft.frame, draft.client.id
    message = submission.message
    reference = seals.references.of(draft.id)
    tag = seals.pseudonyms.recipient_tag(message, client_id=client_id, now=frame.now)
    content = seals.sealer.seal(message, reference, message_id=draft.id, client_id=client_id, now=frame.sealed_at)
    return NewMessage(
        id=draft.id,
        client_id=client_id,
        channel=submission.channel,
        content=content,
        created_at=frame.now,
        due_at=frame.due_at,
        expires_at=frame.expires_at,
        segments=submission.segments,
        stripped=submission.stripped,
        owner=draft.owner,
        recipient_tag=tag.value,
        tag_epoch=tag.month,
    )


def work_of(draft: Draft, references: References) -> Work:
    """Return what delivery takes on in memory."""
    client, submission, frame = draft.client, draft.submission, draft.frame
    return Work(
        id=draft.id,
        client_id=client.id,
        client_name=client.name,
        agreement=agreement_of(client),
        channel=submission.channel,
        message=submission.message,
        handover=Handover(references.of(draft.id), frame.now),
        attempts=0,
        created_at=frame.now,
        expires_at=frame.expires_at,
    )


def first_status(draft: Draft) -> MessageStatus:
    """Return the status that a message begins with."""
    submission, frame = draft.submission, draft.frame
    return MessageStatus(
        id=draft.id,
        client_id=draft.client.id,
        channel=submission.channel,
        state=State.QUEUED,
        reason=None,
        provider=None,
        provider_ref=None,
        attempts=0,
        segments=submission.segments,
        stripped=submission.stripped,
        created_at=frame.now,
        updated_at=frame.now,
        expires_at=frame.expires_at,
    )
