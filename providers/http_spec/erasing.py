"""What a spec file makes of an erasure: the vendor's call, and what its answer means."""

from dataclasses import dataclass, replace

from gateway.provider import (
    Erasure,
    Gone,
    HttpProviderSettings,
    HttpRequest,
    HttpResponse,
    NotPossible,
    NotYet,
    Reason,
    default_erasure,
)
from providers.http_spec.exchange import MEDIA_TYPES, bare_request, encode_body, own_values, rule_matches
from providers.http_spec.grammar import SpecFile
from providers.http_spec.later import EraseRule, EraseTable
from providers.http_spec.place import Answer, found_in
from providers.http_spec.placeholder import PROVIDER_REF
from providers.http_spec.settings import ERASE_BASE_URL
from providers.http_spec.template import fill_node


@dataclass(frozen=True, slots=True)
class SpecErasure:
    """An `HttpErasure` made of `[erase]`."""

    spec: SpecFile
    table: EraseTable
    settings: HttpProviderSettings

    def request(self, provider_ref: str) -> HttpRequest:
        """Write the call."""
        values = own_values(self.spec, self.settings) | {PROVIDER_REF: provider_ref}
        address = base_url(self.table, self.settings), self.table.path
        request = bare_request(self.spec, self.table.method, address, self.table.query, values)
        assert request is not None  # noqa: S101 (the grammar's check: nothing in it can be absent)
        if self.table.encoding is None:
            return request
        body = encode_body(self.table.encoding, fill_node(self.table.body, values))
        assert isinstance(body, bytes)  # noqa: S101 (neither JSON nor a form stands in the URL)
        headers = {**request.headers, "Content-Type": MEDIA_TYPES[self.table.encoding]}
        return replace(request, headers=headers, body=body)

    def erasure(self, response: HttpResponse) -> Erasure:
        """Judge the answer: the first rule that matches, else the HTTP status alone."""
        codes = found_in(self.table.code, Answer(response.body))
        for rule in self.table.answer:
            if rule_matches(rule, response.status, codes):
                return _conclude(rule, response)
        return default_erasure(response)


def base_url(table: EraseTable, settings: HttpProviderSettings) -> str:
    """Return where the vendor erases."""
    return settings.base_url if table.base_url is None else str(getattr(settings, ERASE_BASE_URL))


def _conclude(rule: EraseRule, response: HttpResponse) -> Erasure:
    if rule.kind == "erased":
        return Gone()
    reason = rule.reason or Reason.REFUSED
    if rule.kind == "impossible":
        return NotPossible(reason)
    return NotYet(reason, response.retry_after or rule.retry_after)
