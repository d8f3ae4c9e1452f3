"""What countries want of sender IDs."""

from datetime import date

import pytest

from gateway.core.errors import Flaw
from gateway.core.message import Sms
from gateway.intake.sender_rules import RULES, Letters, SenderRules, read_rules

REGISTERED = ("IE:Praxis", "SG:Other")


@pytest.mark.parametrize(
    "recipient, sender, flaw",
    [
        ("+4915112345678", "Praxis", None),
        ("+12025550123", "Praxis", Flaw.NUMERIC_SENDER),
        ("+14165550123", "Praxis", Flaw.NUMERIC_SENDER),
        ("+12025550123", "+12025550199", None),
        ("+12025550123", None, None),
        ("+353851234567", "Praxis", None),
        ("+353851234567", "PRAXIS", None),
        ("+353851234567", "Klinik", Flaw.REGISTERED_SENDER),
        ("+6581234567", "Praxis", Flaw.REGISTERED_SENDER),
        ("+61412345678", "Praxis", Flaw.REGISTERED_SENDER),
        ("+88312345678", "Praxis", None),  # a number of no country
    ],
)
def test_rules(recipient: str, sender: str | None, flaw: Flaw | None) -> None:
    """Letters are held against the recipient's country and what the operator has registered there; numbers are not."""
    assert SenderRules(REGISTERED).flaw(Sms(recipient, "x", sender)) == flaw


def test_every_rule_says_where_it_is_from() -> None:
    """Each has a source and a day on which it was read."""
    assert [country for country, rule in RULES.items() if not rule.source.startswith("https://")] == []
    assert min(rule.read_on for rule in RULES.values()) >= date(2026, 1, 1)
    assert {rule.letters for rule in RULES.values()} == set(Letters)


GOOD = """\
[[rule]]
countries = ["XX"]
letters = "impossible"
source = "https://x.example"
read_on = 2026-11-24
"""


@pytest.mark.parametrize(
    "wrong",
    [
        GOOD + GOOD,
        GOOD.replace("impossible", "perhaps"),
        GOOD.replace("2026-11-24", '"2026-11-24"'),
        GOOD.replace('source = "https://x.example"\n', ""),
    ],
)
def test_a_file_that_is_wrong(wrong: str) -> None:
    """Two rules for a country, a word that is none, a day that is none, a rule without a source."""
    assert read_rules(GOOD)["XX"].letters is Letters.IMPOSSIBLE
    with pytest.raises((ValueError, KeyError)):
        read_rules(wrong)
