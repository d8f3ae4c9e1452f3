"""Opens an SMTP connection: to an allowed address, encrypted and verified, authenticated once."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Final, Literal

from aiosmtplib import SMTP, SMTPException, SMTPResponseException, SMTPServerDisconnected

from gateway.provider import Blame, Deferred, Outcome, Reason, Secret, connect_socket
from providers.smtp_answers import Stage, judge
from providers.smtp_session import LOST, SLOW, Session, cut

_DOWN: Final = Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)
# No mechanism that we speak: the account cannot be used so.
_NO_MECHANISM: Final = Deferred(Blame.ACCOUNT, Reason.CREDENTIALS)


@dataclass(frozen=True, slots=True)
class Peer:
    """The server, and how to speak to it; `username` and `password` come together."""

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    allow_private_network: bool
    gateway_name: str
    username: str | None = None
    password: Secret | None = None


async def open_session(peer: Peer, context: ssl.SSLContext, deadline: float) -> Session | Outcome:
    """Return a session, or why there is none; `deadline` is in the event loop's time."""
    opening = _Opening(peer, context)
    opened: Session | Outcome
    try:
        async with asyncio.timeout_at(deadline):
            opened = await opening.run()
    except SMTPResponseException as error:
        opened = judge(opening.stage, error.code, error.message)
    except TimeoutError:
        opened = SLOW
    except SMTPServerDisconnected:
        opened = LOST
    except (SMTPException, OSError):  # OSError: no address, no connection, no trust in the certificate
        opened = _DOWN
    except asyncio.CancelledError:
        opening.drop()
        raise
    if not isinstance(opened, Session):
        opening.drop()
    return opened


class _Opening:
    """The way to a session; `stage` is how far it came."""

    def __init__(self, peer: Peer, context: ssl.SSLContext) -> None:
        self._peer = peer
        # `hostname` is the name that the certificate must have; where to, the socket decides. No time-outs in it:
        # the deadline is ours.
        self._smtp = SMTP(
            hostname=peer.host,
            local_hostname=peer.gateway_name,
            timeout=None,
            use_tls=peer.tls == "implicit",
            start_tls=False,
            tls_context=context,
        )
        self.stage = Stage.GREETING

    async def run(self) -> Session | Outcome:
        """Go it; raises what aiosmtplib and the socket raise."""
        await self._connect()
        await self._greet()
        if self._peer.tls == "starttls":
            # Never "if offered": where it is missing, someone may have taken it out.
            if not self._smtp.supports_extension("starttls"):
                return _DOWN
            self.stage = Stage.STARTTLS
            # Forgets what was offered in clear (RFC 3207 §4.2), and throws away what came behind the 220.
            await self._smtp.starttls()
            await self._greet()
        return await self._authenticate() or Session(self._smtp)

    def drop(self) -> None:
        """Give up what there is of a connection."""
        cut(self._smtp)

    async def _connect(self) -> None:
        peer = self._peer
        sock = await connect_socket(
            peer.host,
            peer.port,
            allow_private_network=peer.allow_private_network,
            allow_public_network=peer.tls != "none",
        )
        await self._smtp.connect(sock=sock)

    async def _greet(self) -> None:
        self.stage = Stage.EHLO
        await self._smtp.ehlo()

    async def _authenticate(self) -> Outcome | None:
        """Log in with one mechanism: a chain of them is a chain of failed logins where the password is wrong."""
        username, password = self._peer.username, self._peer.password
        if username is None or password is None:
            return None
        self.stage = Stage.AUTH
        offered = self._smtp.server_auth_methods
        if "plain" in offered:
            await self._smtp.auth_plain(username, password.reveal())
        elif "login" in offered:
            await self._smtp.auth_login(username, password.reveal())
        else:
            return _NO_MECHANISM
        return None
