"""Why a message is not accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.core.errors import FieldError
from gateway.spool.store import MessageStatus


class Refusal(StrEnum):
    """Why a message was not accepted; nothing of it is kept then."""

    NOT_ALLOWED = "not_allowed"  # this client may not send this
    INVALID = "invalid"  # a field breaks a limit
    TIMES = "times"  # it is to be sent or to end at a time that cannot be
    OPTED_OUT = "opted_out"  # the recipient has objected, or is restricted
    NO_ROUTE = "no_route"  # no provider is configured for it
    NOT_DISCLOSABLE = "not_disclosable"  # it has no provider that client and rule agree to, or no alias
    RATE = "rate"  # too many messages in a short time
    DAILY = "daily"  # too much today
    MONTHLY = "monthly"  # too much this month
    DRAINING = "draining"  # the gateway is about to stop
    RETENTION = "retention"  # what should be gone is not: nothing may be added
    FULL = "full"  # no room
    UNAVAILABLE = "unavailable"  # the spool or the keyring cannot be written


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal with the fields that it is about, and the seconds until it is worth trying again."""

    refusal: Refusal
    errors: tuple[FieldError, ...] = ()
    retry_after: int | None = None


def with_those_over(refusals: Sequence[Refused | None], fitting: int, over: Refused) -> list[Refused | None]:
    """Refuse what comes after the first `fitting` messages that are not refused yet."""
    answers: list[Refused | None] = []
    for refusal in refusals:
        fitting -= refusal is None
        answers.append(over if refusal is None and fitting < 0 else refusal)
    return answers


def merged(statuses: Sequence[MessageStatus], refusals: Sequence[Refused | None]) -> Sequence[MessageStatus | Refused]:
    """Return what became of all: a refusal where there is one, else the next status."""
    if len(refusals) == 1 == len(statuses):
        return statuses
    rest = iter(statuses)
    return [next(rest) if refusal is None else refusal for refusal in refusals]
