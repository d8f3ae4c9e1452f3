"""What can be wrong with a value that came in: the field and the rule, never the value."""

from enum import StrEnum


class Flaw(StrEnum):
    """The rule that a field broke; each value is the sentence that the client reads."""

    MISSING = "is required"
    NOT_TEXT = "must be a text"
    EMPTY = "must not be empty"
    TOO_LONG = "is too long"
    TOO_MANY_SEGMENTS = "needs more segments than are allowed"
    NUL = "must not contain NUL"
    CONTROL = "must not contain control characters"
    LINE_BREAK = "must be one line"
    SURROGATE = "must not contain unpaired surrogates"
    ADDRESS = "is not an e-mail address"
    ONE_ADDRESS = "must be exactly one e-mail address"
    PHONE = "is not a valid phone number"
    SENDER_ID = "must be a phone number, or up to 11 characters with at least one letter"
    NUMERIC_SENDER = "must be a phone number in the recipient's country"
    REGISTERED_SENDER = "has to be registered in the recipient's country"
    DUPLICATE = "must not appear twice"
    NOT_ALLOWED = "is not allowed for this client"
    COUNTRY = "is in a country that is not allowed for this client"
    UNROUTABLE = "cannot be routed to any provider"
    TIME = "must be a date and time as in RFC 3339, with an offset"
    PAST = "must be in the future"
    TOO_FAR = "is too far in the future"
    NOT_AFTER = "must be later than the time to send at"
    KEY = "must be 1 to 255 visible ASCII characters"
    NOT_A_LIST = "must be a list"
    TOO_MANY = "has too many items"
    NOT_AN_OBJECT = "must be an object"
    VALUE = "is not one of the possible values"


class FieldError(Exception):
    """One documented field is wrong; holds its name and the rule, never the value."""

    def __init__(self, field: str, flaw: Flaw) -> None:
        """Name the field and the rule that it broke."""
        super().__init__(f"{field} {flaw.value}")
        self.field = field
        self.flaw = flaw
