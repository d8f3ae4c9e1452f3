"""Idempotency keys: a request that comes again is told by keyed hashes, and gets its first answer again."""

import hmac
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self

from gateway.core.ids import now_seconds
from gateway.spool.answers import AnswerStore, FirstAnswer, NewAnswer
from gateway.spool.dates import month_of, month_start
from gateway.spool.keyring import Keyring

_HASH_BYTES: Final = 16


class OtherRequestError(Exception):
    """The key was used for another request."""


class Idempotency:
    """Tells requests that have a key, a client's each; `keeps` is how many seconds a first answer is kept.

    What is at work is known in this process alone; between processes the spool decides, when it stores.
    """

    def __init__(
        self, store: AnswerStore, keyring: Keyring, keeps: int, *, clock: Callable[[], int] = now_seconds
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._auth_key = keyring.auth_key()
        self._keeps = keeps
        self._clock = clock
        self._at_work: set[tuple[int, bytes]] = set()

    def configure(self, keeps: int) -> None:
        """Keep first answers for so many seconds from now on."""
        self._keeps = keeps

    def claim(self, client_id: int, key: str, parts: Sequence[bytes]) -> "Claim | None":
        """Return a request's claim on its key, to be entered; None while another one is at work on that.

        `parts` are what makes a request the same one.
        """
        # A key is long and made by a program: the lasting key is enough to hide it, and finds it again.
        hashed = hmac.digest(self._auth_key, f"idempotency\0{client_id}\0{key}".encode(), "sha256")[:_HASH_BYTES]
        return None if (client_id, hashed) in self._at_work else Claim(self, client_id, hashed, parts)

    def hold(self, claim: "Claim") -> None:
        """Keep other requests off a key."""
        self._at_work.add((claim.client_id, claim.key))

    def let_go(self, claim: "Claim") -> None:
        """Let other requests have a key."""
        self._at_work.discard((claim.client_id, claim.key))

    async def first_answer(self, claim: "Claim") -> FirstAnswer | None:
        """Return what a request was answered first. Raises OtherRequestError, KeyringError, StoreUnavailableError."""
        found = await self._store.first_answer(claim.client_id, claim.key, self._clock() - self._keeps)
        if found is None:
            return None
        if not hmac.compare_digest(found.request, self._hash_of_request(claim, found.created_at)):
            raise OtherRequestError
        return found

    def new_answer(self, claim: "Claim", status: int, body: bytes, message: str | None, now: int) -> NewAnswer:
        """Return an answer as it is stored. Raises KeyringError."""
        return NewAnswer(
            client_id=claim.client_id,
            key=claim.key,
            request=self._hash_of_request(claim, now),
            status=status,
            body=body.decode(),
            message=message,
            created_at=now,
            dead_at=now - self._keeps,
        )

    def _hash_of_request(self, claim: "Claim", at: int) -> bytes:
        # A text to a number can be guessed: this key dies with its month's tags, and what it hid in backups with it.
        hasher = hmac.new(self._keyring.tag_key(month_start(month_of(at))), b"request\0", "sha256")
        for part in claim.parts:
            hasher.update(len(part).to_bytes(8))
            hasher.update(part)
        return hasher.digest()[:_HASH_BYTES]


class Claim:
    """One request's claim on its key; while it is entered, others with the same key are told to wait."""

    def __init__(self, keys: Idempotency, client_id: int, key: bytes, parts: Sequence[bytes]) -> None:
        self._keys = keys
        self.client_id = client_id
        self.key = key
        self.parts = parts

    def __enter__(self) -> Self:
        self._keys.hold(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._keys.let_go(self)

    async def first_answer(self) -> FirstAnswer | None:
        """Return what was answered first. Raises OtherRequestError, KeyringError, StoreUnavailableError."""
        return await self._keys.first_answer(self)

    def new_answer(self, status: int, body: bytes, message: str | None, now: int) -> NewAnswer:
        """Return an answer as it is stored. Raises KeyringError."""
        return self._keys.new_answer(self, status, body, message, now)
