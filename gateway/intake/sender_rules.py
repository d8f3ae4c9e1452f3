"""What a recipient's country wants of a sender ID, as far as that is known."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from gateway.core.errors import Flaw
from gateway.core.message import Sms
from gateway.core.phone import country_of


class Letters(StrEnum):
    """What becomes of a sender ID with letters."""

    IMPOSSIBLE = "impossible"  # only numbers arrive
    REGISTERED = "registered"  # it has to be registered before


@dataclass(frozen=True, slots=True)
class Rule:
    """What one country wants, where that is written, and the day on which it was read."""

    letters: Letters
    source: str
    read_on: date


_FLAWS: Final = {Letters.IMPOSSIBLE: Flaw.NUMERIC_SENDER, Letters.REGISTERED: Flaw.REGISTERED_SENDER}


def read_rules(text: str) -> Mapping[str, Rule]:
    """Read the rules by country. Raises ValueError, or KeyError, where the file is not as it should be."""
    rules: dict[str, Rule] = {}
    for each in tomllib.loads(text)["rule"]:
        rule = Rule(Letters(each["letters"]), each["source"], _day(each["read_on"]))
        for country in each["countries"]:
            if rules.setdefault(country, rule) is not rule:
                message = f"{country} has two rules"
                raise ValueError(message)
    return MappingProxyType(rules)


def _day(value: Any) -> date:  # noqa: ANN401 (whatever TOML can say)
    if type(value) is not date:
        raise ValueError("a day is expected")
    return value


RULES: Final = read_rules(files("gateway.intake").joinpath("sender_rules.toml").read_text(encoding="utf-8"))
"""The rules that are known, by country (ISO 3166 alpha-2)."""


class SenderRules:
    """Holds sender IDs against the rules; `registered` are the operator's own, such as `IE:Praxis`."""

    def __init__(self, registered: Iterable[str] = (), rules: Mapping[str, Rule] = RULES) -> None:
        self._registered = frozenset(each.casefold() for each in registered)
        self._rules = rules

    def flaw(self, sms: Sms) -> Flaw | None:
        """Say what is wrong with a message's sender ID in the recipient's country, if something is known."""
        sender = sms.sender_id
        if sender is None or sender.removeprefix("+").isdecimal():
            return None
        country = country_of(sms.recipient)
        rule = self._rules.get(country or "")
        if rule is None:
            return None
        is_registered = f"{country}:{sender}".casefold() in self._registered
        return None if rule.letters is Letters.REGISTERED and is_registered else _FLAWS[rule.letters]
