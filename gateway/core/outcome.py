"""The four outcomes of handing one message to one provider."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Blame(StrEnum):
    """Who an outcome speaks about; it decides what happens next."""

    RECIPIENT = "recipient"  # this recipient cannot be reached: ends the message
    CONTENT = "content"  # this text cannot be sent: ends the message
    SENDER = "sender"  # this sender is not allowed at this provider: the next provider
    ACCOUNT = "account"  # our account there is at fault: the next provider, and the circuit opens
    PROVIDER = "provider"  # the provider is at fault: the next provider, and the circuit opens

    @property
    def ends_message(self) -> bool:
        """Whether no other provider could do better."""
        return self in {Blame.RECIPIENT, Blame.CONTENT}

    @property
    def opens_circuit(self) -> bool:
        """Whether it counts against the provider; a bad number must never do."""
        return self in {Blame.ACCOUNT, Blame.PROVIDER}


class Reason(StrEnum):
    """Why a message stands where it stands: the closed list that clients see."""

    INVALID_RECIPIENT = "invalid_recipient"
    UNROUTABLE = "unroutable"
    OPTED_OUT = "opted_out"
    INVALID_SENDER = "invalid_sender"
    CONTENT_REJECTED = "content_rejected"
    TOO_LONG = "too_long"
    CREDENTIALS = "credentials"
    NO_CREDIT = "no_credit"
    QUOTA = "quota"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection_lost"
    UNCLEAR_ANSWER = "unclear_answer"
    REFUSED = "refused"
    NOT_DISCLOSABLE = "not_disclosable"
    NO_ROUTE = "no_route"
    DEADLINE = "deadline"
    PROVIDER_ERROR = "provider_error"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message.

    `provider_ref` is the provider's id, or our own reference where it gives none; `segments` is what it says
    it will bill, where it says so.
    """

    provider_ref: str | None = None
    segments: int | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refused the message for good, and certainly did not take it."""

    blame: Blame
    reason: Reason


@dataclass(frozen=True, slots=True)
class Deferred:
    """The provider certainly did not take the message now; `retry_after` is the wait that it asked for."""

    blame: Blame
    reason: Reason
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Nobody knows whether the provider took the message."""

    reason: Reason


Outcome = Accepted | Rejected | Deferred | InDoubt
