"""The calls that send one message: accept it, or say what would become of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.core.ids import now_seconds
from gateway.core.message import Channel, Message, Sms
from gateway.core.plain import count_replaced
from gateway.http_server.answer import Answer
from gateway.http_server.problem import ProblemType, problem_answer
from gateway.http_server.request import Request
from gateway.intake.accept import Door, Record, Refused
from gateway.intake.fields import FieldLimits, count_undocumented, read_message
from gateway.intake.http.bodies import BodyLimits, parse_members, read_json
from gateway.intake.http.controls import Controls, read_controls
from gateway.intake.http.dry_run import ProcessorOf, encode_prospect
from gateway.intake.http.once import Sent, answer_once
from gateway.intake.http.problems import INVALID_HEADER, INVALID_MESSAGE, INVALID_PARAMETER, refused_message
from gateway.intake.http.query import read_dry_run
from gateway.intake.http.resource import encode_status, id_in
from gateway.intake.http.standing import rate_limit_lines
from gateway.intake.http.waiting import Waiting
from gateway.intake.idempotency import Claim, Idempotency
from gateway.intake.limits import Limits
from gateway.metrics import Metrics
from gateway.spool.answers import NewAnswer
from gateway.spool.clients import Client
from gateway.spool.store import MessageStatus

_ACCEPTED: Final = 202
_KNOWN: Final = 200

_Members = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Desk:
    """What the calls that send work with."""

    door: Door
    limits: Limits
    keys: Idempotency
    waiting: Waiting
    metrics: Metrics
    fields: FieldLimits
    body: BodyLimits
    processor_of: ProcessorOf
    clock: Callable[[], int] = now_seconds

    def with_limits(self, client: Client, answer: Answer) -> Answer:
        """Return an answer that tells how the client stands with its limits."""
        answer.add_lines(rate_limit_lines(self.limits, client, self.clock()))
        return answer


async def post_message(desk: Desk, client: Client, request: Request, channel: Channel) -> Answer:
    """Accept one message, or with `dry_run` say what would become of it. Raises StoreUnavailableError."""
    body = await read_json(request, desk.body.max_body, desk.body.seconds)
    if isinstance(body, ProblemType):
        return problem_answer(body)
    controls = read_controls(request.headers)
    if isinstance(controls, tuple):
        return problem_answer(INVALID_HEADER, controls)
    is_dry = read_dry_run(request)
    if isinstance(is_dry, tuple):
        return problem_answer(INVALID_PARAMETER, is_dry)
    if is_dry:
        return await _look(desk, client, body, channel, controls)

    if controls.key is None:
        sent = await _accept(desk, client, body, channel, controls, claim=None)
    else:
        sent = await _accept_once(desk, client, body, channel, controls)
    if isinstance(sent, Answer):
        return desk.with_limits(client, sent)
    seconds = desk.waiting.grants(controls.wait)
    return desk.with_limits(client, await _answer_later(desk, client, sent, seconds) if seconds else _answer(sent))


async def _accept_once(desk: Desk, client: Client, body: bytes, channel: Channel, controls: Controls) -> Sent | Answer:
    async def run(claim: Claim | None) -> Sent | Answer:
        return await _accept(desk, client, body, channel, controls, claim=claim)

    return await answer_once(desk.keys, client, controls, (channel.value.encode(), body), run)


async def _accept(
    desk: Desk, client: Client, body: bytes, channel: Channel, controls: Controls, *, claim: Claim | None
) -> Sent | Answer:
    found = _read(desk, body, channel)
    if not isinstance(found, tuple):
        return found
    message, members = found
    stripped = count_undocumented(members, channel)
    replaced = _replaced(message, members) if desk.fields.smart_encoding else 0
    record = None if claim is None else _record(claim, replaced)
    status = await desk.door.accept(client, message, stripped=stripped, times=controls.times, record=record)
    if isinstance(status, Refused):
        return refused_message(status)
    desk.metrics.accepted(channel)
    if stripped:
        desk.metrics.stripped("http", stripped)
    return Sent(_ACCEPTED, encode_status(status, replaced))


def _record(claim: Claim, replaced: int) -> Record:
    def record(results: Sequence[MessageStatus | Refused], now: int) -> NewAnswer:
        [status] = results
        # One message alone: what is refused is not recorded.
        assert isinstance(status, MessageStatus)  # noqa: S101 (for the type alone)
        return claim.new_answer(_ACCEPTED, encode_status(status, replaced), status.id, now)

    return record


def _answer(sent: Sent) -> Answer:
    answer = Answer(sent.status, sent.body)
    answer.add_lines(f"Location: /v1/messages/{id_in(sent.body)}\r\n")
    return answer


async def _answer_later(desk: Desk, client: Client, sent: Sent, seconds: int) -> Answer:
    """Answer with a message's outcome, where that is known in so many seconds."""
    message_id = id_in(sent.body)
    headers = [("Location", f"/v1/messages/{message_id}"), ("Preference-Applied", f"wait={seconds}")]
    known = await desk.waiting.outcome(message_id, client.id, seconds)
    if known is None:
        return Answer(sent.status, sent.body, headers=headers)
    return Answer(_KNOWN, encode_status(known), headers=headers)


async def _look(desk: Desk, client: Client, body: bytes, channel: Channel, controls: Controls) -> Answer:
    found = _read(desk, body, channel)
    if isinstance(found, Answer):
        return found
    message, members = found
    providers = await desk.door.look(client, message, controls.times)
    if isinstance(providers, Refused):
        return desk.with_limits(client, refused_message(providers))
    processors = [(name, desk.processor_of(name)) for name in providers]
    stripped, replaced = count_undocumented(members, channel), _replaced(message, members)
    return desk.with_limits(
        client, Answer(_KNOWN, encode_prospect(message, processors, stripped=stripped, replaced=replaced))
    )


def _read(desk: Desk, body: bytes, channel: Channel) -> tuple[Message, _Members] | Answer:
    members = parse_members(body)
    if isinstance(members, ProblemType):
        return problem_answer(members)
    message = read_message(members, channel, desk.fields)
    return problem_answer(INVALID_MESSAGE, message) if isinstance(message, tuple) else (message, members)


def _replaced(message: Message, members: _Members) -> int:
    """Return how many characters smart encoding has replaced."""
    text = members["text"]
    if not isinstance(message, Sms) or not isinstance(text, str) or text == message.text:
        return 0
    return count_replaced(text)
