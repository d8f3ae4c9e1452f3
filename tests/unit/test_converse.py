"""One hand-over over HTTP: what became of the request decides where the answer is missing."""

from dataclasses import dataclass, field

import pytest

from gateway.core.message import Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason
from gateway.http_client import HttpRequest, HttpResponse, Lost, Unsent
from gateway.provider import Handover, converse

REFERENCE = "0123456789abcdef0123456789abcdef"


@dataclass
class Wire:
    """A client whose every exchange ends alike."""

    ends: HttpResponse | Unsent | Lost
    asked: list[HttpRequest] = field(default_factory=list)

    async def open(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""

    async def exchange(self, request: HttpRequest) -> HttpResponse | Unsent | Lost:
        """Remember the request, and send nothing."""
        self.asked.append(request)
        return self.ends


class Exchange:
    """A vendor that takes everything."""

    def request(self, message: Message, reference: str) -> HttpRequest:
        """Write a request."""
        return HttpRequest("POST", f"https://api.example/{reference}", body=message.text.encode())

    def outcome(self, response: HttpResponse, reference: str) -> Outcome:
        """Judge the answer."""
        return Accepted(f"{reference}-{response.status}")


@pytest.mark.parametrize(
    "ends, expected",
    [
        (HttpResponse(200, {}, b""), Accepted(f"{REFERENCE}-200")),
        (Unsent(Reason.UNAVAILABLE), Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)),
        (Unsent(Reason.TIMEOUT), Deferred(Blame.PROVIDER, Reason.TIMEOUT)),
        (Lost(Reason.TIMEOUT), InDoubt(Reason.TIMEOUT)),
        (Lost(Reason.CONNECTION_LOST), InDoubt(Reason.CONNECTION_LOST)),
    ],
)
async def test_what_did_not_leave_is_deferred_and_what_was_lost_is_in_doubt(
    ends: HttpResponse | Unsent | Lost, expected: Outcome
) -> None:
    """An answer is the vendor's to judge; without one it counts whether the request left."""
    wire = Wire(ends)
    outcome = await converse(wire, Exchange(), Sms("+4915112345678", "Text"), Handover(REFERENCE, 0))
    assert outcome == expected
    assert [(request.url, request.body) for request in wire.asked] == [(f"https://api.example/{REFERENCE}", b"Text")]
