"""The client for programs that wait: one connection a call, and nothing of the environment is used, no proxy either."""

import http.client
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from gateway.client import call as calls
from gateway.client.answer import Accepted, Message, Page, Refused, Reply, UsageLine, read_reply
from gateway.client.call import NO_CONTROLS, Call, Controls, Place, header, read_url
from gateway.client.errors import NoAnswerError
from gateway.client.patience import DEFAULT, Patience, Retries

T = TypeVar("T")

_MAX_ANSWER: Final = 8_000_000  # bytes
_FIRST_LOOK: Final = 0.05  # seconds
_LONGEST_LOOK: Final = 1.0


@dataclass(frozen=True, slots=True, repr=False)
class Client:
    """A gateway at `url`, called with `key`; each attempt may take `timeout` seconds, and its wait.

    Every call raises ProblemError where the gateway refuses, NoAnswerError where no answer comes in time,
    WrongUrlError, and WrongHeaderError for a key or a control that is no header.
    """

    url: str
    key: str
    patience: Patience = DEFAULT
    timeout: float = 30
    tls: ssl.SSLContext | None = None

    def sms(
        self, recipient: str, text: str, *, sender_id: str | None = None, controls: Controls = NO_CONTROLS
    ) -> Message:
        """Send a text message."""
        fields = {"recipient": recipient, "text": text} | ({} if sender_id is None else {"sender_id": sender_id})
        return self.do(calls.sms(fields, controls))

    def email(
        self, sender: str, recipient: str, subject: str, text: str, *, controls: Controls = NO_CONTROLS
    ) -> Message:
        """Send an e-mail."""
        fields = {"sender": sender, "recipient": recipient, "subject": subject, "text": text}
        return self.do(calls.email(fields, controls))

    def batch(
        self, messages: Sequence[Mapping[str, str]], *, controls: Controls = NO_CONTROLS
    ) -> list[Accepted | Refused]:
        """Send up to 1,000 messages, each with `channel` besides its fields; tells in order what became of each."""
        return self.do(calls.batch(messages, controls))

    def look(self, channel: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
        """Tell what would become of a message; nothing is sent and nothing is kept."""
        return self.do(calls.look(channel, fields))

    def status(self, message_id: str) -> Message:
        """Tell what became of a message."""
        return self.do(calls.status(message_id))

    def take_back(self, message_id: str) -> Message:
        """Cancel what has not been handed over, and erase what is stored of it; tells the last status.

        What is gone is a ProblemError with status 404, also where the answer to a first attempt was lost.
        """
        return self.do(calls.take_back(message_id))

    def messages(self, *, of_status: str | None = None, channel: str | None = None, cursor: str | None = None) -> Page:
        """List the client's messages, newest first."""
        return self.do(calls.messages(of_status=of_status, channel=channel, cursor=cursor))

    def usage(self, month: str | None = None) -> list[UsageLine]:
        """Count the messages of a month, `YYYY-MM`, or of this one."""
        return self.do(calls.usage(month))

    def outcome(self, message: Message, seconds: float) -> Message:
        """Ask until a provider has taken a message or it is lost, for so many seconds; tells the last status."""
        until, pause = time.monotonic() + seconds, _FIRST_LOOK
        while not (message.is_taken or message.is_lost) and time.monotonic() < until:
            time.sleep(min(pause, max(0.0, until - time.monotonic())))
            pause = min(2 * pause, _LONGEST_LOOK)
            message = self.status(message.id)
        return message

    def do(self, call: Call[T]) -> T:
        """Make a call, again where that can help."""
        place = read_url(self.url)
        retries = Retries(self.patience, time.monotonic())
        while True:
            outcome = self._attempt(place, call)
            if isinstance(outcome, Reply) and outcome.is_good:
                return call.read(outcome.members)
            pause = retries.after(outcome, time.monotonic())
            if pause is None:
                raise outcome.problem if isinstance(outcome, Reply) else NoAnswerError(type(outcome).__name__)
            time.sleep(pause)

    def _attempt(self, place: Place, call: Call[T]) -> Reply | Exception:
        connection = self._connection(place, self.timeout + call.wait)
        key = header("Authorization", f"Bearer {self.key}")
        headers = {**call.headers, "Authorization": key, "Connection": "close"}
        try:
            connection.request(call.method, place.path + call.path, body=call.body, headers=headers)
            answer = connection.getresponse()
            return read_reply(answer.status, answer.read(_MAX_ANSWER), answer.getheader("Retry-After"))
        except (OSError, ValueError, http.client.HTTPException) as error:
            return error
        finally:
            connection.close()

    def _connection(self, place: Place, timeout: float) -> http.client.HTTPConnection:
        if not place.is_secure:
            return http.client.HTTPConnection(place.host, place.port, timeout=timeout)
        tls = self.tls or ssl.create_default_context()
        return http.client.HTTPSConnection(place.host, place.port, timeout=timeout, context=tls)
