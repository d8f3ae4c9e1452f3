"""Routing: lists, rules, their explanation, and what can be wrong with them."""

from collections import Counter
from random import Random

import pytest

from gateway.core.message import Channel, Email, Mailbox, Message, Sms
from gateway.core.problem import Problem
from gateway.core.step import Step, read_step
from gateway.delivery.routing import Explanation, Routing
from gateway.settings import RouteRule, RoutesSection
from tests.fakes.adapters import scripted_provider

GERMAN = "+491761234567"
AUSTRIAN = "+436641234567"

PROVIDERS = {
    "smarthost": scripted_provider("smarthost", channels=(Channel.EMAIL,)),
    "postmark": scripted_provider("postmark", channels=(Channel.EMAIL,)),
    "seven": scripted_provider("seven", channels=(Channel.SMS,)),
    "aspsms": scripted_provider("aspsms", channels=(Channel.SMS,)),
    "sandbox": scripted_provider("sandbox"),
}


def email(sender: str = "office@praxis.example") -> Email:
    """Return a mail from a sender."""
    return Email(Mailbox(sender), Mailbox("someone@example.org"), "Hello", "Text")


def routing(*rules: RouteRule, email: tuple[str, ...] = ("smarthost",), sms: tuple[str, ...] = ("seven",)) -> Routing:
    """Return a routing with the given lists and rules over PROVIDERS."""
    return Routing(RoutesSection(email=email, sms=sms, rules=rules), PROVIDERS)


def test_lists_hold_the_order() -> None:
    """Without a rule, each channel goes by its own list, in its order."""
    found = routing(email=("postmark", "smarthost"), sms=("seven", "aspsms"))
    assert found.candidates(email(), "praxis") == ("postmark", "smarthost")
    assert found.candidates(Sms(GERMAN, "Text"), "praxis") == ("seven", "aspsms")


def test_a_channel_without_a_route_has_no_candidates() -> None:
    """An empty list is allowed: nothing of that channel can be accepted, and it is no problem of the configuration."""
    found = routing(sms=())
    assert found.candidates(Sms(GERMAN, "Text"), "praxis") == ()
    assert [found.serves(Channel.EMAIL), found.serves(Channel.SMS)] == [True, False]
    assert found.problems() == []


def test_a_rule_alone_serves_a_channel() -> None:
    """A channel is served where a rule names a provider for it."""
    found = routing(RouteRule(country=("AT",), use=("aspsms",)), sms=())
    assert found.serves(Channel.SMS)


@pytest.mark.parametrize(
    "rule, message, client, expected",
    [
        (RouteRule(client=("praxis",), use=("aspsms",)), Sms(GERMAN, "x"), "praxis", "aspsms"),
        (RouteRule(client=("praxis",), use=("aspsms",)), Sms(GERMAN, "x"), "other", "seven"),
        (RouteRule(country=("CH", "AT"), use=("aspsms",)), Sms(AUSTRIAN, "x"), "praxis", "aspsms"),
        (RouteRule(country=("CH", "AT"), use=("aspsms",)), Sms(GERMAN, "x"), "praxis", "seven"),
        (RouteRule(country=("CH",), use=("sandbox",)), email(), "praxis", "smarthost"),
        (RouteRule(prefix=("+4366", "+4367"), use=("aspsms",)), Sms(AUSTRIAN, "x"), "praxis", "aspsms"),
        (RouteRule(prefix=("+4367",), use=("aspsms",)), Sms(AUSTRIAN, "x"), "praxis", "seven"),
        (RouteRule(sender_domain=("praxis.example",), use=("postmark",)), email(), "x", "postmark"),
        (RouteRule(sender_domain=("praxis.example",), use=("postmark",)), email("a@PRAXIS.example"), "x", "postmark"),
        (
            RouteRule(sender_domain=("xn--rzte-koa.example",), use=("postmark",)),
            email("a@ärzte.example"),
            "x",
            "postmark",
        ),
        (RouteRule(sender_domain=("other.example",), use=("postmark",)), email(), "x", "smarthost"),
        (RouteRule(sender_domain=("praxis.example",), use=("sandbox",)), Sms(GERMAN, "x"), "x", "seven"),
        (RouteRule(channel=Channel.SMS, use=("sandbox",)), email(), "x", "smarthost"),
        (RouteRule(channel=Channel.SMS, use=("sandbox",)), Sms(GERMAN, "x"), "x", "sandbox"),
        (RouteRule(client=("praxis",), use=("aspsms",)), email(), "praxis", "smarthost"),
        (RouteRule(client=("praxis",), use=("aspsms", "postmark")), email(), "praxis", "postmark"),
        (RouteRule(client=("praxis",), country=("AT",), use=("aspsms",)), Sms(GERMAN, "x"), "praxis", "seven"),
        (RouteRule(client=("praxis",), country=("AT",), use=("aspsms",)), Sms(AUSTRIAN, "x"), "other", "seven"),
        (RouteRule(client=("praxis",), country=("AT",), use=("aspsms",)), Sms(AUSTRIAN, "x"), "praxis", "aspsms"),
    ],
)
def test_a_rule_matches_where_all_its_conditions_hold(
    rule: RouteRule, message: Message, client: str, expected: str
) -> None:
    """All given conditions must hold; a rule that does not match leaves the message to the list."""
    assert (expected,) == routing(rule).candidates(message, client)


def test_the_first_matching_rule_wins() -> None:
    """Rules are tried in their order, and the first that matches decides alone."""
    found = routing(
        RouteRule(country=("CH",), use=("sandbox",)),
        RouteRule(prefix=("+43",), use=("aspsms",)),
        RouteRule(country=("AT",), use=("sandbox",)),
    )
    assert found.candidates(Sms(AUSTRIAN, "x"), "praxis") == ("aspsms",)


def test_a_rule_leaves_channels_alone_that_its_providers_do_not_serve() -> None:
    """A rule for a client that names an SMS provider says nothing of this client's mail."""
    found = routing(RouteRule(client=("praxis",), use=("aspsms",)))
    assert found.candidates(email(), "praxis") == ("smarthost",)
    assert found.problems() == []


def test_explanation_names_every_condition_in_order() -> None:
    """The explanation has a line for each condition, the list last."""
    found = routing(
        RouteRule(client=("praxis",), country=("AT", "CH"), use=("aspsms", "sandbox")),
        RouteRule(sender_domain=("praxis.example",), use=("postmark",)),
        RouteRule(use=("sandbox",)),
    )
    expected = [
        Explanation(Channel.EMAIL, "sender domain praxis.example", ("postmark",)),
        Explanation(Channel.EMAIL, "always", ("sandbox",)),
        Explanation(Channel.EMAIL, "otherwise", ("smarthost",)),
        Explanation(Channel.SMS, "client praxis, country AT or CH", ("aspsms", "sandbox")),
        Explanation(Channel.SMS, "always", ("sandbox",)),
        Explanation(Channel.SMS, "otherwise", ("seven",)),
    ]
    assert expected == found.explain()


def test_explanation_without_rules() -> None:
    """A list without rules before it holds always."""
    expected = [
        Explanation(Channel.EMAIL, "always", ("smarthost",)),
        Explanation(Channel.SMS, "always", ()),
    ]
    assert expected == routing(sms=()).explain()


@pytest.mark.parametrize(
    "routes, expected",
    [
        (RoutesSection(email=("absent",)), [Problem("routes.email[0]", "names no configured provider")]),
        (
            RoutesSection(sms=("seven", "smarthost")),
            [Problem("routes.sms[1]", "names a provider that does not serve sms")],
        ),
        (RoutesSection(sms=("seven", "seven")), [Problem("routes.sms[1]", "names a provider twice")]),
        (
            RoutesSection(rules=(RouteRule(country=("AT",), use=("smarthost", "absent")),)),
            [
                Problem("routes.rules[0].use[0]", "names a provider that does not serve sms"),
                Problem("routes.rules[0].use[1]", "names no configured provider"),
            ],
        ),
        (
            RoutesSection(
                rules=(
                    RouteRule(use=("sandbox",)),
                    RouteRule(channel=Channel.EMAIL, prefix=("+43",), use=("sandbox",)),
                    RouteRule(sender_domain=("a.example",), country=("DE",), use=("sandbox",)),
                )
            ),
            [
                Problem(
                    f"routes.rules[{number}]",
                    "never matches: a number's country or prefix is asked of sms, a sender's domain of email",
                )
                for number in (1, 2)
            ],
        ),
        (RoutesSection(rules=(RouteRule(client=("a",), use=("seven", "smarthost")),)), []),
    ],
)
def test_problems_name_the_key(routes: RoutesSection, expected: list[Problem]) -> None:
    """Each wrong name is told by its key; names are the operator's own, yet are not repeated."""
    assert expected == Routing(routes, PROVIDERS).problems()


def test_wrong_names_are_left_out() -> None:
    """A routing with problems still never sends a message to a provider that cannot take it."""
    found = routing(sms=("absent", "smarthost", "seven", "seven"))
    assert found.candidates(Sms(GERMAN, "x"), "praxis") == ("seven",)


def weighted(*steps: Step, seed: int = 1) -> Routing:
    """Return a routing whose text messages go by steps, with a chance that is always the same."""
    return Routing(RoutesSection(sms=steps), PROVIDERS, chance=Random(seed))


def test_equal_providers_share_messages_by_their_weights() -> None:
    """Of four messages three begin at the first; whoever does not begin is next, and the last step is last."""
    found = weighted({"seven": 3, "aspsms": 1}, "sandbox")
    orders = Counter(found.candidates(Sms(GERMAN, "x"), "") for _ in range(4000))
    assert set(orders) == {("seven", "aspsms", "sandbox"), ("aspsms", "seven", "sandbox")}
    assert 2900 < orders["seven", "aspsms", "sandbox"] < 3100


def test_weights_are_explained() -> None:
    """The heaviest is named first, with its share."""
    way = weighted({"aspsms": 1, "seven": 3}, "sandbox").way(Sms(GERMAN, "x"), "")
    assert (str(way), way.names) == ("seven (3 of 4) or aspsms (1 of 4), then sandbox", ("seven", "aspsms", "sandbox"))
    assert way.weights == {"seven": 3, "aspsms": 1}


def test_one_alone_has_no_weight() -> None:
    """A table of one is that one."""
    way = weighted({"seven": 7}, "sandbox").way(Sms(GERMAN, "x"), "")
    assert (str(way), way.weights) == ("seven, then sandbox", {})


def test_what_is_wrong_with_equal_ones_is_told_by_the_step() -> None:
    """Unknown names, other channels and repeats among equal ones have the position of their table."""
    found = weighted("seven", {"nobody": 1, "smarthost": 2, "seven": 3})
    assert [(problem.key, problem.text) for problem in found.problems()] == [
        ("routes.sms[1]", "names no configured provider"),
        ("routes.sms[1]", "names a provider that does not serve sms"),
        ("routes.sms[1]", "names a provider twice"),
    ]


@pytest.mark.parametrize(
    "written", [{}, {"a": 0}, {"a": 1001}, {"a": True}, {"a": "3"}, {1: 1}, 3, None, ["a"]], ids=repr
)
def test_what_is_no_step(written: object) -> None:
    """A step is a name, or a table of names with weights from 1 to 1000; the fault does not repeat what was written."""
    with pytest.raises(ValueError, match=r"expected|whole number"):
        read_step(written)
