"""Request bodies: JSON of a bounded size that comes within a bounded time."""

import re
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Final

from aiohttp.hdrs import CONTENT_TYPE

from gateway.http_server.answer import JSON
from gateway.http_server.body import read_body
from gateway.http_server.problem import ProblemType
from gateway.http_server.request import Request
from gateway.intake.http.problems import OF_BODY, UNSUPPORTED_MEDIA_TYPE
from gateway.intake.members import BodyFlaw, read_members

_JSON: Final = re.compile(r'\s*application/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?;?\s*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The largest body in bytes, the seconds that one may take to arrive, and the largest body of a batch."""

    max_body: int
    seconds: float
    max_batch_body: int


def read_json(request: Request, limit: int, seconds: float) -> Awaitable[bytes | ProblemType]:
    """Return a body that says it is JSON, not yet parsed, or what is wrong."""
    told = request.headers.get(CONTENT_TYPE, "")
    is_json = told == JSON or _JSON.fullmatch(told)
    return read_body(request, limit, seconds) if is_json else _unsupported()


async def _unsupported() -> ProblemType:
    return UNSUPPORTED_MEDIA_TYPE


def parse_members(body: bytes) -> dict[str, object] | ProblemType:
    """Return the members of a body, or what is wrong."""
    members = read_members(body)
    return OF_BODY[members] if isinstance(members, BodyFlaw) else members
