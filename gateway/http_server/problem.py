"""Problems as in RFC 9457: constant texts, so that an answer cannot repeat what came in."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import msgspec

from gateway.core.errors import FieldError
from gateway.http_server.answer import TEXT, Answer, HeaderPairs

PROBLEM_JSON: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem; `/problems/<slug>` is its stable type, and `detail` says what to do about it."""

    slug: str
    status: int
    title: str
    detail: str


MALFORMED_HTTP: Final = ProblemType("malformed-http", 400, "Malformed HTTP", "The request is not HTTP as in RFC 9112.")
MALFORMED_BODY: Final = ProblemType(
    "malformed-body", 400, "Malformed body", "The request body ended early or is not framed as its headers say."
)
NOT_FOUND: Final = ProblemType("not-found", 404, "Not found", "There is nothing here that this client may see.")
METHOD_NOT_ALLOWED: Final = ProblemType(
    "method-not-allowed", 405, "Method not allowed", "This path has other methods: see the Allow header."
)
REQUEST_TIMEOUT: Final = ProblemType(
    "request-timeout", 408, "Request timeout", "The request body did not arrive in time."
)
TOO_LARGE: Final = ProblemType(
    "too-large", 413, "Too large", "The request body is larger than the operator allows: send less in one request."
)
UNSUPPORTED_ENCODING: Final = ProblemType(
    "unsupported-encoding", 415, "Unsupported content encoding", "Request bodies are taken uncompressed only."
)
EXPECTATION_FAILED: Final = ProblemType(
    "expectation-failed", 417, "Expectation failed", "The only expectation that can be met is 100-continue."
)
INTERNAL_ERROR: Final = ProblemType(
    "internal-error", 500, "Internal error", "The gateway is at fault; the operator's log says where."
)
BUSY: Final = ProblemType(
    "busy", 503, "Busy", "Too many requests are being worked on: try again after the time in Retry-After."
)

SERVER_PROBLEMS: Final[Sequence[ProblemType]] = (
    MALFORMED_HTTP,
    MALFORMED_BODY,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    TOO_LARGE,
    UNSUPPORTED_ENCODING,
    EXPECTATION_FAILED,
    INTERNAL_ERROR,
    BUSY,
)


def problem_answer(
    problem: ProblemType,
    errors: Iterable[FieldError] = (),
    *,
    retry_after: int | None = None,
    headers: HeaderPairs = (),
) -> Answer:
    """Return the answer that tells of a problem; `retry_after` is in seconds."""
    if retry_after is not None:
        headers = (*headers, ("Retry-After", str(max(retry_after, 1))))
    return Answer(problem.status, problem_body(problem, tuple(errors)), PROBLEM_JSON, headers=headers)


def problem_body(problem: ProblemType, errors: Sequence[FieldError] = ()) -> bytes:
    """Return a problem as JSON: `type, title, status, detail`, and `errors` where fields are wrong."""
    if not errors:
        return _bare(problem)
    listed = [{"field": error.field, "reason": error.flaw.value} for error in errors]
    return msgspec.json.encode({**_members(problem), "errors": listed})


def problem_page(problem: ProblemType) -> Answer:
    """Return the page that a problem's type leads to."""
    text = f"{problem.title}\n\nHTTP status {problem.status}\n\n{problem.detail}\n"
    return Answer(200, text.encode(), TEXT)


def _members(problem: ProblemType) -> dict[str, object]:
    return {
        "type": f"/problems/{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
    }


@lru_cache(maxsize=256)
def _bare(problem: ProblemType) -> bytes:
    return msgspec.json.encode(_members(problem))
