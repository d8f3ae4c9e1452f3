"""A spec's rules in words: what each answer and each word of the vendor's comes to."""

from collections.abc import Sequence
from typing import Any

from gateway.provider import Judgement
from providers.http_spec.grammar import OutcomeRule, SpecFile
from providers.http_spec.later import EraseRule, StateRule

_HUNDRED = 100


def judged_answers(spec: SpecFile) -> tuple[Judgement, ...]:
    """Return the rules for the answers to hand-overs, in order; what none matches is judged by its HTTP status."""
    return tuple(Judgement(_when(status=rule.status, code=rule.code), _outcome(rule)) for rule in spec.outcome)


def judged_words(spec: SpecFile) -> tuple[Judgement, ...]:
    """Return the rules for reports, in order; what none matches changes nothing."""
    return tuple(Judgement(_when(word=rule.word, code=rule.code), _state(rule)) for rule in spec.state)


def judged_erasures(spec: SpecFile) -> tuple[Judgement, ...]:
    """Return the rules for the answers to erasures, in order; what none matches is judged by its HTTP status."""
    rules = () if spec.erase is None else spec.erase.answer
    return tuple(Judgement(_when(status=rule.status, code=rule.code), _state(rule)) for rule in rules)


def _when(*, code: Any, status: frozenset[int] | None = None, word: Any = None) -> str:  # noqa: ANN401 (code sets)
    parts = []
    if status is not None:
        parts.append(f"status {', '.join(_statuses(status))}")
    parts += [f"{name} {', '.join(codes.written)}" for name, codes in (("word", word), ("code", code)) if codes]
    return "; ".join(parts) or "anything else"


def _statuses(found: frozenset[int]) -> Sequence[str]:
    """Write a whole hundred as `5xx`."""
    hundreds = [first for first in range(1, 6) if found >= set(range(first * _HUNDRED, (first + 1) * _HUNDRED))]
    return [f"{first}xx" for first in hundreds] + [
        str(each) for each in sorted(found) if each // _HUNDRED not in hundreds
    ]


def _outcome(rule: OutcomeRule) -> str:
    reason, blame = getattr(rule, "reason", None), getattr(rule, "blame", None)
    said = [str(each.value) for each in (blame, reason) if each is not None]
    return f"{rule.kind}: {', '.join(said)}" if said else rule.kind


def _state(rule: StateRule | EraseRule) -> str:
    return rule.kind if rule.reason is None else f"{rule.kind}: {rule.reason.value}"
