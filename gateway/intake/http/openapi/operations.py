"""The table of operations: one for each call of the client API, with every problem that it can answer with."""

from collections.abc import Sequence
from typing import Final

from gateway.http_server import problem as http
from gateway.http_server.problem import ProblemType
from gateway.intake.http import problems as api
from gateway.intake.http.openapi import examples
from gateway.intake.http.openapi.operation import Body, Node, Operation, Success
from gateway.intake.http.openapi.schemas import REF

_ANY: Final = (http.MALFORMED_HTTP, http.INTERNAL_ERROR, http.BUSY)
_OF_CLIENT: Final = (*_ANY, api.UNAUTHORIZED, api.TOO_MANY_REQUESTS, api.STORAGE_UNAVAILABLE)
_OF_BODY: Final = (
    http.MALFORMED_BODY,
    api.MALFORMED_JSON,
    http.REQUEST_TIMEOUT,
    http.TOO_LARGE,
    api.UNSUPPORTED_MEDIA_TYPE,
    http.UNSUPPORTED_ENCODING,
    http.EXPECTATION_FAILED,
    api.NOT_AN_OBJECT,
    api.DUPLICATE_MEMBER,
)
_OF_SENDING: Final = (
    *_OF_CLIENT,
    *_OF_BODY,
    api.INVALID_HEADER,
    api.KEY_REUSED,
    api.IN_PROGRESS,
    api.DRAINING,
    api.RETENTION_OVERDUE,
    api.STORAGE_FULL,
)
# What stands in the way of one message: the answer's own problem, or that of an item of a batch.
OF_MESSAGE: Final = (
    api.NOT_ALLOWED,
    api.INVALID_MESSAGE,
    api.OPTED_OUT,
    api.NO_ROUTE,
    api.NOT_DISCLOSABLE,
    api.RATE_LIMITED,
    api.DAILY_QUOTA,
    api.MONTHLY_QUOTA,
)
_OF_ONE: Final = (*_OF_SENDING, *OF_MESSAGE, api.INVALID_PARAMETER, api.MESSAGE_ERASED)

_LIMITS: Final = ("RateLimit", "RateLimitPolicy")
_LINKS: Final = ("GetMessage", "DeleteMessage")


def _ref(name: str) -> Node:
    return {"$ref": REF.format(name=name)}


def _send(channel: str, body: Body, summary: str) -> Operation:
    known = Success(
        200,
        "With `Prefer: wait` the outcome; with `dry_run` what would become of the message.",
        {"oneOf": [_ref("Status"), _ref("Prospect")]},
        examples={"outcome": examples.SENT, "dry_run": examples.PROSPECT},
        headers=("PreferenceApplied", *_LIMITS),
    )
    accepted = Success(
        202,
        "The sealed message is on stable storage: from here on the gateway answers for it.",
        _ref("Status"),
        examples={"accepted": examples.QUEUED},
        headers=("Location", "PreferenceApplied", *_LIMITS),
        links=_LINKS,
    )
    return Operation(
        "POST",
        f"/v1/{channel}",
        f"send_{channel}",
        summary,
        "Any other answer than `200` and `202` leaves nothing behind. Where no answer comes, send the request again "
        "with the same `Idempotency-Key`.",
        "Send",
        (known, accepted),
        _OF_ONE,
        parameters=("IdempotencyKey", "SendAt", "ExpiresAt", "Prefer", "DryRun"),
        body=body,
    )


def _ask(path: str, name: str, summary: str, meaning: str, success: Success) -> Operation:
    return Operation("GET", path, name, summary, meaning, "Ask", (success,), _OF_CLIENT)


def _open(path: str, name: str, summary: str, meaning: str, success: Success) -> Operation:
    return Operation("GET", path, name, summary, meaning, "About", (success,), _ANY, needs_key=False)


def _disclosure(path: str, name: str, summary: str, success: Success) -> Operation:
    same = Success(304, "It is the version that the caller has.", None, headers=("ETag",))
    return Operation(
        "GET",
        path,
        name,
        summary,
        "Which companies receive what, how long what is kept, and which rights there are. Made from the configuration "
        "in force; each change is a new version.",
        "About",
        (success, same),
        _ANY,
        parameters=("Language", "IfNoneMatch"),
        needs_key=False,
    )


OPERATIONS: Final[Sequence[Operation]] = (
    _send("email", Body("Email", {"mail": examples.EMAIL}), "Send an e-mail"),
    _send("sms", Body("Sms", {"text message": examples.SMS}), "Send a text message"),
    Operation(
        "POST",
        "/v1/batch",
        "send_batch",
        "Send up to 1,000 messages",
        "Each message is accepted or refused by itself, in order, and all that are accepted are on stable storage "
        "when the answer comes.",
        "Send",
        (
            Success(
                200,
                "What became of each message, in order.",
                _ref("BatchResult"),
                examples={"partial success": examples.batch_results(examples.problem(api.INVALID_MESSAGE))},
                headers=_LIMITS,
            ),
        ),
        (*_OF_SENDING, api.INVALID_BATCH),
        parameters=("IdempotencyKey", "SendAt", "ExpiresAt"),
        body=Body("BatchRequest", {"two messages": examples.BATCH}),
    ),
    Operation(
        "GET",
        "/v1/messages/{id}",
        "get_message",
        "Ask what became of a message",
        "No content and no address: those are gone once a provider has the message.",
        "Ask",
        (Success(200, "The message's status.", _ref("Status"), examples={"sent": examples.SENT}),),
        (*_OF_CLIENT, http.NOT_FOUND),
        parameters=("Id",),
    ),
    Operation(
        "DELETE",
        "/v1/messages/{id}",
        "delete_message",
        "Take a message back",
        "Cancels what has not been handed over, and erases what is stored about the message. What a provider has "
        "taken is not called back; where it erases on request, that is ordered.",
        "Send",
        (Success(200, "The last status; from now on `404`.", _ref("Status"), examples={"gone": examples.CANCELLED}),),
        (*_OF_CLIENT, http.NOT_FOUND),
        parameters=("Id",),
    ),
    Operation(
        "GET",
        "/v1/messages",
        "list_messages",
        "List messages",
        "The caller's own, newest first.",
        "Ask",
        (Success(200, "One page.", _ref("StatusPage"), examples={"page": examples.PAGE}),),
        (*_OF_CLIENT, api.INVALID_PARAMETER),
        parameters=("OfStatus", "OfChannel", "Cursor", "Limit"),
    ),
    Operation(
        "GET",
        "/v1/usage",
        "get_usage",
        "Count messages of a month",
        "By channel and provider.",
        "Ask",
        (Success(200, "The counts.", _ref("Usage"), examples={"month": examples.USAGE}),),
        (*_OF_CLIENT, api.INVALID_PARAMETER),
        parameters=("Month",),
    ),
    _ask(
        "/v1/me",
        "get_me",
        "Ask what is stored about the caller",
        "All but the key: what the client may send, its limits, and what it has used of them.",
        Success(200, "The client.", _ref("Me"), examples={"client": examples.ME}),
    ),
    _disclosure(
        "/v1/privacy",
        "get_privacy",
        "Read what is done with data",
        Success(200, "The disclosure in force.", _ref("Disclosure"), headers=("ETag",)),
    ),
    _disclosure(
        "/privacy",
        "get_privacy_notice",
        "Read the privacy notice",
        Success(200, "The same for people.", {"type": "string"}, "text/html; charset=utf-8", headers=("ETag",)),
    ),
    Operation(
        "GET",
        "/problems/{slug}",
        "get_problem",
        "Read about a problem",
        "Where the `type` of each problem leads.",
        "About",
        (Success(200, "The problem in words.", {"type": "string"}, "text/plain; charset=utf-8"),),
        (*_ANY, http.NOT_FOUND),
        parameters=("Slug",),
        needs_key=False,
    ),
    _open(
        "/healthz",
        "get_health",
        "Ask whether the gateway serves",
        "For load balancers.",
        Success(200, "It serves.", _ref("Health"), examples={"healthy": {"status": "ok"}}),
    ),
    _open(
        "/openapi.json",
        "get_openapi",
        "Read this description",
        "OpenAPI 3.1, with the limits that are configured now.",
        Success(200, "The description.", {"type": "object"}),
    ),
    _open(
        "/docs",
        "get_docs",
        "Read this description as a page",
        "Everything on the page comes from the gateway itself.",
        Success(200, "The page.", {"type": "string"}, "text/html; charset=utf-8"),
    ),
)


def problems_of_statuses(operation: Operation) -> dict[int, list[ProblemType]]:
    """Return an operation's problems by their HTTP statuses, in order."""
    found: dict[int, list[ProblemType]] = {}
    for problem in sorted(operation.problems, key=lambda each: each.status):
        found.setdefault(problem.status, []).append(problem)
    return found
