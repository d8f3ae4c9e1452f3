"""The rights of persons over the console's JSON: the address comes in the body and is stored nowhere."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from gateway.console.problems import BAD_ADDRESS, NOT_STORED
from gateway.console.sources import SubjectDesk
from gateway.core.errors import FieldError
from gateway.http_server import Answer, ProblemType
from gateway.http_server.answer import JSON
from gateway.http_server.body import read_body
from gateway.http_server.problem import NOT_FOUND, problem_answer
from gateway.http_server.request import Request
from gateway.privacy.subjects import Receipt, Subject, Subjects, parse_subject
from gateway.privacy.told import receipt_members, report_members
from gateway.spool.audit import Action
from gateway.spool.keyring import KeyringError
from gateway.spool.store import StoreUnavailableError

_MAX_BODY: Final = 4096  # bytes
_SECONDS: Final = 15.0
_HEADERS: Final = (("Cross-Origin-Resource-Policy", "same-origin"),)

_LOOKS: Final = {"report": Action.SUBJECT_REPORT, "export": Action.SUBJECT_EXPORT}
_ACTS: Final[Mapping[str, tuple[Action, Callable[[Subjects, Subject], Awaitable[Receipt]]]]] = {
    "erase": (Action.SUBJECT_ERASE, Subjects.erase),
    "restrict": (Action.SUBJECT_RESTRICT, Subjects.restrict),
    "object": (Action.SUBJECT_OBJECT, Subjects.object),
    "withdraw": (Action.SUBJECT_WITHDRAW, Subjects.withdraw),
}


class _Body(msgspec.Struct):
    address: str


class People:
    """Answers `POST /api/subjects/{action}`; `came_in` says how the admin did, for the audit."""

    def __init__(self, desk: SubjectDesk, came_in: Callable[[Request], str]) -> None:
        self._desk = desk
        self._came_in = came_in

    async def answer(self, request: Request, action: str) -> Answer:
        """Do what the path says for the person whom the body names."""
        if action not in _LOOKS and action not in _ACTS:
            return problem_answer(NOT_FOUND)
        body = await read_body(request, _MAX_BODY, _SECONDS)
        if isinstance(body, ProblemType):
            return problem_answer(body)
        person = self._read(body)
        if person is None:
            return problem_answer(BAD_ADDRESS)
        try:
            return Answer(200, await self._do(request, action, person), JSON, headers=_HEADERS)
        except (StoreUnavailableError, KeyringError):
            return problem_answer(NOT_STORED, retry_after=5)

    def _read(self, body: bytes) -> Subject | None:
        try:
            return parse_subject(msgspec.json.decode(body, type=_Body).address, self._desk.region())
        except (FieldError, ValueError, RecursionError):  # msgspec's own errors are ValueErrors
            return None

    async def _do(self, request: Request, action: str, person: Subject) -> bytes:
        audit = self._desk.audit(self._came_in(request))
        if action in _LOOKS:
            report = await self._desk.subjects.report(person)
            await audit.note(_LOOKS[action], messages=len(report.records))
            return msgspec.json.encode(report_members(report))
        noted, act = _ACTS[action]
        receipt = await act(self._desk.subjects, person)
        await self._desk.refresh()
        await audit.note(noted, messages=receipt.messages, ordered=receipt.orders)
        return msgspec.json.encode(receipt_members(receipt))
