"""What a spec file makes of a vendor's calls, and of its answers about messages and the account."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec

from gateway.provider import (
    Acknowledgement,
    Asked,
    Balance,
    Callback,
    HttpProviderSettings,
    HttpRequest,
    HttpResponse,
    Refused,
    Report,
    SecretPath,
    State,
    Verified,
    Verifier,
)
from providers.http_spec.exchange import bare_request, own_values
from providers.http_spec.grammar import SpecFile
from providers.http_spec.later import BalanceTable, PollTable, ReportPlaces, ReportTable, StateRule
from providers.http_spec.place import Answer, found_in
from providers.http_spec.placeholder import PROVIDER_REF, REFERENCE
from providers.http_spec.verify import verifier_of

_MAX_EACH: Final = 1000  # reports in one call; vendors send up to 100
_MAX_PARTS: Final = 255


class SpecReports:
    """A `Reports` made of `[report]` and the operator's settings."""

    def __init__(self, spec: SpecFile, table: ReportTable, settings: HttpProviderSettings) -> None:
        self._table = table
        self._rules = spec.state
        secret = getattr(settings, "callback_secret", None)
        self._path = None if secret is None else SecretPath(secret)
        self._verifier: Verifier | None = verifier_of(table.verify, own_values(spec, settings))

    def takes_reports(self) -> bool:
        """Whether the settings say how a call is known."""
        return self._path is not None or self._verifier is not None

    def verify(self, callback: Callback) -> Verified | Refused:
        """Hold a call against the path's secret, where there is one, and the vendor's own way, where its key is set."""
        if self._path is None:
            verified = Verified() if callback.secret is None else Refused.FORGED
        else:
            verified = self._path.verify(callback)
        if isinstance(verified, Refused) or self._verifier is None:
            return verified if self.takes_reports() else Refused.FORGED
        return self._verifier.verify(callback)

    def reports(self, callback: Callback) -> Sequence[Report] | Refused:
        """Read the reports; MALFORMED where there should be some and none can be read."""
        answer = _answer_of(callback, self._table.encoding)
        if answer is None:
            return Refused.MALFORMED
        elements = [each for each in _elements(self._table, answer) if self._is_about_messages(each)]
        return _read(self._table, self._rules, elements) if elements else ()

    def acknowledgement(self) -> Acknowledgement:
        """Return what `answer` says."""
        said = self._table.answer
        if isinstance(said, str):
            return Acknowledgement(said.encode())
        return Acknowledgement(msgspec.json.encode(said), "application/json")

    def _is_about_messages(self, element: Answer) -> bool:
        place = self._table.event
        return place is None or place.find(element) in self._table.events


@dataclass(frozen=True, slots=True)
class SpecPoll:
    """An `HttpPoll` made of `[poll]`."""

    spec: SpecFile
    table: PollTable
    settings: HttpProviderSettings

    def request(self, asked: Asked) -> HttpRequest | None:
        """Write the question; None where it needs an id that the vendor never gave."""
        values = own_values(self.spec, self.settings)
        values |= {PROVIDER_REF: asked.provider_ref, REFERENCE: asked.reference}
        return bare_request(self.spec, "GET", (self.settings.base_url, self.table.path), self.table.query, values)

    def reports(self, response: HttpResponse, asked: Asked) -> Sequence[Report] | None:
        """Read a 2xx; an answer without ids is about the message that was asked for."""
        if not 200 <= response.status < 300:  # noqa: PLR2004 (RFC 9110 §15.3)
            return None
        elements = _elements(self.table, Answer(response.body))
        known = None if self.table.provider_ref or self.table.reference else asked
        found = _read(self.table, self.spec.state, elements, known) if elements else ()
        if isinstance(found, Refused):
            return None
        return [each for each in found if asked.reference == each.reference or asked.provider_ref == each.provider_ref]


@dataclass(frozen=True, slots=True)
class SpecBalance:
    """An `HttpBalance` made of `[balance]`."""

    spec: SpecFile
    table: BalanceTable
    settings: HttpProviderSettings

    def request(self) -> HttpRequest:
        """Write the question."""
        values = own_values(self.spec, self.settings)
        address = self.settings.base_url, self.table.path
        request = bare_request(self.spec, self.table.method, address, self.table.query, values)
        assert request is not None  # noqa: S101 (the grammar's check: nothing in it can be absent)
        return request

    def balance(self, response: HttpResponse) -> Balance | None:
        """Read a 2xx with a number in it."""
        if not 200 <= response.status < 300:  # noqa: PLR2004 (RFC 9110 §15.3)
            return None
        answer = Answer(response.body)
        try:
            amount = Decimal(self.table.amount.find(answer) or "")
        except InvalidOperation:
            return None
        unit = self.table.unit.find(answer) if self.table.unit is not None else self.table.unit_name
        return Balance(amount, unit) if amount.is_finite() else None


def _answer_of(callback: Callback, encoding: str) -> Answer | None:
    """Return what a call says; None where it is not written as it should be."""
    try:
        query = callback.query
        if encoding == "json":
            answer = Answer(callback.body, query)
            return answer if answer.is_json else None
        return Answer.of(query if encoding == "query" else callback.form, query)
    except ValueError:  # too many parameters
        return None


def _elements(table: ReportPlaces, answer: Answer) -> Sequence[Answer]:
    """Return what stands for one report each: all of it, or the items of the list where `each` is."""
    if table.each is None:
        return [answer]
    found = table.each.value(answer)
    items = found if isinstance(found, list) else [] if found is None else [found]
    return [Answer.of(item, answer.query) for item in items[:_MAX_EACH]]


def _read(
    table: ReportPlaces, rules: Sequence[StateRule], elements: Iterable[Answer], known: Asked | None = None
) -> Sequence[Report] | Refused:
    """Read the elements; what has no id or no word is none, and where none has, all is MALFORMED.

    `known` is the message that all of them are about, where that is so.
    """
    found, is_readable = [], False
    for element in elements:
        ids = _ids(table, element) if known is None else {"reference": known.reference}
        words, codes = (found_in(places, element) for places in (table.word, table.code))
        if not any(ids.values()) or not words:
            continue
        is_readable = True
        rule = next((rule for rule in rules if _matches(rule, words, codes)), None)
        if rule is not None and rule.kind != "unknown":
            found.append(Report(State(rule.kind), **ids, reason=rule.reason, **_parts(table, element)))
    return found if is_readable else Refused.MALFORMED


def _ids(table: ReportPlaces, element: Answer) -> dict[str, str | None]:
    places = ("provider_ref", table.provider_ref), ("reference", table.reference)
    return {name: place.find(element) if place is not None else None for name, place in places}


def _matches(rule: StateRule, words: Sequence[str], codes: Sequence[str]) -> bool:
    if rule.word is not None and not rule.word.has_any(words):
        return False
    return rule.code is None or rule.code.has_any(codes)


def _parts(table: ReportPlaces, element: Answer) -> Mapping[str, Any]:
    if table.part is None:
        return {}
    count = table.parts.find(element) if table.parts is not None else None
    number = int(count) if count is not None and count.isascii() and count.isdecimal() else 0
    return {"part": table.part.find(element), "parts": number if 0 < number <= _MAX_PARTS else None}
