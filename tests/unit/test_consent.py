"""The disclosure gate: which providers an agreement allows, for clients and for rules."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.core.message import Channel, Email, Mailbox, Sms
from gateway.delivery.registry import Provider
from gateway.delivery.routing import Routing
from gateway.privacy.consent import ANYTHING, Agreement, agreement_of
from gateway.provider import Processor
from gateway.settings import RouteRule, RoutesSection
from gateway.spool.clients import Client
from tests.fakes.adapters import scripted_provider

FIELDS = {Channel.SMS: ("recipient", "text")}
GERMAN = Sms("+491761234567", "Text")
AUSTRIAN = Sms("+436641234567", "Text")


def processor(country: str | None = "DE", *processes_in: str, fields: Any = FIELDS) -> Processor:  # noqa: ANN401 (fields of any channels)
    """Return a company that receives something."""
    return Processor("Company", country, fields, processes_in=processes_in)


def provider(name: str, country: str | None) -> Provider:
    """Return a provider whose company is of a country."""
    found = scripted_provider(name, channels=(Channel.SMS,))
    return replace(found, type=replace(found.type, processor=processor(country, *([country] if country else []))))


PROVIDERS = {each.name: each for each in (provider("de", "DE"), provider("us", "US"), provider("who", None))} | {
    "sandbox": scripted_provider("sandbox")
}


def routing(*rules: RouteRule, sms: tuple[str, ...] = ("us", "de", "who")) -> Routing:
    """Return routes over PROVIDERS."""
    return Routing(RoutesSection(sms=sms, rules=rules), PROVIDERS)


@pytest.mark.parametrize(
    "agreement, company, expected",
    [
        (ANYTHING, processor(None), True),
        (Agreement.to(["main"], []), processor(None), True),
        (Agreement.to(["other"], []), processor(), False),
        (Agreement.to([], []), processor(), False),
        (Agreement.to(None, ["EU"]), processor("DE", "DE"), True),
        (Agreement.to(None, ["EU"]), processor("DE"), False),
        (Agreement.to(None, ["EU"]), processor("DE", "DE", "FR"), True),
        (Agreement.to(None, ["EU"]), processor("DE", "DE", "US"), False),
        (Agreement.to(None, ["EU"]), processor("US"), False),
        (Agreement.to(None, ["EU"]), processor("NO"), False),
        (Agreement.to(None, ["EEA"]), processor("NO", "NO"), True),
        (Agreement.to(None, ["EU", "CH"]), processor("CH", "DE"), True),
        (Agreement.to(None, ["EU"]), processor(None), False),
        (Agreement.to(None, ["EU"]), processor(None, "DE"), False),
        (Agreement.to(["main"], ["EU"]), processor("US"), False),
        (Agreement.to(["other"], ["EU"]), processor("DE"), False),
        (Agreement.to(["other"], ["DE"]), processor(None, fields={}), True),
        (Agreement.to(["other"], ["DE"]), processor(None, fields={Channel.SMS: ()}), True),
    ],
)
def test_what_an_agreement_allows(agreement: Agreement, company: Processor, expected: bool) -> None:
    """Name and every country have to be agreed to; what is not known is not; who receives nothing is."""
    assert agreement.allows("main", company) == expected


def test_a_client_without_limits_agrees_to_anything() -> None:
    """And one with limits to what its record says."""
    client = Client(1, "praxis", frozenset(Channel))
    assert agreement_of(client) is ANYTHING
    limited = replace(client, processors=("de",), processor_countries=frozenset({"EEA"}))
    assert agreement_of(limited) == Agreement.to(["de"], ["EEA"])


def test_a_client_s_agreement_thins_out_its_routes() -> None:
    """Order stays; where nobody is left there is still a route, which cannot be taken."""
    routes = routing()
    assert routes.candidates(GERMAN, "praxis") == ("us", "de", "who")
    assert routes.candidates(GERMAN, "praxis", Agreement.to(None, ["EU", "US"])) == ("us", "de")
    assert routes.candidates(GERMAN, "praxis", Agreement.to(["who"], [])) == ("who",)
    assert routes.candidates(GERMAN, "praxis", Agreement.to(None, ["CH"])) == ()
    assert routes.has_route(GERMAN, "praxis")
    mail = Email(Mailbox("a@b.example"), Mailbox("c@d.example"), "", "")
    assert not routes.has_route(mail, "praxis")
    assert not routes.allows("gone", ANYTHING)


def test_a_rule_limits_its_own_providers() -> None:
    """By name and by country; other messages go by what comes after it."""
    rule = RouteRule(country=("AT",), use=("us", "de", "who", "sandbox"), processor_countries=("EU",))
    assert routing(rule).candidates(AUSTRIAN, "praxis") == ("de", "sandbox")
    assert routing(rule).candidates(GERMAN, "praxis") == ("us", "de", "who")
    named = RouteRule(country=("AT",), use=("us", "de"), processors=("us",))
    assert routing(named).candidates(AUSTRIAN, "praxis") == ("us",)


def test_what_a_rule_holds_back_does_not_go_by_the_next() -> None:
    """A rule that leaves nobody still matches: its message is refused, not sent another way."""
    rules = (
        RouteRule(country=("AT",), use=("us",), processor_countries=("EU",)),
        RouteRule(country=("AT",), use=("de",)),
    )
    routes = routing(*rules)
    assert routes.candidates(AUSTRIAN, "praxis") == ()
    assert routes.has_route(AUSTRIAN, "praxis")
    assert [line.providers for line in routes.explain() if line.channel is Channel.SMS][:2] == [(), ("de",)]
    assert routes.problems() == []


def test_a_rule_s_processors_are_configured() -> None:
    """A name that nobody has would hold everything back."""
    [problem] = routing(RouteRule(use=("de",), processors=("de", "ed"))).problems()
    assert str(problem) == "routes.rules[0].processors[1]: names no configured provider"
