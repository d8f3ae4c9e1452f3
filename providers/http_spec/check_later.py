"""What a spec file's tables about reports, questions, the account and erasures must agree on."""

from collections.abc import Iterator, Mapping
from typing import Final

from gateway.provider import Problem
from providers.http_spec.grammar import SpecFile
from providers.http_spec.later import AskVerify, EraseRule, EraseTable, ReportPlaces, ReportTable, Stamped, StateRule
from providers.http_spec.placeholder import PROVIDER_REF, REFERENCE
from providers.http_spec.template import Template, templates_in
from providers.http_spec.verify import key_templates

# RFC 9110 §15.3; §15.5.5, §15.5.11: not there, and not there any more.
_ERASED: Final = frozenset({*range(200, 300), 404, 410})


def later_disagreements(spec: SpecFile) -> Iterator[Problem]:
    """Yield what does not fit together, by key."""
    yield from _placeholders(spec)
    if spec.report is not None:
        yield from _report(spec.report)
        if isinstance(spec.report.verify, AskVerify) and spec.poll is None:
            yield Problem("report.verify", "needs [poll], which says how to ask")
        if spec.report.provider_ref is None and spec.report.reference is None:
            yield Problem("report.provider_ref", "is missing (or report.reference)")
    for key, table in (("report", spec.report), ("poll", spec.poll)):
        if table is not None:
            yield from _places(key, table)
    yield from _states(spec)
    if spec.erase is not None:
        yield from _erase(spec.erase)


def later_templates(spec: SpecFile) -> Iterator[tuple[str, Template, frozenset[str]]]:
    """Yield every template of these tables with its key, and what may stand in it besides settings."""
    nothing = frozenset[str]()
    if spec.report is not None:
        for name, template in key_templates(spec.report.verify).items():
            yield f"report.verify.{name}", template, nothing
    for key, asking, besides in (
        ("poll", spec.poll, frozenset({PROVIDER_REF, REFERENCE})),
        ("balance", spec.balance, nothing),
        ("erase", spec.erase, frozenset({PROVIDER_REF})),
    ):
        if asking is not None:
            yield f"{key}.path", asking.path, besides
            for name, template in asking.query.items():
                yield f"{key}.query.{name}", template, besides
    if spec.erase is not None:
        for name, node in spec.erase.body.items():
            for template in templates_in(node):
                yield f"erase.body.{name}", template, frozenset({PROVIDER_REF})


def _placeholders(spec: SpecFile) -> Iterator[Problem]:
    for key, template, besides in later_templates(spec):
        for name in sorted(template.names - spec.settings.keys() - besides):
            yield Problem(key, f"{{{name}}} is not a setting")
        for name in sorted(template.names & spec.settings.keys()):
            if spec.settings[name].optional and not key.startswith("report."):
                yield Problem(key, f"{{{name}}} is optional, and may be absent")


def _report(table: ReportTable) -> Iterator[Problem]:
    if (table.event is None) != (not table.events):
        yield Problem("report.events", "belongs together with report.event")
    if table.each is not None and table.encoding != "json":
        yield Problem("report.each", f"{table.encoding} has no lists")
    if isinstance(table.verify, Stamped):
        signed = getattr(table.verify, "of", ())[1::2]
        for name in ("timestamp", "nonce"):
            if (getattr(table.verify, name) is None) != (name not in signed):
                yield Problem(f"report.verify.{name}", f"belongs together with {{{name}}} in report.verify.of")


def _places(key: str, table: ReportPlaces) -> Iterator[Problem]:
    if table.parts is not None and table.part is None:
        yield Problem(f"{key}.parts", f"needs {key}.part")


def _states(spec: SpecFile) -> Iterator[Problem]:
    if spec.report is None and spec.poll is None:
        if spec.state:
            yield Problem("state", "needs [report] or [poll]")
        return
    has_codes = any(table is not None and table.code for table in (spec.report, spec.poll))
    for number, rule in enumerate(spec.state):
        yield from _state(f"state[{number}]", rule, has_codes=has_codes)
    if not any(rule.kind == "delivered" for rule in spec.state):
        yield Problem("state", "nothing is ever delivered")


def _state(key: str, rule: StateRule, *, has_codes: bool) -> Iterator[Problem]:
    if rule.word is None and rule.code is None:
        yield Problem(key, "a word or a code is expected")
    if rule.code is not None and not has_codes:
        yield Problem(f"{key}.code", "needs report.code or poll.code, where the code stands")
    if (rule.kind == "undelivered") != (rule.reason is not None):
        yield Problem(f"{key}.reason", "goes with undelivered, and with nothing else")


def _erase(table: EraseTable) -> Iterator[Problem]:
    if (table.encoding is None) != (not table.body):
        yield Problem("erase.encoding", "belongs together with erase.body")
    for name, node in table.body.items():
        if table.encoding == "form" and isinstance(node, Mapping | list):
            yield Problem(f"erase.body.{name}", "form has neither tables nor lists")
    held = [table.path, *table.query.values(), *templates_in(table.body)]
    if not any(PROVIDER_REF in template.names for template in held):
        yield Problem("erase.path", f"nothing holds the {{{PROVIDER_REF}}}")
    for number, rule in enumerate(table.answer):
        yield from _erase_answer(f"erase.answer[{number}]", rule, has_codes=bool(table.code))
    if not any(rule.kind == "erased" for rule in table.answer):
        yield Problem("erase.answer", "nothing is ever erased")


def _erase_answer(key: str, rule: EraseRule, *, has_codes: bool) -> Iterator[Problem]:
    if rule.status is None and rule.code is None:
        yield Problem(key, "a status or a code is expected")
    if rule.kind == "erased" and (rule.status is None or not rule.status <= _ERASED):
        yield Problem(f"{key}.status", "2xx is expected, or 404 and 410 where they speak of the message")
    if rule.code is not None and not has_codes:
        yield Problem(f"{key}.code", "needs erase.code, where the code stands")
    if (rule.kind == "erased") != (rule.reason is None):
        yield Problem(f"{key}.reason", "goes with later and impossible, and with nothing else")
    if rule.retry_after is not None and rule.kind != "later":
        yield Problem(f"{key}.retry_after", "goes with later, and with nothing else")
