"""The call that sends a batch: each message is accepted or refused by itself, all in one commit."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from gateway.core.errors import FieldError, Flaw
from gateway.core.message import Channel, channel_of
from gateway.http_server.answer import Answer
from gateway.http_server.problem import ProblemType, problem_answer, problem_body
from gateway.http_server.request import Request
from gateway.intake.accept import Record, Refused, Submission
from gateway.intake.fields import count_undocumented, read_message
from gateway.intake.http.bodies import parse_members, read_json
from gateway.intake.http.controls import Controls, read_controls
from gateway.intake.http.once import Sent, answer_once
from gateway.intake.http.problems import INVALID_BATCH, INVALID_HEADER, INVALID_MESSAGE, problem_of, refused_message
from gateway.intake.http.sending import Desk
from gateway.intake.idempotency import Claim
from gateway.spool.answers import NewAnswer
from gateway.spool.clients import Client
from gateway.spool.store import MessageStatus

MAX_MESSAGES: Final = 1000

_ANSWERED: Final = 200
# Messages that are read in one turn of the loop.
_A_TURN: Final = 64
_ENCODER: Final = msgspec.json.Encoder()
_CHANNELS: Final[Mapping[object, Channel]] = {channel.value: channel for channel in Channel}

# What an item is before the door has seen it: a message, or what is wrong with its fields.
_Read = Submission | tuple[FieldError, ...]


class AcceptedItem(msgspec.Struct, frozen=True):
    """One message that was accepted: `status` is 202."""

    status: int
    id: str


class RefusedItem(msgspec.Struct, frozen=True):
    """One message that was not accepted, with the problem that it would have had by itself."""

    status: int
    problem: msgspec.Raw


class BatchResource(msgspec.Struct, frozen=True):
    """What became of each message of a batch, in order."""

    results: list[AcceptedItem | RefusedItem]


async def post_batch(desk: Desk, client: Client, request: Request) -> Answer:
    """Accept those of up to 1,000 messages that can be. Raises StoreUnavailableError."""
    body = await read_json(request, desk.body.max_batch_body, desk.body.seconds)
    if isinstance(body, ProblemType):
        return problem_answer(body)
    controls = read_controls(request.headers)
    if isinstance(controls, tuple):
        return problem_answer(INVALID_HEADER, controls)

    async def run(claim: Claim | None) -> Sent | Answer:
        return await _accept(desk, client, body, controls, claim)

    sent = await answer_once(desk.keys, client, controls, (b"batch", body), run)
    return desk.with_limits(client, sent if isinstance(sent, Answer) else Answer(sent.status, sent.body))


async def _accept(desk: Desk, client: Client, body: bytes, controls: Controls, claim: Claim | None) -> Sent | Answer:
    members = parse_members(body)
    if isinstance(members, ProblemType):
        return problem_answer(members)
    items = members.get("messages")
    if not isinstance(items, list) or not 0 < len(items) <= MAX_MESSAGES:
        return problem_answer(INVALID_BATCH, (FieldError("messages", _flaw(members)),))
    read = await _read_all(desk, items)
    submissions = [each for each in read if isinstance(each, Submission)]
    record = None if claim is None else _record(claim, read)
    results = await desk.door.accept_some(client, submissions, times=controls.times, record=record)
    if isinstance(results, Refused):
        return refused_message(results)
    _count(desk, submissions, results, undocumented=len(members) - 1)
    return Sent(_ANSWERED, _encode(read, results))


def _flaw(members: Mapping[str, object]) -> Flaw:
    items = members.get("messages")
    if not isinstance(items, list):
        return Flaw.NOT_A_LIST if "messages" in members else Flaw.MISSING
    return Flaw.TOO_MANY if items else Flaw.EMPTY


async def _read_all(desk: Desk, items: Sequence[object]) -> list[_Read]:
    read: list[_Read] = []
    for item in items:
        if len(read) % _A_TURN == _A_TURN - 1:
            await asyncio.sleep(0)
        read.append(_read(desk, item))
    return read


def _read(desk: Desk, item: object) -> _Read:
    if not isinstance(item, dict):
        return (FieldError("messages", Flaw.NOT_AN_OBJECT),)
    named = item.get("channel")
    channel = _CHANNELS.get(named) if isinstance(named, str) else None
    if channel is None:
        return (FieldError("channel", Flaw.VALUE if "channel" in item else Flaw.MISSING),)
    message = read_message(item, channel, desk.fields)
    if isinstance(message, tuple):
        return message
    return Submission.of(message, count_undocumented(item, channel) - 1)


def _record(claim: Claim, read: Sequence[_Read]) -> Record:
    def record(results: Sequence[MessageStatus | Refused], now: int) -> NewAnswer:
        return claim.new_answer(_ANSWERED, _encode(read, results), None, now)

    return record


def _encode(read: Sequence[_Read], results: Sequence[MessageStatus | Refused]) -> bytes:
    rest = iter(results)
    items = [_item(next(rest)) if isinstance(each, Submission) else _problem(INVALID_MESSAGE, each) for each in read]
    return _ENCODER.encode(BatchResource(items))


def _item(result: MessageStatus | Refused) -> AcceptedItem | RefusedItem:
    if isinstance(result, MessageStatus):
        return AcceptedItem(202, result.id)
    return _problem(*problem_of(result))


def _problem(problem: ProblemType, errors: Sequence[FieldError]) -> RefusedItem:
    return RefusedItem(problem.status, msgspec.Raw(problem_body(problem, errors)))


def _count(
    desk: Desk, submissions: Sequence[Submission], results: Sequence[MessageStatus | Refused], *, undocumented: int
) -> None:
    accepted: Counter[Any] = Counter()
    for submission, result in zip(submissions, results, strict=True):
        if isinstance(result, MessageStatus):
            accepted[channel_of(submission.message)] += 1
            undocumented += submission.stripped
    for channel, count in accepted.items():
        desk.metrics.accepted(channel, count)
    if undocumented:
        desk.metrics.stripped("http", undocumented)
