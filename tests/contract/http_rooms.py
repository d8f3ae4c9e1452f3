"""Handlers behind a real listener: some answer, some wait until a test says so, one has a bug."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from gateway.http_server import Answer, Certificate, HttpLimits, Listener, ProblemType, Route, Routes, read_body
from gateway.http_server.problem import problem_answer
from gateway.http_server.request import Request
from gateway.logs import Log
from gateway.logs.field import Listener as ListenerName

LIMIT = 1000
PATIENT = timedelta(seconds=60)
MARK = "S3NT-http-0815"


class Rooms:
    """Handlers that a test can hold up."""

    def __init__(self) -> None:
        self.entered = asyncio.Semaphore(0)
        self.may_leave = asyncio.Event()

    async def echo(self, request: Request) -> Answer:
        """Answer with the length of the body."""
        body = await read_body(request, LIMIT, 60)
        return problem_answer(body) if isinstance(body, ProblemType) else Answer(200, b"%d" % len(body))

    async def hasty_echo(self, request: Request) -> Answer:
        """Do the same for a body that comes within a tenth of a second."""
        body = await read_body(request, LIMIT, 0.1)
        return problem_answer(body) if isinstance(body, ProblemType) else Answer(200, b"%d" % len(body))

    async def give_much(self, _request: Request) -> Answer:
        """Answer with more than any socket holds."""
        return Answer(200, bytes(16 << 20))

    async def get(self, _request: Request, *parts: str) -> Answer:
        """Answer with what stands in the path."""
        return Answer(200, json.dumps(parts).encode())

    async def wait(self, _request: Request) -> Answer:
        """Answer when the test says so."""
        self.entered.release()
        await self.may_leave.wait()
        return Answer(200, b"{}")

    async def fail(self, _request: Request) -> Answer:
        """Have a bug."""
        raise KeyError(MARK)

    async def give_nothing(self, _request: Request) -> Answer:
        """Answer without a body."""
        return Answer(204)

    def routes(self) -> Routes:
        """Return the table of all of them."""
        return Routes([
            Route("POST", "/echo", self.echo),
            Route("POST", "/hasty", self.hasty_echo),
            Route("GET", "/much", self.give_much),
            Route("GET", "/things", self.get),
            Route("GET", "/things/{id}", self.get),
            Route("DELETE", "/things/{id}", self.get),
            Route("GET", "/wait", self.wait),
            Route("GET", "/fail", self.fail),
            Route("GET", "/nothing", self.give_nothing),
        ])


@asynccontextmanager
async def serving(
    handle: Callable[[Request], Awaitable[Answer]],
    *,
    written: io.StringIO | None = None,
    max_requests: int = 100,
    read_timeout: timedelta = PATIENT,
    tls: Certificate | None = None,
) -> AsyncIterator[tuple[int, Listener]]:
    """Serve on a free port."""
    log = Log(written or io.StringIO(), level="debug")
    listener = Listener(ListenerName.HTTP, handle, log, HttpLimits(max_requests, read_timeout))
    port = await listener.start("127.0.0.1:0", tls)
    try:
        yield port, listener
    finally:
        await listener.stop(timedelta(seconds=1))
