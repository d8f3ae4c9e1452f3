"""The replies of SMTP submission: a closed list, so that none repeats what a client said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.core.errors import FieldError, Flaw
from gateway.intake.refusal import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Reply:
    """A code (RFC 5321 §4.2), the enhanced code (RFC 3463) and a sentence; `closes` ends the connection."""

    code: int
    enhanced: str
    text: str
    closes: bool = False

    def __bytes__(self) -> bytes:
        """Return the line as it is sent."""
        return f"{self.code} {self.enhanced} {self.text}\r\n".encode("ascii")


OK: Final = Reply(250, "2.0.0", "ok")
SENDER_OK: Final = Reply(250, "2.1.0", "sender ok")
RECIPIENT_OK: Final = Reply(250, "2.1.5", "recipient ok")
BYE: Final = Reply(221, "2.0.0", "bye", closes=True)
TLS_READY: Final = Reply(220, "2.0.0", "ready for TLS")
LOGGED_IN: Final = Reply(235, "2.7.0", "welcome")
HELP: Final = Reply(214, "2.0.0", "submission for registered clients: EHLO AUTH MAIL RCPT DATA BDAT RSET QUIT")
UNVERIFIED: Final = Reply(252, "2.5.0", "send, and RCPT will say")

# The dialogue.
UNKNOWN_COMMAND: Final = Reply(500, "5.5.1", "no such command")
NOT_OFFERED: Final = Reply(502, "5.5.1", "not offered")
FORBIDDEN_COMMAND: Final = Reply(554, "5.5.1", "this is no web server", closes=True)
BAD_LINE: Final = Reply(500, "5.5.2", "a line must be UTF-8, end in CRLF, and have no NUL and no other CR or LF")
LONG_LINE: Final = Reply(500, "5.5.2", "the line is too long")
ENDLESS_LINE: Final = Reply(500, "5.5.2", "the line is too long", closes=True)
BAD_CHUNK: Final = Reply(501, "5.5.4", "the size of a chunk is expected", closes=True)
BAD_ARGUMENT: Final = Reply(501, "5.5.4", "the arguments are not as they should be")
UNKNOWN_PARAMETER: Final = Reply(555, "5.5.4", "a parameter that is not offered")
OUT_OF_ORDER: Final = Reply(503, "5.5.1", "this command is not in its turn")
NO_RECIPIENTS: Final = Reply(554, "5.5.1", "no recipient was accepted")
TALKED_AHEAD: Final = Reply(503, "5.5.1", "this command must be the last that is sent at once", closes=True)
TOO_MANY_ERRORS: Final = Reply(421, "4.7.0", "too many errors", closes=True)
TOO_MANY_COMMANDS: Final = Reply(421, "4.7.0", "too many commands without a mail", closes=True)
TOO_MANY_CONNECTIONS: Final = Reply(421, "4.3.2", "too many connections", closes=True)
TOO_SLOW: Final = Reply(421, "4.4.2", "too slow", closes=True)
DRAINING: Final = Reply(421, "4.3.2", "about to stop, try again", closes=True)
FAULT: Final = Reply(451, "4.3.0", "a fault of ours, try again")

# Who is there.
LOGIN_NEEDED: Final = Reply(530, "5.7.0", "log in first")
TLS_NEEDED: Final = Reply(538, "5.7.11", "logging in needs TLS")
UNKNOWN_MECHANISM: Final = Reply(504, "5.5.4", "the mechanisms are PLAIN and LOGIN")
LOGIN_CANCELLED: Final = Reply(501, "5.7.0", "cancelled")
BAD_CREDENTIALS_FORM: Final = Reply(501, "5.5.2", "credentials must be in base64")
LOGIN_REFUSED: Final = Reply(535, "5.7.8", "no client has this name with this key")
LOGIN_BUSY: Final = Reply(454, "4.7.0", "cannot be looked up now, try again")
KEY_ENDED: Final = Reply(421, "4.7.0", "the key has ended", closes=True)
TOO_MANY_LOGINS: Final = Reply(421, "4.7.0", "too many wrong keys", closes=True)

# The envelope.
BAD_SENDER: Final = Reply(553, "5.1.7", "the sender is not an e-mail address")
SENDER_NOT_ALLOWED: Final = Reply(550, "5.7.1", "the sender is not allowed for this client")
BAD_RECIPIENT: Final = Reply(553, "5.1.3", "the recipient is not an e-mail address, or not a phone number")
NEEDS_SMTPUTF8: Final = Reply(553, "5.6.7", "an address outside ASCII needs SMTPUTF8")
NOT_ALLOWED: Final = Reply(550, "5.7.1", "not allowed for this client")
OPTED_OUT: Final = Reply(550, "5.7.1", "the recipient does not want to be written to")
NO_ROUTE: Final = Reply(550, "5.4.4", "no provider is configured for this message")
NOT_DISCLOSABLE: Final = Reply(550, "5.7.1", "no provider of this message's route may receive it")
TOO_MANY_RECIPIENTS: Final = Reply(452, "4.5.3", "too many recipients, send the rest in another mail")
HOLD_TOO_LONG: Final = Reply(501, "5.5.4", "cannot be held for so long")

# The mail.
TOO_LARGE: Final = Reply(552, "5.3.4", "too large")
TEXT_TOO_LONG: Final = Reply(552, "5.3.4", "the text is too long")
ENDLESS_MAIL: Final = Reply(552, "5.3.4", "too large", closes=True)
NO_BUFFER: Final = Reply(452, "4.3.1", "too much at once, try again")
BARE_LINE_END: Final = Reply(554, "5.6.0", "lines must end in CRLF, with no other CR or LF", closes=True)
HAS_NUL: Final = Reply(554, "5.6.0", "NUL is not allowed")
LONG_TEXT_LINE: Final = Reply(554, "5.6.0", "a line of the mail is too long")
UNREADABLE: Final = Reply(554, "5.6.0", "the mail cannot be read")
TOO_MANY_PARTS: Final = Reply(554, "5.6.0", "the mail has too many parts")
BAD_FROM: Final = Reply(550, "5.1.7", "From must be exactly one e-mail address")
BAD_SUBJECT: Final = Reply(554, "5.6.0", "Subject must be one line of text, and not too long")
BAD_TEXT: Final = Reply(554, "5.6.0", "the text has characters that are not allowed")
EMPTY_TEXT: Final = Reply(554, "5.6.0", "a text message must not be empty")
NO_TEXT: Final = Reply(554, "5.6.1", "the mail has no text, and nothing else is sent on")
ATTACHMENT: Final = Reply(554, "5.6.1", "attachments are not sent on, and this client wants to be told")

# What the door says.
OVER_LIMIT: Final = Reply(452, "4.7.28", "over the limit of this client, try again later")
FULL: Final = Reply(451, "4.3.1", "no room now, try again later")
UNAVAILABLE: Final = Reply(451, "4.3.0", "cannot be kept now, try again later")
NOT_NOW: Final = Reply(451, "4.3.2", "nothing is accepted now, try again later")

_OF_REFUSAL: Final[Mapping[Refusal, Reply]] = {
    Refusal.NOT_ALLOWED: NOT_ALLOWED,
    Refusal.INVALID: UNREADABLE,
    Refusal.TIMES: HOLD_TOO_LONG,
    Refusal.OPTED_OUT: OPTED_OUT,
    Refusal.NO_ROUTE: NO_ROUTE,
    Refusal.NOT_DISCLOSABLE: NOT_DISCLOSABLE,
    Refusal.RATE: OVER_LIMIT,
    Refusal.DAILY: OVER_LIMIT,
    Refusal.MONTHLY: OVER_LIMIT,
    Refusal.DRAINING: NOT_NOW,
    Refusal.RETENTION: NOT_NOW,
    Refusal.FULL: FULL,
    Refusal.UNAVAILABLE: UNAVAILABLE,
}


def accepted(count: int, message_id: str) -> Reply:
    """Return the reply to a mail that is on stable storage: the id of its one message, or how many it made."""
    return Reply(250, "2.0.0", f"accepted as {message_id}" if count == 1 else f"{count} messages accepted")


def of_refused(refused: Refused) -> Reply:
    """Return the reply to what the door refuses."""
    return of_errors(refused.errors) if refused.errors else _OF_REFUSAL[refused.refusal]


def of_errors(errors: tuple[FieldError, ...]) -> Reply:
    """Return the reply to the first field that is wrong."""
    field, flaw = errors[0].field, errors[0].flaw
    if flaw in {Flaw.NOT_ALLOWED, Flaw.COUNTRY}:
        return SENDER_NOT_ALLOWED if field == "sender" else NOT_ALLOWED
    if field == "text":
        return _OF_TEXT.get(flaw, BAD_TEXT)
    return _OF_FIELD.get(field, UNREADABLE)


_OF_FIELD: Final[Mapping[str, Reply]] = {
    "sender": BAD_FROM,
    "recipient": BAD_RECIPIENT,
    "subject": BAD_SUBJECT,
    "send_at": HOLD_TOO_LONG,
    "expires_at": HOLD_TOO_LONG,
}
_OF_TEXT: Final[Mapping[Flaw, Reply]] = {
    Flaw.TOO_LONG: TEXT_TOO_LONG,
    Flaw.TOO_MANY_SEGMENTS: TEXT_TOO_LONG,
    Flaw.EMPTY: EMPTY_TEXT,
}
