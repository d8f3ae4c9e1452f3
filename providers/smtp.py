"""Mail to an SMTP server that takes it for delivery: a smarthost."""

import asyncio
import re
import ssl
from datetime import timedelta
from ipaddress import ip_address
from typing import Final, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from gateway.provider import (
    Accepted,
    AdapterType,
    Blame,
    Capabilities,
    Channel,
    Deferred,
    Duration,
    Email,
    Environment,
    FieldError,
    Handover,
    Message,
    Outcome,
    Processor,
    ProviderSettings,
    Reason,
    Rejected,
    Secret,
    ascii_domain,
    needs_smtputf8,
    parse_mailbox,
    tls_context,
    wire_address,
    write_mail,
)
from providers.smtp_answers import POLICY
from providers.smtp_opening import Peer, open_session
from providers.smtp_pool import Pool
from providers.smtp_session import Letter, Patience, Session

# RFC 8314 §3.3, RFC 6409 §3.1, RFC 5321 §4.5.4.2
_PORTS: Final = {"implicit": 465, "starttls": 587, "none": 25}
_LABEL: Final = r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.ASCII)

# Refusals by policy without one mail taken between them; then it is not this or that message, but we.
MANY_REFUSALS: Final = 10
_SHUT_OUT: Final = Deferred(Blame.ACCOUNT, Reason.REFUSED)
_NO_MAIL: Final = Rejected(Blame.PROVIDER, Reason.UNROUTABLE)


class SmtpSettings(ProviderSettings):
    """Where the server is, and who we are to it."""

    host: str = Field(description="Name or address of the server; its certificate must be for it.")
    port: int | None = Field(
        None, ge=1, le=65_535, description="Without it 465 for `implicit`, 587 for `starttls`, 25 for `none`."
    )
    tls: Literal["implicit", "starttls", "none"] = Field(
        "implicit",
        validate_default=True,
        description="Encrypted from the first byte, by STARTTLS, or not at all. The first two are verified; `none` "
        "needs `allow_private_network = true` and reaches nothing else.",
    )
    username: str | None = Field(None, min_length=1, description="Account; without it no AUTH.")
    password: Secret | None = Field(None, description="Its password.")
    envelope_sender: str | None = Field(
        None, description="Address that bounces go to (MAIL FROM); without it the sender of the mail."
    )
    idle: Duration = Field(timedelta(seconds=30), description="How long a connection is kept for the next mail.")
    max_messages: int = Field(100, ge=1, description="Mails over one connection.")
    timeout: Duration = Field(
        timedelta(minutes=11),
        description="How long one hand-over may take until it counts as lost. Once a server has all of a mail it may "
        "take ten minutes to say so (RFC 5321 §4.5.3.2.6): a shorter time makes duplicates.",
    )
    command_timeout: Duration = Field(
        timedelta(seconds=30), description="How long all before that may take: connection, log-in, addresses."
    )

    @field_validator("host")
    @classmethod
    def _check_host(cls, value: str) -> str:
        """Take a name, in A-labels, or an IP address."""
        try:
            return str(ip_address(value))
        except ValueError:
            pass
        try:
            name = ascii_domain(value)
        except ValueError:
            name = ""
        if not _HOST.fullmatch(name):
            raise ValueError("a host name or an IP address is expected") from None
        return name

    @field_validator("tls")
    @classmethod
    def _check_tls(cls, value: str, info: ValidationInfo) -> str:
        """Refuse to go unencrypted unless the operator said both that and where."""
        if value == "none" and not info.data.get("allow_private_network"):
            raise ValueError("none is possible only with allow_private_network = true")
        return value

    @field_validator("envelope_sender")
    @classmethod
    def _check_envelope_sender(cls, value: str | None) -> str | None:
        """Take one plain address that every server can read."""
        if value is None:
            return None
        try:
            mailbox = parse_mailbox("envelope_sender", value)
        except FieldError:
            raise ValueError("an e-mail address is expected") from None
        address = wire_address(mailbox)
        if mailbox.name or not address.isascii():
            raise ValueError("an e-mail address in ASCII without a name is expected")
        return address

    @model_validator(mode="after")
    def _check_account(self) -> Self:
        """Refuse half an account."""
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password are expected together")
        return self


class SmtpAdapter:
    """Hands mail over on kept connections, at most `max_concurrency` of them."""

    def __init__(self, settings: SmtpSettings, environment: Environment) -> None:
        self._settings = settings
        self._gateway_name = environment.gateway_name
        self._peer = Peer(
            host=settings.host,
            port=settings.port or _PORTS[settings.tls],
            tls=settings.tls,
            allow_private_network=settings.allow_private_network,
            gateway_name=environment.gateway_name,
            username=settings.username,
            password=settings.password,
        )
        self._pool = Pool(idle=settings.idle.total_seconds(), max_turns=settings.max_messages)
        self._slots = asyncio.Semaphore(settings.max_concurrency)
        self._context: ssl.SSLContext | None = None
        self._refusals = 0

    async def open(self) -> None:
        """Read what certificates are trusted; connections are made when they are needed.

        Raises OSError where `ca_file` cannot be read.
        """
        self._context = tls_context(self._settings.ca_file)

    async def send(self, message: Message, handover: Handover) -> Outcome:
        """Hand one mail over; the id of an accepted one is our own reference, which is in its Message-ID."""
        if not isinstance(message, Email):
            return _NO_MAIL
        letter = self._write(message, handover)
        async with self._slots:
            outcome = await self._hand_over(letter)
        if isinstance(outcome, Accepted):
            self._refusals = 0
            return Accepted(handover.reference)
        if outcome == POLICY:
            self._refusals += 1
            return _SHUT_OUT if self._refusals >= MANY_REFUSALS else outcome
        return outcome

    async def close(self) -> None:
        """Say goodbye on the kept connections."""
        await self._pool.close()

    def _write(self, email: Email, handover: Handover) -> Letter:
        content = write_mail(
            email, reference=handover.reference, accepted_at=handover.accepted_at, gateway_name=self._gateway_name
        )
        return Letter(
            sender=(self._settings.envelope_sender or wire_address(email.sender)).encode(),
            recipient=wire_address(email.recipient).encode(),
            content=content,
            needs_smtputf8=needs_smtputf8(email),
        )

    async def _hand_over(self, letter: Letter) -> Outcome:
        """Use a kept connection; a new one where there is none, or where it had gone stale."""
        now, said = asyncio.get_running_loop().time(), self._settings
        patience = Patience(
            content=now + min(said.command_timeout, said.timeout).total_seconds(),
            end=now + said.timeout.total_seconds(),
        )
        kept = self._pool.take()
        if kept is not None:
            outcome = await self._use(kept, letter, patience)
            if not kept.went_stale:
                return outcome
        assert self._context is not None, "the adapter is not open"  # noqa: S101 (a bug, not an outcome)
        opened = await open_session(self._peer, self._context, patience.content)
        return await self._use(opened, letter, patience) if isinstance(opened, Session) else opened

    async def _use(self, session: Session, letter: Letter, patience: Patience) -> Outcome:
        outcome = await session.send(letter, patience)
        self._pool.put(session)
        return outcome


TYPE: Final = AdapterType(
    name="smtp",
    summary="A mail server that takes mail for delivery (smarthost), over SMTP.",
    channels=(Channel.EMAIL,),
    processor=Processor(
        company=None,
        country=None,
        fields={Channel.EMAIL: ("sender", "recipient", "subject", "text")},
    ),
    capabilities=Capabilities(),
    settings=SmtpSettings,
    build=SmtpAdapter,
    authenticates_by="login",
)
