"""The problems of the client API; each is a constant, with its page at `/problems/<slug>`."""

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.core.errors import FieldError
from gateway.http_server.answer import Answer
from gateway.http_server.problem import BUSY, SERVER_PROBLEMS, ProblemType, problem_answer
from gateway.intake.accept import Refusal, Refused
from gateway.intake.auth import AuthRefusal
from gateway.intake.members import BodyFlaw

UNAUTHORIZED: Final = ProblemType(
    "unauthorized",
    401,
    "Unauthorized",
    "Show a key: `Authorization: Bearer <key>`, or Basic with the client's name and the key.",
)
NOT_ALLOWED: Final = ProblemType(
    "not-allowed", 403, "Not allowed", "This client may not send this: see `errors`, and ask the operator."
)
UNSUPPORTED_MEDIA_TYPE: Final = ProblemType(
    "unsupported-media-type", 415, "Unsupported media type", "Send application/json in UTF-8."
)
MALFORMED_JSON: Final = ProblemType("malformed-json", 400, "Malformed JSON", "The body is not JSON as in RFC 8259.")
NOT_AN_OBJECT: Final = ProblemType("not-an-object", 422, "Not an object", "The body must be one JSON object.")
DUPLICATE_MEMBER: Final = ProblemType(
    "duplicate-member",
    422,
    "Duplicate member",
    "A name appears twice in one JSON object: it is not clear what is meant.",
)
INVALID_MESSAGE: Final = ProblemType(
    "invalid-message", 422, "Invalid message", "Documented fields are missing or wrong: see `errors`."
)
INVALID_BATCH: Final = ProblemType(
    "invalid-batch", 422, "Invalid batch", "`messages` must be a list of 1 to 1,000 messages."
)
INVALID_HEADER: Final = ProblemType(
    "invalid-header", 422, "Invalid header", "A delivery control has a value that it cannot have: see `errors`."
)
KEY_REUSED: Final = ProblemType(
    "idempotency-key-reused",
    422,
    "Idempotency key used for another request",
    "A request with this key and another body, path, Send-At or Expires-At was answered before: use a new key.",
)
IN_PROGRESS: Final = ProblemType(
    "in-progress", 409, "In progress", "The first request with this idempotency key is being worked on: try again."
)
MESSAGE_ERASED: Final = ProblemType(
    "message-erased",
    410,
    "Message erased",
    "The message that was accepted under this idempotency key was erased: use a new key to send it again.",
)
INVALID_PARAMETER: Final = ProblemType(
    "invalid-parameter", 422, "Invalid parameter", "A query parameter has a value that it cannot have: see `errors`."
)
FORGED_REPORT: Final = ProblemType(
    "forged-report", 401, "Forged report", "The call is not known to be the provider's, or not one of now."
)
MALFORMED_REPORT: Final = ProblemType(
    "malformed-report", 400, "Malformed report", "The call is the provider's, and there is nothing to be read in it."
)
NO_ROUTE: Final = ProblemType(
    "no-route", 422, "No route", "No provider is configured for this message, or none that may be used for it."
)
OPTED_OUT: Final = ProblemType(
    "opted-out",
    422,
    "Recipient opted out",
    "The recipient has objected to being written to, or has had the use of the address restricted: do not try again.",
)
NOT_DISCLOSABLE: Final = ProblemType(
    "not-disclosable",
    422,
    "Not disclosable",
    "Every provider of this message's route is one that may not receive it, or its sender may not be shown.",
)
RATE_LIMITED: Final = ProblemType(
    "rate-limited", 429, "Too many messages at once", "Try again after the time in Retry-After."
)
DAILY_QUOTA: Final = ProblemType(
    "daily-quota", 429, "Daily quota used up", "Try again on the next UTC day, or ask the operator for a higher quota."
)
MONTHLY_QUOTA: Final = ProblemType(
    "monthly-quota", 429, "Monthly quota used up", "Try again in the next UTC month, or ask the operator."
)
TOO_MANY_REQUESTS: Final = ProblemType(
    "too-many-requests", 429, "Too many requests at the same time", "Wait for answers before you ask for more."
)
DRAINING: Final = ProblemType(
    "draining", 503, "Draining", "The gateway is about to stop: try again after the time in Retry-After."
)
RETENTION_OVERDUE: Final = ProblemType(
    "retention-overdue", 503, "Retention overdue", "Data that should be gone is not: until then nothing is accepted."
)
STORAGE_FULL: Final = ProblemType(
    "storage-full", 503, "Storage full", "There is no room for more messages now; nothing of this one was kept."
)
STORAGE_UNAVAILABLE: Final = ProblemType(
    "storage-unavailable", 503, "Storage unavailable", "Messages cannot be kept or read now; nothing was changed."
)

PROBLEMS: Final[Mapping[str, ProblemType]] = {
    problem.slug: problem
    for problem in (
        *SERVER_PROBLEMS,
        UNAUTHORIZED,
        NOT_ALLOWED,
        UNSUPPORTED_MEDIA_TYPE,
        MALFORMED_JSON,
        NOT_AN_OBJECT,
        DUPLICATE_MEMBER,
        INVALID_MESSAGE,
        INVALID_BATCH,
        INVALID_HEADER,
        INVALID_PARAMETER,
        KEY_REUSED,
        IN_PROGRESS,
        MESSAGE_ERASED,
        FORGED_REPORT,
        MALFORMED_REPORT,
        NO_ROUTE,
        NOT_DISCLOSABLE,
        OPTED_OUT,
        RATE_LIMITED,
        DAILY_QUOTA,
        MONTHLY_QUOTA,
        TOO_MANY_REQUESTS,
        DRAINING,
        RETENTION_OVERDUE,
        STORAGE_FULL,
        STORAGE_UNAVAILABLE,
    )
}

OF_BODY: Final[Mapping[BodyFlaw, ProblemType]] = {
    BodyFlaw.NOT_JSON: MALFORMED_JSON,
    BodyFlaw.NOT_AN_OBJECT: NOT_AN_OBJECT,
    BodyFlaw.DUPLICATE: DUPLICATE_MEMBER,
}

_OF_REFUSAL: Final[Mapping[Refusal, ProblemType]] = {
    Refusal.NOT_ALLOWED: NOT_ALLOWED,
    Refusal.INVALID: INVALID_MESSAGE,
    Refusal.TIMES: INVALID_HEADER,
    Refusal.OPTED_OUT: OPTED_OUT,
    Refusal.NO_ROUTE: NO_ROUTE,
    Refusal.NOT_DISCLOSABLE: NOT_DISCLOSABLE,
    Refusal.RATE: RATE_LIMITED,
    Refusal.DAILY: DAILY_QUOTA,
    Refusal.MONTHLY: MONTHLY_QUOTA,
    Refusal.DRAINING: DRAINING,
    Refusal.RETENTION: RETENTION_OVERDUE,
    Refusal.FULL: STORAGE_FULL,
    Refusal.UNAVAILABLE: STORAGE_UNAVAILABLE,
}

_HEADERS: Final = {"send_at": "Send-At", "expires_at": "Expires-At"}

# RFC 9110 §11.6.1: both ways in; the same for every 401.
_CHALLENGES: Final = (
    ("WWW-Authenticate", 'Bearer realm="umschlag"'),
    ("WWW-Authenticate", 'Basic realm="umschlag", charset="UTF-8"'),
)


def refused_caller(refusal: AuthRefusal) -> Answer:
    """Return the answer to a caller that is no client."""
    if refusal is AuthRefusal.BUSY:
        return problem_answer(BUSY, retry_after=1)
    return problem_answer(UNAUTHORIZED, headers=_CHALLENGES)


def refused_message(refused: Refused) -> Answer:
    """Return the answer to a message that was not accepted."""
    problem, errors = problem_of(refused)
    return problem_answer(problem, errors, retry_after=refused.retry_after)


def problem_of(refused: Refused) -> tuple[ProblemType, Sequence[FieldError]]:
    """Return the problem that a message has which was not accepted; times are named by their headers."""
    if refused.refusal is not Refusal.TIMES:
        return _OF_REFUSAL[refused.refusal], refused.errors
    return INVALID_HEADER, [FieldError(_HEADERS[error.field], error.flaw) for error in refused.errors]
