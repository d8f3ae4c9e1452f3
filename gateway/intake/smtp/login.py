"""AUTH (RFC 4954) with PLAIN (RFC 4616) and LOGIN: who a client is, and whether it still is."""

import asyncio
import base64
import binascii
from typing import Final

from gateway.intake.auth import AuthRefusal
from gateway.intake.keys import Credentials
from gateway.intake.smtp import reply as say
from gateway.intake.smtp.house import House
from gateway.intake.smtp.reply import Reply
from gateway.intake.smtp.wire import Wire
from gateway.spool.clients import Client

_MAX_WRONG: Final = 3
# `Username:` and `Password:`, the prompts that programs look for.
_USERNAME: Final = b"334 VXNlcm5hbWU6\r\n"
_PASSWORD: Final = b"334 UGFzc3dvcmQ6\r\n"
_EMPTY: Final = b"334 \r\n"


class Login:
    """The login of one connection; a login before TLS is forgotten by making a new one."""

    def __init__(self, house: House, wire: Wire) -> None:
        self._house = house
        self._wire = wire
        self._credentials: Credentials | None = None
        self._wrong = 0

    @property
    def is_done(self) -> bool:
        """Whether a client has logged in."""
        return self._credentials is not None

    @property
    def is_offered(self) -> bool:
        """Whether keys may be shown here now."""
        return self._wire.is_encrypted or not self._house.needs_tls

    async def auth(self, argument: str) -> Reply:
        """Answer AUTH."""
        if not self.is_offered:
            return say.TLS_NEEDED
        mechanism, _, initial = argument.partition(" ")
        credentials = await self._read(mechanism.upper(), initial.strip(" "))
        if credentials is say.LOGIN_REFUSED:
            return await self._refuse()
        if isinstance(credentials, Reply):
            return credentials
        client = await self._house.authenticator.check(credentials)
        if isinstance(client, AuthRefusal):
            return say.LOGIN_BUSY if client is AuthRefusal.BUSY else await self._refuse()
        self._credentials = credentials
        self._wire.settle()
        return say.LOGGED_IN

    async def client(self) -> Client | Reply:
        """Return who has logged in, with what it may do now: in a long connection keys end and rights change."""
        if self._credentials is None:
            return say.LOGIN_NEEDED
        client = await self._house.authenticator.check(self._credentials)
        if isinstance(client, AuthRefusal):
            return say.LOGIN_BUSY if client is AuthRefusal.BUSY else say.KEY_ENDED
        return client

    async def _read(self, mechanism: str, initial: str) -> Credentials | Reply:
        if mechanism not in {"PLAIN", "LOGIN"}:
            return say.UNKNOWN_MECHANISM if mechanism else say.BAD_ARGUMENT
        is_plain = mechanism == "PLAIN"
        first = read_base64(initial) if initial else await self._ask(_EMPTY if is_plain else _USERNAME)
        if isinstance(first, Reply):
            return first
        if is_plain:
            return read_plain(first)
        key = await self._ask(_PASSWORD)
        return key if isinstance(key, Reply) else _pair(first, key)

    async def _ask(self, challenge: bytes) -> bytes | Reply:
        self._wire.say(challenge)
        line = await self._wire.read_line()
        if isinstance(line, Reply):
            return line
        return say.LOGIN_CANCELLED if line == b"*" else read_base64(line.decode("utf-8", "replace"))

    async def _refuse(self) -> Reply:
        self._wrong += 1
        # The same for every wrong pair: a program that tries many tries few.
        await asyncio.sleep(self._house.penalty)
        return say.TOO_MANY_LOGINS if self._wrong >= _MAX_WRONG else say.LOGIN_REFUSED


def read_base64(text: str) -> bytes | Reply:
    """Return what a response holds; `=` stands for nothing (RFC 4954 §4)."""
    if text == "=":
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # of base64, or of letters outside ASCII
        return say.BAD_CREDENTIALS_FORM


def read_plain(response: bytes) -> Credentials | Reply:
    """Read authorization identity, name and key; the identity may only be the name itself, or nothing."""
    identity, _, rest = response.partition(b"\0")
    name, separator, key = rest.partition(b"\0")
    if not separator or b"\0" in key:
        return say.BAD_CREDENTIALS_FORM
    return _pair(name, key) if identity in {b"", name} else say.LOGIN_REFUSED


def _pair(name: bytes, key: bytes) -> Credentials:
    """Return name and key as credentials; octets that are no UTF-8 make a pair that nobody has."""
    return Credentials(key.decode("utf-8", "surrogateescape"), name.decode("utf-8", "surrogateescape"))
