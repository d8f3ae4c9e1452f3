"""The calls of the client API: each takes a request and answers it."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from gateway.core.ids import is_message_id, now_seconds
from gateway.core.message import Channel
from gateway.http_server.answer import Answer
from gateway.http_server.body import read_body
from gateway.http_server.problem import NOT_FOUND, ProblemType, problem_answer, problem_page
from gateway.http_server.routes import Handler, Route
from gateway.intake.accept import Door, Refused
from gateway.intake.auth import Authenticator, AuthRefusal
from gateway.intake.fields import FieldLimits, count_undocumented, read_message
from gateway.intake.http.problems import (
    INVALID_MESSAGE,
    INVALID_PARAMETER,
    OF_BODY,
    PROBLEMS,
    STORAGE_UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    refused_caller,
    refused_message,
)
from gateway.intake.http.query import read_listing, read_month
from gateway.intake.http.resource import encode_page, encode_status, encode_usage
from gateway.intake.members import BodyFlaw, read_members
from gateway.metrics import Metrics
from gateway.spool.clients import Client
from gateway.spool.store import MessageStore, StoreUnavailableError

_JSON: Final = re.compile(r'\s*application/json\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?;?\s*', re.IGNORECASE)
_HEALTHY: Final = b'{"status":"ok"}'
_RETRY_STORE: Final = 5  # seconds


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The largest body in bytes, and the seconds that it may take to arrive."""

    max_body: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Calls:
    """Every call with what it needs."""

    authenticator: Authenticator
    door: Door
    store: MessageStore
    metrics: Metrics
    fields: FieldLimits
    body: BodyLimits
    clock: Callable[[], int] = now_seconds

    def routes(self) -> Sequence[Route]:
        """Return the table of all calls."""
        return (
            Route("POST", "/v1/sms", self._for_client(self._post_sms)),
            Route("POST", "/v1/email", self._for_client(self._post_email)),
            Route("GET", "/v1/messages/{id}", self._for_client(self._get_message)),
            Route("DELETE", "/v1/messages/{id}", self._for_client(self._delete_message)),
            Route("GET", "/v1/messages", self._for_client(self._list_messages)),
            Route("GET", "/v1/usage", self._for_client(self._get_usage)),
            Route("GET", "/problems/{slug}", _get_problem),
            Route("GET", "/healthz", _get_health),
        )

    def _for_client(self, call: Callable[..., Awaitable[Answer]]) -> Handler:
        """Return a handler that gives `call` the client that asks, or answers what stands in the way."""

        async def handle(request: web.BaseRequest, *parts: str) -> Answer:
            client = await self.authenticator.authenticate(request.headers.get("Authorization"))
            if isinstance(client, AuthRefusal):
                return refused_caller(client)
            try:
                return await call(client, request, *parts)
            except StoreUnavailableError:
                return problem_answer(STORAGE_UNAVAILABLE, retry_after=_RETRY_STORE)

        return handle

    async def _post_sms(self, client: Client, request: web.BaseRequest) -> Answer:
        return await self._post(client, request, Channel.SMS)

    async def _post_email(self, client: Client, request: web.BaseRequest) -> Answer:
        return await self._post(client, request, Channel.EMAIL)

    async def _post(self, client: Client, request: web.BaseRequest, channel: Channel) -> Answer:
        members = await self._read_members(request)
        if isinstance(members, ProblemType):
            return problem_answer(members)
        message = read_message(members, channel, self.fields)
        if isinstance(message, tuple):
            return problem_answer(INVALID_MESSAGE, message)
        stripped = count_undocumented(members, channel)
        status = await self.door.accept(client, message, stripped=stripped)
        if isinstance(status, Refused):
            return refused_message(status)
        self.metrics.accepted(channel)
        if stripped:
            self.metrics.stripped("http", stripped)
        return Answer(202, encode_status(status), headers=(("Location", f"/v1/messages/{status.id}"),))

    async def _read_members(self, request: web.BaseRequest) -> dict[str, object] | ProblemType:
        if not _JSON.fullmatch(request.headers.get("Content-Type", "")):
            return UNSUPPORTED_MEDIA_TYPE
        body = await read_body(request, self.body.max_body, self.body.seconds)
        if isinstance(body, ProblemType):
            return body
        members = read_members(body)
        return OF_BODY[members] if isinstance(members, BodyFlaw) else members

    async def _get_message(self, client: Client, _request: web.BaseRequest, message_id: str) -> Answer:
        found = await self.store.status(message_id, client.id) if is_message_id(message_id) else None
        return problem_answer(NOT_FOUND) if found is None else Answer(200, encode_status(found))

    async def _delete_message(self, client: Client, _request: web.BaseRequest, message_id: str) -> Answer:
        found = await self.store.erase(message_id, client.id, self.clock()) if is_message_id(message_id) else None
        return problem_answer(NOT_FOUND) if found is None else Answer(200, encode_status(found))

    async def _list_messages(self, client: Client, request: web.BaseRequest) -> Answer:
        wanted = read_listing(request, client.id)
        if isinstance(wanted, tuple):
            return problem_answer(INVALID_PARAMETER, wanted)
        return Answer(200, encode_page(await self.store.listing(wanted), wanted.limit))

    async def _get_usage(self, client: Client, request: web.BaseRequest) -> Answer:
        month = read_month(request, self.clock())
        if isinstance(month, tuple):
            return problem_answer(INVALID_PARAMETER, month)
        return Answer(200, encode_usage(month, await self.store.usage(month, client.id)))


async def _get_problem(_request: web.BaseRequest, slug: str) -> Answer:
    problem = PROBLEMS.get(slug)
    return problem_answer(NOT_FOUND) if problem is None else problem_page(problem)


async def _get_health(_request: web.BaseRequest) -> Answer:
    return Answer(200, _HEALTHY)
