"""One message on its way in: what a client hands in, what the spool stores, what delivery gets, what is answered."""

from dataclasses import dataclass

from gateway.core.ids import new_message_id
from gateway.core.message import Message, Sms, channel_of
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

    @classmethod
    def of(cls, message: Message, stripped: int = 0) -> "Submission":
        """Count the segments, once for all who ask."""
        return cls(message, stripped, segments(message.text).count if isinstance(message, Sms) else None)


@dataclass(frozen=True, slots=True)
class Seals:
    """What makes a message ready for the spool."""

    sealer: Sealer
    pseudonyms: Pseudonyms
    references: References


def new_message(seals: Seals, client: Client, submission: Submission, frame: Frame, owner: str | None) -> NewMessage:
    """Return a message as the spool stores it, under a new id. Raises KeyringError."""
    message, message_id = submission.message, new_message_id()
    reference = seals.references.of(message_id)
    tag = seals.pseudonyms.recipient_tag(message, client_id=client.id, now=frame.now)
    content = seals.sealer.seal(message, reference, message_id=message_id, client_id=client.id, now=frame.sealed_at)
    return NewMessage(
        id=message_id,
        client_id=client.id,
        channel=channel_of(message),
        content=content,
        created_at=frame.now,
        due_at=frame.due_at,
        expires_at=frame.expires_at,
        segments=submission.segments,
        stripped=submission.stripped,
        owner=owner,
        recipient_tag=tag.value,
        tag_epoch=tag.month,
    )


def work_of(new: NewMessage, client: Client, message: Message, reference: str) -> Work:
    """Return what delivery takes on in memory."""
    return Work(
        id=new.id,
        client_id=client.id,
        client_name=client.name,
        agreement=agreement_of(client),
        channel=new.channel,
        message=message,
        handover=Handover(reference, new.created_at),
        attempts=0,
        created_at=new.created_at,
        expires_at=new.expires_at,
    )


def first_status(new: NewMessage) -> MessageStatus:
    """Return the status that a message begins with."""
    return MessageStatus(
        id=new.id,
        client_id=new.client_id,
        channel=new.channel,
        state=State.QUEUED,
        reason=None,
        provider=None,
        provider_ref=None,
        attempts=0,
        segments=new.segments,
        stripped=new.stripped,
        created_at=new.created_at,
        updated_at=new.created_at,
        expires_at=new.expires_at,
    )
