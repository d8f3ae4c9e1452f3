"""Clients of the long run: they submit at a steady pace, whatever becomes of their connections."""

import asyncio
import contextlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, Literal

from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Wire, request

CLIENTS: Final = 16
_MAIL_EVERY: Final = 5  # of so many messages one is a mail
_AGAIN: Final = 0.2  # seconds until a connection is tried again

Channel = Literal["sms", "email"]


def channel_of(number: int) -> Channel:
    """Return which kind of message a number stands for."""
    return "email" if number % _MAIL_EVERY == 0 else "sms"


def _request(number: int, key: str) -> bytes:
    if channel_of(number) == "sms":
        members = {"recipient": "+4915112345678", "text": f"Nr. {number}."}
    else:
        members = {"sender": "a@praxis.example", "recipient": "b@example.com", "subject": "-", "text": f"Nr. {number}."}
    return request("POST", f"/v1/{channel_of(number)}", body=json.dumps(members).encode(), key=key)


@dataclass
class Load:
    """`accepted` are the ids of what was answered with 202, by number; `answers` counts all, 0 where none came."""

    gateway: Gateway
    key: str
    messages: int
    seconds: float
    accepted: dict[int, str] = field(default_factory=dict)
    answers: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    _next: int = 0

    async def run(self) -> None:
        """Submit all messages in the time that is given for them, or as fast as it goes."""
        began_at = time.monotonic()
        await asyncio.gather(*(self._client(began_at) for _ in range(CLIENTS)))

    async def _client(self, began_at: float) -> None:
        while self._next < self.messages:
            with contextlib.suppress(OSError):
                await self._submit_on_one_wire(began_at)
            await asyncio.sleep(_AGAIN)

    async def _submit_on_one_wire(self, began_at: float) -> None:
        async with Wire(self.gateway.http_port) as wire:
            while self._next < self.messages and await self._submit(wire, began_at):
                pass

    async def _submit(self, wire: Wire, began_at: float) -> bool:
        self._next += 1
        number = self._next
        ahead = number / self.messages * self.seconds - (time.monotonic() - began_at)
        await asyncio.sleep(max(0.0, ahead))
        asked_at = time.monotonic()
        try:
            reply = await wire.ask(_request(number, self.key))
        except OSError:
            self.answers[0] += 1
            return False
        self.answers[reply.status] += 1
        self.slowest = max(self.slowest, time.monotonic() - asked_at)
        if reply.status == 202:
            self.accepted[number] = reply.json()["id"]
        return reply.status != 0
