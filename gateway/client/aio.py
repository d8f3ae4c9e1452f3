"""The client for asyncio: connections are kept, and nothing of the environment is used, no proxy either."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import aiohttp

from gateway.client import call as calls
from gateway.client.answer import Accepted, Message, Page, Refused, Reply, UsageLine, read_reply
from gateway.client.call import NO_CONTROLS, Call, Controls, header, read_url
from gateway.client.errors import NoAnswerError
from gateway.client.patience import DEFAULT, Patience, Retries

T = TypeVar("T")

# What aiohttp would tell of the program, or ask for.
_SILENT: Final = ("User-Agent", "Accept-Encoding", "Accept")
_FIRST_LOOK: Final = 0.05  # seconds
_LONGEST_LOOK: Final = 1.0


class AsyncClient:
    """A gateway at `url`, called with `key`; to be used as a context, which closes its connections.

    Each attempt may take `timeout` seconds, and its wait. Every call raises ProblemError where the gateway refuses,
    NoAnswerError where no answer comes in time, and WrongHeaderError for a control that is no header; WrongUrlError and
    WrongHeaderError for the key are raised here.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        patience: Patience = DEFAULT,
        timeout: float = 30,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        read_url(url)
        self._url = url.rstrip("/")
        self._headers = {"Authorization": header("Authorization", f"Bearer {key}")}
        self._patience = patience
        self._timeout = timeout
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(skip_auto_headers=_SILENT, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def sms(
        self, recipient: str, text: str, *, sender_id: str | None = None, controls: Controls = NO_CONTROLS
    ) -> Message:
        """Send a text message."""
        fields = {"recipient": recipient, "text": text} | ({} if sender_id is None else {"sender_id": sender_id})
        return await self.do(calls.sms(fields, controls))

    async def email(
        self, sender: str, recipient: str, subject: str, text: str, *, controls: Controls = NO_CONTROLS
    ) -> Message:
        """Send an e-mail."""
        fields = {"sender": sender, "recipient": recipient, "subject": subject, "text": text}
        return await self.do(calls.email(fields, controls))

    async def batch(
        self, messages: Sequence[Mapping[str, str]], *, controls: Controls = NO_CONTROLS
    ) -> list[Accepted | Refused]:
        """Send up to 1,000 messages, each with `channel` besides its fields; tells in order what became of each."""
        return await self.do(calls.batch(messages, controls))

    async def look(self, channel: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
        """Tell what would become of a message; nothing is sent and nothing is kept."""
        return await self.do(calls.look(channel, fields))

    async def status(self, message_id: str) -> Message:
        """Tell what became of a message."""
        return await self.do(calls.status(message_id))

    async def take_back(self, message_id: str) -> Message:
        """Cancel what has not been handed over, and erase what is stored of it; tells the last status.

        What is gone is a ProblemError with status 404, also where the answer to a first attempt was lost.
        """
        return await self.do(calls.take_back(message_id))

    async def messages(
        self, *, of_status: str | None = None, channel: str | None = None, cursor: str | None = None
    ) -> Page:
        """List the client's messages, newest first."""
        return await self.do(calls.messages(of_status=of_status, channel=channel, cursor=cursor))

    async def usage(self, month: str | None = None) -> list[UsageLine]:
        """Count the messages of a month, `YYYY-MM`, or of this one."""
        return await self.do(calls.usage(month))

    async def outcome(self, message: Message, seconds: float) -> Message:
        """Ask until a provider has taken a message or it is lost, for so many seconds; tells the last status."""
        clock, pause = asyncio.get_running_loop().time, _FIRST_LOOK
        until = clock() + seconds
        while not (message.is_taken or message.is_lost) and clock() < until:
            await asyncio.sleep(min(pause, max(0.0, until - clock())))
            pause = min(2 * pause, _LONGEST_LOOK)
            message = await self.status(message.id)
        return message

    async def do(self, call: Call[T]) -> T:
        """Make a call, again where that can help."""
        clock = asyncio.get_running_loop().time
        retries = Retries(self._patience, clock())
        while True:
            outcome = await self._attempt(call)
            if isinstance(outcome, Reply) and outcome.is_good:
                return call.read(outcome.members)
            pause = retries.after(outcome, clock())
            if pause is None:
                raise outcome.problem if isinstance(outcome, Reply) else NoAnswerError(type(outcome).__name__)
            await asyncio.sleep(pause)

    async def _attempt(self, call: Call[T]) -> Reply | Exception:
        if self._session is None:
            message = "an AsyncClient is used as a context: async with AsyncClient(…) as client"
            raise RuntimeError(message)
        try:
            async with self._session.request(
                call.method,
                self._url + call.path,
                data=call.body,
                headers={**call.headers, **self._headers},
                timeout=aiohttp.ClientTimeout(total=self._timeout + call.wait),
                ssl=self._tls or True,
                allow_redirects=False,
            ) as answer:
                return read_reply(answer.status, await answer.read(), answer.headers.get("Retry-After"))
        except aiohttp.ClientConnectorCertificateError as error:
            return error.certificate_error
        except aiohttp.ClientConnectorError as error:
            return error.os_error
        except (OSError, aiohttp.ClientError) as error:  # asyncio's time-out is an OSError
            return error
