"""aiosmtpd as a mail server with TLS and one account: a good server that no one here wrote."""

import asyncio
import ssl
from typing import Any, Literal, Self

import aiosmtpd.smtp as aiosmtpd
import trustme

USERNAME = "anna"
PASSWORD = "s3cret"


class StockSmtp:
    """Listens on a free loopback port while it is entered, with a certificate for `name`.

    `envelopes` are the mails that came, `greetings` the names that clients said, `names` those that they asked TLS for.
    """

    def __init__(self, authority: trustme.CA, tls: Literal["implicit", "starttls"], name: str = "127.0.0.1") -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(name).configure_cert(self._context)
        self._context.sni_callback = lambda _socket, asked, _context: self.names.append(asked)
        self._implicit = tls == "implicit"
        self._sessions: list[aiosmtpd.SMTP] = []
        self.envelopes: list[aiosmtpd.Envelope] = []
        self.greetings: list[str | None] = []
        self.names: list[str | None] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        context = self._context if self._implicit else None
        self._server = await loop.create_server(self._session, "127.0.0.1", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
        await self._server.wait_closed()

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _: aiosmtpd.SMTP, session: aiosmtpd.Session, envelope: aiosmtpd.Envelope
    ) -> str:
        """Take a mail."""
        self.envelopes.append(envelope)
        self.greetings.append(session.host_name)
        return "250 2.0.0 taken"

    def authenticate(
        self,
        _server: aiosmtpd.SMTP,
        _session: aiosmtpd.Session,
        _envelope: aiosmtpd.Envelope,
        _mechanism: str,
        data: Any,  # noqa: ANN401 (aiosmtpd's type)
    ) -> aiosmtpd.AuthResult:
        """Let the one account in."""
        known = aiosmtpd.LoginPassword(USERNAME.encode(), PASSWORD.encode())
        return aiosmtpd.AuthResult(success=data == known, handled=False)

    def _session(self) -> aiosmtpd.SMTP:
        session = aiosmtpd.SMTP(
            self,
            hostname="sink.example",
            enable_SMTPUTF8=True,
            tls_context=None if self._implicit else self._context,
            require_starttls=not self._implicit,
            auth_required=not self._implicit,  # it does not see that all of a connection is TLS, and warns
            auth_require_tls=not self._implicit,
            authenticator=self.authenticate,
            loop=asyncio.get_running_loop(),
        )
        self._sessions.append(session)
        return session
