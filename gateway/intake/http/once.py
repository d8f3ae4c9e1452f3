"""Answers once: a request that comes again with its idempotency key gets its first answer again."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from gateway.core.record import Hidden
from gateway.http_server.answer import Answer
from gateway.http_server.problem import problem_answer
from gateway.intake.http.controls import Controls
from gateway.intake.http.problems import IN_PROGRESS, KEY_REUSED, MESSAGE_ERASED, STORAGE_UNAVAILABLE
from gateway.intake.idempotency import Claim, Idempotency, OtherRequestError
from gateway.spool.answers import AnswerTakenError, FirstAnswer
from gateway.spool.clients import Client
from gateway.spool.keyring import KeyringError

_RETRY_SOON: Final = 1  # seconds
_RETRY_KEYRING: Final = 5


class Sent(Hidden, frozen=True, gc=False):
    """What a request that was accepted is answered."""

    status: int
    body: bytes


# Does the work of a request, and stores what it answers by way of its claim, where it has one.
Run = Callable[[Claim | None], Awaitable[Sent | Answer]]


async def answer_once(
    keys: Idempotency, client: Client, controls: Controls, parts: Sequence[bytes], run: Run
) -> Sent | Answer:
    """Run a request, unless one with its key was answered before or is at work; an Answer is what stands in the way.

    `parts`, and the times that are asked for, make a request the same one. Raises StoreUnavailableError.
    """
    if controls.key is None:
        return await run(None)
    claim = keys.claim(client.id, controls.key, [*parts, _times(controls)])
    if claim is None:
        return problem_answer(IN_PROGRESS, retry_after=_RETRY_SOON)
    with claim:
        try:
            return await _repeated(claim) or await _run(claim, run)
        except KeyringError:
            return problem_answer(STORAGE_UNAVAILABLE, retry_after=_RETRY_KEYRING)


async def _run(claim: Claim, run: Run) -> Sent | Answer:
    try:
        return await run(claim)
    except AnswerTakenError:
        # Another process was first; nothing was stored here.
        return await _repeated(claim) or problem_answer(IN_PROGRESS, retry_after=_RETRY_SOON)


async def _repeated(claim: Claim) -> Sent | Answer | None:
    try:
        found = await claim.first_answer()
    except OtherRequestError:
        return problem_answer(KEY_REUSED)
    return None if found is None else _again(found)


def _again(found: FirstAnswer) -> Sent | Answer:
    return Sent(found.status, found.body.encode()) if found.body else problem_answer(MESSAGE_ERASED)


def _times(controls: Controls) -> bytes:
    return f"{controls.times.send_at} {controls.times.expires_at}".encode()
