"""The two pure functions of a provider that a spec file describes: the request, and what the answer means."""

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from gateway.provider import (
    Accepted,
    Blame,
    Deferred,
    HttpProviderSettings,
    HttpRequest,
    HttpResponse,
    InDoubt,
    Message,
    Outcome,
    Reason,
    Rejected,
    Secret,
    Sms,
    default_outcome,
)
from providers.http_spec.grammar import (
    AcceptedRule,
    Auth,
    BasicAuth,
    BearerAuth,
    DeferredRule,
    HeaderAuth,
    NoAuth,
    OutcomeRule,
    RejectedRule,
    RequestTable,
    SpecFile,
)
from providers.http_spec.later import EraseRule
from providers.http_spec.place import Answer, found_in
from providers.http_spec.placeholder import ALPHABET, CALLBACK_URL, REFERENCE, SENDER_KIND
from providers.http_spec.settings import DEFAULT_SENDER
from providers.http_spec.template import Template, as_text, fill_node

_UNITS: Final = {
    "milliseconds": timedelta(milliseconds=1),
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
}
MEDIA_TYPES: Final = {"json": "application/json", "form": "application/x-www-form-urlencoded"}
_JSON: Final = msgspec.json.Encoder()
_MAX_SEGMENTS: Final = 255  # TS 23.040 §9.2.3.24.1: the count has one octet


class SpecExchange:
    """An HttpExchange made of a spec and the operator's settings: the call, or its dry run.

    `callback_url` is where the vendor may tell of a message, if it may.
    """

    def __init__(
        self,
        spec: SpecFile,
        settings: HttpProviderSettings,
        callback_url: str | None = None,
        *,
        is_dry_run: bool = False,
    ) -> None:
        request = spec.request
        self._spec = spec
        self._settings = own_values(spec, settings) | {CALLBACK_URL: callback_url}
        self._default_sender = getattr(settings, DEFAULT_SENDER, None)
        self._url = settings.base_url
        self._path = request.dry_run_path if is_dry_run and request.dry_run_path is not None else request.path
        self._body = {**request.body, **request.dry_run_body} if is_dry_run else request.body
        self._read = {name: placeholder.read for name, placeholder in spec.placeholders.items()}
        # What is the same for every message is written once.
        is_constant = not any(REFERENCE in template.names for template in _around(spec.request, self._path))
        self._frame = self._write_frame(self._settings) if is_constant else None

    def refusal(self, message: Message) -> Rejected | None:
        """Refuse a text that the vendor would not send as it is: the next provider may."""
        changes = self._spec.request.changes
        if changes is None or changes.search(message.text) is None:
            return None
        return Rejected(Blame.SENDER, Reason.CONTENT_REJECTED)

    def request(self, message: Message, reference: str) -> HttpRequest:
        """Write the vendor's request for one message."""
        if self._default_sender is not None and isinstance(message, Sms) and message.sender_id is None:
            message = Sms(message.recipient, message.text, self._default_sender)
        values = {**self._settings, REFERENCE: reference}
        headers, query, address = self._frame or self._write_frame(values)
        values.update(self._told(message))
        body = encode_body(self._spec.request.encoding, fill_node(self._body, values))
        if isinstance(body, dict):
            return HttpRequest(self._spec.request.method, _with_query(address, query | body), headers)
        return HttpRequest(self._spec.request.method, _with_query(address, query), headers, body)

    def outcome(self, response: HttpResponse, reference: str) -> Outcome:
        """Judge the vendor's answer: the first rule that matches, else the HTTP status alone."""
        answer = Answer(response.body)
        places = self._spec.response
        codes = found_in(places.code, answer)
        ref = places.provider_ref.find(answer) if places.provider_ref else None
        for rule in self._spec.outcome:
            if rule_matches(rule, response.status, codes) and (ref or _needs_no_ref(rule)):
                return _conclude(rule, response, ref or reference, self._segments(answer))
        return default_outcome(response)

    def _told(self, message: Message) -> dict[str, Any]:
        """Return what the body's placeholders say of a message, with the vendor's words where it has its own."""
        told: dict[str, Any] = {name: read(message) for name, read in self._read.items()}
        for name in (ALPHABET, SENDER_KIND):
            if told.get(name) is not None:
                told[name] = getattr(getattr(self._spec.words, name), told[name])
        return told

    def _write_frame(self, values: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str], str]:
        """Return the headers, the parameters and the address without them: all that is not the body."""
        headers, query = _credentials(self._spec.request.auth, values)
        for name, template in self._spec.request.headers.items():
            headers[name] = template.fill(values)
        if self._spec.request.encoding in MEDIA_TYPES:
            headers["Content-Type"] = MEDIA_TYPES[self._spec.request.encoding]
        return _given(headers), _given(query), _address(self._url, self._path, values)

    def _segments(self, answer: Answer) -> int | None:
        place = self._spec.response.segments
        found = place.find(answer) if place is not None else None
        count = int(found) if found is not None and found.isascii() and found.isdecimal() else 0
        return count if 0 < count <= _MAX_SEGMENTS else None


def encode_body(encoding: str, filled: Mapping[str, Any]) -> bytes | dict[str, str]:
    """Return the body, or the parameters that stand for it."""
    if encoding == "json":
        return _JSON.encode(filled)
    texts = {name: as_text(value) for name, value in filled.items()}
    return urlencode(texts).encode() if encoding == "form" else texts


def own_values(spec: SpecFile, settings: HttpProviderSettings) -> dict[str, Any]:
    """Return the settings that a spec declares, by name: secrets in clear, durations as numbers."""
    return {name: _plain(getattr(settings, name), setting.unit) for name, setting in spec.settings.items()}


def bare_request(
    spec: SpecFile, method: str, address: tuple[str, Template], query: Mapping[str, Template], values: Mapping[str, Any]
) -> HttpRequest | None:
    """Return a request without a body, with the credentials and headers of `[request]`; `address` is base and path.

    None where the path has no value for one of its placeholders, or no parameter has.
    """
    base, path = address
    parameters = {name: template.fill(values) for name, template in query.items()}
    if path.fill(values) is None or (parameters and not _given(parameters)):
        return None
    headers, credentials = _credentials(spec.request.auth, values)
    for name, template in spec.request.headers.items():
        headers[name] = template.fill(values)
    url = _with_query(_address(base, path, values), _given(credentials | parameters))
    return HttpRequest(method, url, _given(headers))


def _around(request: RequestTable, path: Template) -> Iterator[Template]:
    """Yield the templates of a request that are not of its body."""
    yield path
    yield from request.headers.values()
    yield from (value for _, value in request.auth if isinstance(value, Template))


def _address(base: str, path: Template, values: Mapping[str, Any]) -> str:
    return f"{base}{path.fill(values, lambda text: quote(text, safe=''))}"


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}?{urlencode(query, quote_via=quote)}" if query else address


def _credentials(auth: Auth, values: Mapping[str, Any]) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Return the headers and the query parameters that say whose the request is."""
    match auth:
        case NoAuth():
            return {}, {}
        case BasicAuth():
            # RFC 7617 §2.1
            pair = f"{auth.username.fill(values)}:{auth.password.fill(values)}".encode()
            return {"Authorization": f"Basic {b64encode(pair).decode()}"}, {}
        case BearerAuth():
            return {"Authorization": f"Bearer {auth.token.fill(values)}"}, {}
        case HeaderAuth():
            return {auth.name: auth.value.fill(values)}, {}
        case _:  # QueryAuth
            return {}, {auth.name: auth.value.fill(values)}


def _given(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value is not None}


def _plain(value: object, unit: str | None) -> object:
    if isinstance(value, timedelta) and unit is not None:
        return -(-value // _UNITS[unit])  # rounded up: never nothing
    return value.reveal() if isinstance(value, Secret) else value


def rule_matches(rule: OutcomeRule | EraseRule, status: int, codes: Sequence[str]) -> bool:
    """Whether a rule is about an answer; `codes` are in lower case."""
    if rule.status is not None and status not in rule.status:
        return False
    return rule.code is None or rule.code.has_any(codes)


def _needs_no_ref(rule: OutcomeRule) -> bool:
    return not isinstance(rule, AcceptedRule) or rule.without_ref


def _conclude(rule: OutcomeRule, response: HttpResponse, ref: str, count: int | None) -> Outcome:
    match rule:
        case AcceptedRule():
            return Accepted(ref, count)
        case RejectedRule():
            return Rejected(rule.blame, rule.reason)
        case DeferredRule():
            return Deferred(rule.blame, rule.reason, response.retry_after or rule.retry_after)
        case _:  # InDoubtRule
            return InDoubt(rule.reason)
