"""Tells clients' programs what became of their messages and of the notice: signed, until it is taken, for a day."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from gateway.core.backoff import Backoff
from gateway.core.ids import now_seconds
from gateway.core.secret import Secret
from gateway.delivery.event_post import CONCURRENCY, Missed, Taken, body_of, client_of, request_of, send
from gateway.delivery.event_secrets import SecretBox, SecretLostError
from gateway.delivery.ticker import Ticker
from gateway.http_client import HttpClient
from gateway.logs import Event, Log
from gateway.metrics import Metrics
from gateway.settings import EventsSection
from gateway.spool.events import Claim, EventStore, Pause, Told, WaitingEvent, Webhook
from gateway.spool.keyring import Keyring
from gateway.spool.store import StoreUnavailableError

_LOOK_EVERY: Final = 1.0  # seconds
_AT_ONCE: Final = 16  # events of one client
_MOST_CLIENTS: Final = 64  # that are told something at the same time
_SLACK: Final = 60  # seconds that a claim lasts beyond the longest that telling can take
_LAST_WORDS: Final = 5.0  # seconds
_BACKOFF: Final = Backoff(timedelta(seconds=15), timedelta(hours=1))


class Events:
    """Looks every second for what is due; several processes may, and none of them tells what another has claimed.

    An event is told at least once. Nobody is told in order.
    """

    def __init__(
        self,
        store: EventStore,
        keyring: Keyring,
        settings: EventsSection,
        *,
        log: Log,
        metrics: Metrics,
        clock: Callable[[], int] = now_seconds,
    ) -> None:
        self._store = store
        self._box = SecretBox(keyring)
        self._settings = settings
        self._log = log
        self._metrics = metrics
        self._clock = clock
        self._ticker = Ticker(_LOOK_EVERY, self.look, log)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._clients: dict[int, tuple[str, HttpClient]] = {}
        self._is_stopped = False

    def start(self) -> None:
        """Begin."""
        self._ticker.start()

    async def stop(self) -> None:
        """Let what is being told end; the rest waits in the spool."""
        self._is_stopped = True
        await self._ticker.stop(_LAST_WORDS)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks.values(), timeout=_LAST_WORDS)
            for task in late:
                task.cancel()
            await self.rest()
        for number in list(self._clients):
            await self._forget(number)

    async def look(self) -> bool:
        """Begin to tell every client that may be told something. Raises StoreUnavailableError."""
        hooks = await self._store.webhooks()
        self._metrics.webhooks(
            waiting=sum(hook.waiting for hook in hooks), paused=sum(hook.pause is not None for hook in hooks)
        )
        for number in self._clients.keys() - {hook.client_id for hook in hooks} - self._tasks.keys():
            await self._forget(number)
        due = await self._store.due_clients(self._clock()) if hooks else ()
        for number in due:
            if number not in self._tasks and len(self._tasks) < _MOST_CLIENTS:
                self._tasks[number] = asyncio.get_running_loop().create_task(self._run(number))
        return False

    async def rest(self) -> None:
        """Wait until nobody is being told anything."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, number: int) -> None:
        try:
            while not self._is_stopped and await self._tell(number):
                pass
        except StoreUnavailableError as error:
            self._log.warning(Event.SPOOL_UNAVAILABLE, error=error)
        except Exception as error:  # noqa: BLE001 (one client's trouble must not end what the others are told)
            self._log.error(Event.TASK_FAILED, error=error)
        finally:
            del self._tasks[number]

    async def _tell(self, number: int) -> bool:
        """Tell a client some of what is due; whether there may be more for it now."""
        hook = await self._store.webhook(number)
        if hook is None or hook.pause is not None:
            return False
        now = self._clock()
        until = now + _SLACK + _AT_ONCE // CONCURRENCY * int(self._settings.timeout.total_seconds())
        oldest = now - int(self._settings.retry_for.total_seconds())
        claimed = await self._store.claim_events(Claim(number, now, until, oldest, _AT_ONCE))
        self._metrics.told("dropped", claimed.dropped)
        if not claimed.events:
            return False
        told = await self._send(hook, claimed.events)
        dropped = await self._store.note_told(told)
        if dropped is not None:
            self._metrics.told("dropped", dropped)
            self._log.warning(Event.EVENTS_PAUSED, client=number, count=dropped)
        return told.is_well and not told.missed

    async def _send(self, hook: Webhook, events: Sequence[WaitingEvent]) -> Told:
        try:
            secrets = await asyncio.to_thread(self._secrets, hook)
            client = await self._client(hook)
        except (SecretLostError, OSError) as error:  # the latter: `ca_file` cannot be read
            self._log.error(Event.EVENT_FAILED, client=hook.client_id, error=error)
            return self._told(hook, events, [Missed()] * len(events))
        now = self._clock()
        requests = [request_of(hook.url, secrets, event.id, body_of(event), now) for event in events]
        return self._told(hook, events, await asyncio.gather(*(send(client, request) for request in requests)))

    def _told(self, hook: Webhook, events: Sequence[WaitingEvent], ends: Sequence[Taken | Missed]) -> Told:
        now = self._clock()
        pairs = list(zip(events, ends, strict=True))
        taken = [event.n for event, end in pairs if isinstance(end, Taken)]
        missed = [(event, end) for event, end in pairs if isinstance(end, Missed)]
        self._metrics.told("taken", len(taken))
        self._metrics.told("missed", len(missed))
        if missed and not hook.failures:
            first = missed[0][1]
            said = {"status": first.status, "reason": first.reason}
            known = {name: value for name, value in said.items() if value is not None}
            self._log.warning(Event.EVENT_FAILED, client=hook.client_id, count=len(missed), **known)
        return Told(
            hook.client_id,
            hook.url,
            now,
            taken,
            [(event.n, now + _wait(event.tries, end)) for event, end in missed],
            is_well=bool(taken),
            retry_at=None if taken else now + max(_wait(hook.failures, end) for _, end in missed),
            pause=self._pause(hook, now, [end for _, end in missed], is_well=bool(taken)),
        )

    def _pause(self, hook: Webhook, now: int, missed: Sequence[Missed], *, is_well: bool) -> Pause | None:
        if any(end.is_gone for end in missed):
            return Pause.GONE
        since = now if is_well or hook.failing_since is None else hook.failing_since
        return Pause.FAILING if now - since >= self._settings.retry_for.total_seconds() else None

    def _secrets(self, hook: Webhook) -> list[Secret]:
        """Return the secrets that sign, the newest first."""
        is_old_good = hook.old_secret is not None and self._clock() < (hook.old_until or 0)
        sealed = [hook.secret, *([hook.old_secret] if hook.old_secret is not None and is_old_good else [])]
        return [self._box.open(each, hook.client_id) for each in sealed]

    async def _client(self, hook: Webhook) -> HttpClient:
        """Return the client with the kept connections to this place. Raises OSError."""
        known = self._clients.get(hook.client_id)
        if known is not None and known[0] == hook.url:
            return known[1]
        await self._forget(hook.client_id)
        client = client_of(hook.url, self._settings)
        await client.open()
        self._clients[hook.client_id] = hook.url, client
        return client

    async def _forget(self, number: int) -> None:
        known = self._clients.pop(number, None)
        if known is not None:
            await known[1].close()


def _wait(failures: int, end: Missed) -> int:
    """Return the seconds until the next try."""
    return int(_BACKOFF.wait(failures + 1, at_least=end.retry_after).total_seconds())
