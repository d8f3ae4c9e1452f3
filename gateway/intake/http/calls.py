"""The calls of the client API: each takes a request and answers it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp.hdrs import AUTHORIZATION

from gateway.core.ids import is_message_id, now_seconds
from gateway.core.message import Channel
from gateway.http_server.answer import Answer
from gateway.http_server.problem import NOT_FOUND, problem_answer, problem_page
from gateway.http_server.request import Request
from gateway.http_server.routes import Handler, Route
from gateway.intake.auth import Authenticator, AuthRefusal
from gateway.intake.http.batch import post_batch
from gateway.intake.http.me import encode_me
from gateway.intake.http.openapi import Bounds, description_routes
from gateway.intake.http.problems import (
    INVALID_PARAMETER,
    PROBLEMS,
    STORAGE_UNAVAILABLE,
    TOO_MANY_REQUESTS,
    refused_caller,
)
from gateway.intake.http.query import read_listing, read_month
from gateway.intake.http.resource import encode_page, encode_status, encode_usage
from gateway.intake.http.sending import Desk, post_message
from gateway.intake.slowing import Slowing
from gateway.intake.turnstile import Turnstile
from gateway.settings import LimitsSection
from gateway.spool.clients import Client
from gateway.spool.erasures import Erasing
from gateway.spool.keyring import KeyringError
from gateway.spool.ledger import Erasure, Ledger
from gateway.spool.store import Store, StoreUnavailableError

_HEALTHY: Final = b'{"status":"ok"}'
_RETRY_STORE: Final = 5  # seconds


@dataclass(frozen=True, slots=True)
class Calls:
    """Every call with what it needs."""

    authenticator: Authenticator
    store: Store
    ledger: Ledger
    desk: Desk
    # The limits of clients that have none of their own.
    defaults: LimitsSection
    turnstile: Turnstile
    slowing: Slowing
    clock: Callable[[], int] = now_seconds
    # The providers that erase what they keep of a message.
    erasing: Callable[[], Erasing] = dict

    def routes(self) -> Sequence[Route]:
        """Return the table of all calls."""
        return (
            Route("POST", "/v1/sms", self._for_client(self._post_sms)),
            Route("POST", "/v1/email", self._for_client(self._post_email)),
            Route("POST", "/v1/batch", self._for_client(self._post_batch)),
            Route("GET", "/v1/messages/{id}", self._for_client(self._get_message)),
            Route("DELETE", "/v1/messages/{id}", self._for_client(self._delete_message)),
            Route("GET", "/v1/messages", self._for_client(self._list_messages)),
            Route("GET", "/v1/usage", self._for_client(self._get_usage)),
            Route("GET", "/v1/me", self._for_client(self._get_me)),
            Route("GET", "/problems/{slug}", _get_problem),
            Route("GET", "/healthz", _get_health),
            *description_routes(Bounds(self.desk.fields, self.desk.waiting.longest)),
        )

    def _for_client(self, call: Callable[..., Awaitable[Answer]]) -> Handler:
        """Return a handler that gives `call` the client that asks, or answers what stands in the way."""

        async def handle(request: Request, *parts: str) -> Answer:
            shown = request.headers.get(AUTHORIZATION)
            client = self.authenticator.known(shown) or await self.authenticator.authenticate(shown)
            if isinstance(client, AuthRefusal):
                return await self._refuse(client, request)
            if not self.turnstile.enter(client):
                return problem_answer(TOO_MANY_REQUESTS, retry_after=1)
            try:
                return await call(client, request, *parts)
            except StoreUnavailableError:
                return problem_answer(STORAGE_UNAVAILABLE, retry_after=_RETRY_STORE)
            finally:
                self.turnstile.leave(client)

        return handle

    async def _refuse(self, refusal: AuthRefusal, request: Request) -> Answer:
        # Who shows no key does not guess one.
        is_guess = refusal is AuthRefusal.UNKNOWN and AUTHORIZATION in request.headers
        return refused_caller(AuthRefusal.BUSY if is_guess and not await self.slowing.hold_up() else refusal)

    def _post_sms(self, client: Client, request: Request) -> Awaitable[Answer]:
        return post_message(self.desk, client, request, Channel.SMS)

    def _post_email(self, client: Client, request: Request) -> Awaitable[Answer]:
        return post_message(self.desk, client, request, Channel.EMAIL)

    def _post_batch(self, client: Client, request: Request) -> Awaitable[Answer]:
        return post_batch(self.desk, client, request)

    async def _get_me(self, client: Client, _request: Request) -> Answer:
        return Answer(200, await encode_me(client, self.store, self.defaults, self.clock()))

    async def _get_message(self, client: Client, _request: Request, message_id: str) -> Answer:
        found = await self.store.status(message_id, client.id) if is_message_id(message_id) else None
        return problem_answer(NOT_FOUND) if found is None else Answer(200, encode_status(found))

    async def _delete_message(self, client: Client, _request: Request, message_id: str) -> Answer:
        if not is_message_id(message_id) or await self.store.status(message_id, client.id) is None:
            return problem_answer(NOT_FOUND)
        # First, so that a copy of the spool that is put back does not bring the message back.
        try:
            await asyncio.to_thread(self.ledger.append, [Erasure(self.clock(), message_id)])
        except KeyringError:
            return problem_answer(STORAGE_UNAVAILABLE, retry_after=_RETRY_STORE)
        found = await self.store.erase(message_id, client.id, self.clock(), order_at=self.erasing())
        return problem_answer(NOT_FOUND) if found is None else Answer(200, encode_status(found))

    async def _list_messages(self, client: Client, request: Request) -> Answer:
        wanted = read_listing(request, client.id)
        if isinstance(wanted, tuple):
            return problem_answer(INVALID_PARAMETER, wanted)
        return Answer(200, encode_page(await self.store.listing(wanted), wanted.limit))

    async def _get_usage(self, client: Client, request: Request) -> Answer:
        month = read_month(request, self.clock())
        if isinstance(month, tuple):
            return problem_answer(INVALID_PARAMETER, month)
        return Answer(200, encode_usage(month, await self.store.usage(month, client.id)))


async def _get_problem(_request: Request, slug: str) -> Answer:
    problem = PROBLEMS.get(slug)
    return problem_answer(NOT_FOUND) if problem is None else problem_page(problem)


async def _get_health(_request: Request) -> Answer:
    return Answer(200, _HEALTHY)
