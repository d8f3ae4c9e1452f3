"""Why a message is not accepted."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.core.errors import FieldError


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
