"""A request's body: bounded in size before and while it is read, and in time."""

import asyncio
from typing import Final

from aiohttp import web
from aiohttp.hdrs import CONTENT_ENCODING, EXPECT
from aiohttp.http import HttpVersion11

from gateway.http_server.problem import (
    EXPECTATION_FAILED,
    MALFORMED_BODY,
    REQUEST_TIMEOUT,
    TOO_LARGE,
    UNSUPPORTED_ENCODING,
    ProblemType,
)
from gateway.http_server.request import Request

# What aiohttp raises out of a body: bad framing; a lost connection; a read after the loss.
_BROKEN: Final = (web.RequestPayloadError, OSError, RuntimeError)


async def read_body(request: Request, limit: int, seconds: float) -> bytes | ProblemType:
    """Return the whole body, at most `limit` bytes, if it arrives in `seconds`; else what is wrong.

    After an answer that came before the end of the body aiohttp reads on for a moment, so that the client sees the
    answer, and closes.
    """
    headers, content = request.headers, request.content
    if CONTENT_ENCODING in headers and headers[CONTENT_ENCODING].strip().lower() != "identity":
        return UNSUPPORTED_ENCODING
    try:
        if content.is_eof():
            body = request.whole_body()
            return body if len(body) <= limit else TOO_LARGE
        if (request.content_length or 0) > limit:
            return TOO_LARGE
        if EXPECT in headers and not _go_on(request):
            return EXPECTATION_FAILED
        async with asyncio.timeout(seconds):
            return await _read_on(request, limit)
    except TimeoutError:
        return REQUEST_TIMEOUT
    except _BROKEN:
        return MALFORMED_BODY


def _go_on(request: Request) -> bool:
    """Tell a client that waits to be told (RFC 9110 §10.1.1); False where it expects something else."""
    if request.headers[EXPECT].strip().lower() != "100-continue":
        return False
    if request.version >= HttpVersion11:
        request.go_on()
    return True


async def _read_on(request: Request, limit: int) -> bytes | ProblemType:
    body = bytearray()
    while piece := await request.content.readany():
        body += piece
        if len(body) > limit:
            return TOO_LARGE
    return bytes(body)
