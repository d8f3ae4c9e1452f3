"""An adapter over HTTP: pure functions with one client between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from gateway.callback import Acknowledgement, Callback, Refused, Verified
from gateway.core.message import Message
from gateway.core.outcome import Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.report import Report
from gateway.http_client import HttpClient, HttpRequest, HttpResponse, Unsent
from gateway.provider.adapter import Handover
from gateway.provider.erasing import Erasure, NotPossible, NotYet
from gateway.provider.reports import Asked, Balance, Reports


class HttpExchange(Protocol):
    """The two pure functions of an adapter over HTTP."""

    def request(self, message: Message, reference: str) -> HttpRequest:
        """Write the vendor's request for one message."""

    def outcome(self, response: HttpResponse, reference: str) -> Outcome:
        """Judge the vendor's answer."""


class HttpPoll(Protocol):
    """How a vendor is asked what became of a message."""

    def request(self, asked: Asked) -> HttpRequest | None:
        """Write the vendor's request; None where too little is known of the message to ask."""

    def reports(self, response: HttpResponse, asked: Asked) -> Sequence[Report] | None:
        """Read the answer; None where it is none. Reports of other messages are left out."""


class HttpBalance(Protocol):
    """How a vendor is asked what is left on the account."""

    def request(self) -> HttpRequest:
        """Write the vendor's request."""

    def balance(self, response: HttpResponse) -> Balance | None:
        """Read the answer; None where it is none."""


class HttpErasure(Protocol):
    """How a vendor is told to erase what it keeps of a message."""

    def request(self, provider_ref: str) -> HttpRequest:
        """Write the vendor's request."""

    def erasure(self, response: HttpResponse) -> Erasure:
        """Judge the vendor's answer."""


@dataclass(slots=True)
class HttpAdapter:
    """An adapter made of an HTTP client and the vendor's two pure functions, with what the vendor tells besides.

    `reporting`, `polling`, `accounting` and `erasing` go with the capabilities `reports`, `polls`, `balance` and
    `erasure` of its type. `erasing_client` is there where the vendor erases at another host.
    """

    client: HttpClient
    exchange: HttpExchange
    reporting: Reports | None = None
    polling: HttpPoll | None = None
    accounting: HttpBalance | None = None
    erasing: HttpErasure | None = None
    erasing_client: HttpClient | None = None

    async def open(self) -> None:
        """Open the client; connections are made when they are needed."""
        await self.client.open()
        if self.erasing_client is not None:
            await self.erasing_client.open()

    async def send(self, message: Message, handover: Handover) -> Outcome:
        """Hand one message over in one HTTP exchange."""
        return await converse(self.client, self.exchange, message, handover)

    async def close(self) -> None:
        """Close the kept connections."""
        await self.client.close()
        if self.erasing_client is not None:
            await self.erasing_client.close()

    def takes_reports(self) -> bool:
        """Whether the vendor's calls are taken, and known."""
        return self.reporting is not None and self.reporting.takes_reports()

    def verify(self, callback: Callback) -> Verified | Refused:
        """Say whether a call is the vendor's."""
        return Refused.FORGED if self.reporting is None else self.reporting.verify(callback)

    def reports(self, callback: Callback) -> Sequence[Report] | Refused:
        """Read the reports out of a verified call."""
        return () if self.reporting is None else self.reporting.reports(callback)

    def acknowledgement(self) -> Acknowledgement:
        """Return the answer that the vendor takes for a yes."""
        return Acknowledgement() if self.reporting is None else self.reporting.acknowledgement()

    def can_ask(self, asked: Asked) -> bool:
        """Whether the vendor can be asked by what is known of the message."""
        return self.polling is not None and self.polling.request(asked) is not None

    async def poll(self, asked: Asked) -> Sequence[Report] | Reason:
        """Ask for one message."""
        request = None if self.polling is None else self.polling.request(asked)
        if self.polling is None or request is None:
            return Reason.UNAVAILABLE
        answer = await self.client.exchange(request)
        if not isinstance(answer, HttpResponse):
            return answer.reason
        found = self.polling.reports(answer, asked)
        return default_outcome(answer).reason if found is None else found

    async def balance(self) -> Balance | Reason:
        """Ask what is left on the account."""
        if self.accounting is None:
            return Reason.UNAVAILABLE
        answer = await self.client.exchange(self.accounting.request())
        if not isinstance(answer, HttpResponse):
            return answer.reason
        return self.accounting.balance(answer) or default_outcome(answer).reason

    async def erase(self, provider_ref: str) -> Erasure:
        """Have one message erased."""
        if self.erasing is None:
            return NotPossible(Reason.REFUSED)
        answer = await (self.erasing_client or self.client).exchange(self.erasing.request(provider_ref))
        return self.erasing.erasure(answer) if isinstance(answer, HttpResponse) else NotYet(answer.reason)


async def converse(client: HttpClient, exchange: HttpExchange, message: Message, handover: Handover) -> Outcome:
    """Send the request of one message and judge the answer, or the lack of one."""
    answer = await client.exchange(exchange.request(message, handover.reference))
    if isinstance(answer, HttpResponse):
        return exchange.outcome(answer, handover.reference)
    if isinstance(answer, Unsent):
        return Deferred(Blame.PROVIDER, answer.reason)
    return InDoubt(answer.reason)


# RFC 9110 §15.5.5, §15.5.6: not this path, not this method. The base URL is wrong; the message has no part in it.
_WRONG_PLACE: Final = frozenset({404, 405})
_DEFERRED: Final = {429: Reason.RATE_LIMITED, 503: Reason.UNAVAILABLE}
_ACCOUNT: Final = {401: Reason.CREDENTIALS, 402: Reason.NO_CREDIT, 403: Reason.CREDENTIALS}


def default_outcome(response: HttpResponse) -> Rejected | Deferred | InDoubt:
    """Judge an answer by its HTTP status alone, where the vendor's own table says nothing.

    Never `Accepted`: a 2xx that the adapter could not read is in doubt, as are 500, 502, 504 and what no RFC knows.
    """
    status = response.status
    if status in _DEFERRED:
        return Deferred(Blame.PROVIDER, _DEFERRED[status], response.retry_after)
    if status in _ACCOUNT:
        return Deferred(Blame.ACCOUNT, _ACCOUNT[status])
    if status in _WRONG_PLACE:
        return Rejected(Blame.PROVIDER, Reason.REFUSED)
    if 400 <= status < 500:  # noqa: PLR2004 (RFC 9110 §15.5: the client's fault, so ours or the message's)
        return Rejected(Blame.CONTENT, Reason.REFUSED)
    if status >= 500:  # noqa: PLR2004 (RFC 9110 §15.6)
        return InDoubt(Reason.PROVIDER_ERROR)
    return InDoubt(Reason.UNCLEAR_ANSWER)


def default_erasure(response: HttpResponse) -> NotYet | NotPossible:
    """Judge an answer to an erasure by its HTTP status alone, where the vendor's own table says nothing.

    Never `Gone`: which 2xx erases, and whether 404 speaks of the message or of the path, is the vendor's to say.
    """
    judged = default_outcome(response)
    if isinstance(judged, Rejected):
        return NotPossible(judged.reason)
    return NotYet(judged.reason, judged.retry_after if isinstance(judged, Deferred) else None)
