"""A gateway with a talkative client, and the marks that both have."""

import asyncio
from contextlib import suppress

from tests.fakes.capture_http import HttpCapture
from tests.fakes.configuration import Tables
from tests.fakes.gateway import Gateway
from tests.fakes.http_wire import Reply
from tests.oracle import ambient
from tests.oracle.marks import Kind, Mint
from tests.oracle.vendors import Vendor

RESTING = frozenset({"sent", "failed", "deferred", "in_doubt", "expired", "undelivered", "delivered"})
LOUD: Tables = {"log": {"level": "debug"}}


class Room:
    """A gateway that logs all that it can, with a client whose name is a mark."""

    def __init__(self, gateway: Gateway, mint: Mint, client: ambient.Client) -> None:
        self.gateway = gateway
        self.mint = mint
        self.client = client

    @classmethod
    async def open(cls, gateway: Gateway, seed: int) -> "Room":
        """Start the gateway and add the client."""
        mint = Mint(seed)
        await gateway.start()
        name = mint.client("client-name")
        key = await gateway.add_client(name, "--sender-ids", ambient.SENDER_ID)
        mint.known("sender-id", ambient.SENDER_ID, Kind.GRANTED)
        return cls(gateway, mint, ambient.client_of(mint, name, key))

    async def sms(self, number: str) -> str:
        """Submit an SMS and return its id."""
        return await self._submit("sms", ambient.sms(self.mint, number))

    async def mail(self, domain: str) -> str:
        """Submit a mail whose sender has this domain and return its id."""
        return await self._submit("email", ambient.email(self.mint, domain))

    async def send_to(self, vendor: Vendor) -> str:
        """Submit a message that goes to a vendor and return its id."""
        if isinstance(vendor.capture, HttpCapture):
            return await self.sms(self.mint.phone(f"number-{vendor.name}", vendor.selector))
        return await self.mail(vendor.selector)

    async def outcome(self, vendor: Vendor) -> str:
        """Send a message to a vendor and return the first state in which it comes to rest."""
        message = await self.send_to(vendor)
        return str((await self.gateway.settled(message, self.client.key, at=RESTING))["status"])

    async def _submit(self, channel: str, fields: dict[str, object]) -> str:
        reply = await self.gateway.ask(self.client.request(channel, fields))
        assert reply.status == 202, reply
        return str(reply.json()["id"])


async def hear_out(port: int, said: bytes) -> Reply:
    """Say bytes, end the sending side, and return whatever comes back; a bare close has status 0."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    heard = b""
    with suppress(ConnectionError):
        writer.write(said)
        writer.write_eof()
        heard = await asyncio.wait_for(reader.read(), 60)
        writer.close()
        await writer.wait_closed()
    return Reply(int(heard[9:12]) if heard.startswith(b"HTTP/1.1 ") else 0, heard, b"")
