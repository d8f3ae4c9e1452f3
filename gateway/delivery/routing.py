"""Which providers a message may go to, in which order."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Final

from gateway.core.address import ascii_domain
from gateway.core.message import Channel, Email, Message, Sms, channel_of
from gateway.core.phone import country_of
from gateway.core.problem import Problem
from gateway.core.step import Step, names_in
from gateway.delivery.registry import Provider
from gateway.delivery.way import NOWHERE, Way
from gateway.privacy.consent import ANYTHING, Agreement
from gateway.settings import RouteRule, RoutesSection

_BOTH: Final = frozenset(Channel)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where messages of a channel go on one condition, in words: `country AT or CH`, `otherwise`."""

    channel: Channel
    condition: str
    providers: tuple[str, ...]
    way: Way = field(default=NOWHERE, compare=False)


class Routing:
    """The routes of a configuration over the providers that it names.

    What is wrong with them stands in `problems()`; a name that is wrong is left out of the lists. `broken` are names
    of providers whose tables are wrong: that is told of the tables already.
    """

    def __init__(
        self,
        routes: RoutesSection,
        providers: Mapping[str, Provider],
        *,
        broken: Collection[str] = (),
        chance: Random | None = None,
    ) -> None:
        self._routes = routes
        self._broken = broken
        self._chance = chance or Random()  # noqa: S311 (nobody gains by guessing it)
        self._processors = {name: provider.processor for name, provider in providers.items()}
        self._serves = {name: frozenset(provider.type.channels) for name, provider in providers.items()}
        self._ways = {channel: self._way(channel, getattr(routes, channel.value)) for channel in Channel}
        rules = [_Rule(rule, self._ways_of(rule)) for rule in routes.rules]
        self._rules = {channel: tuple(rule for rule in rules if channel in rule.ways) for channel in Channel}

    def candidates(self, message: Message, client_name: str, agreement: Agreement = ANYTHING) -> tuple[str, ...]:
        """Return the providers for one message, in order, of equal ones by lot; none where its channel has no route.

        Those are left out that its client, or the rule that it goes by, has not agreed to.
        """
        names = self.way(message, client_name).draw()
        return names if agreement is ANYTHING else tuple(name for name in names if self.allows(name, agreement))

    def is_fixed(self, channel: Channel) -> bool:
        """Whether a client's messages on a channel all have the same candidates, in the same order."""
        return not self._rules[channel] and self._ways[channel].is_fixed

    def has_route(self, message: Message, client_name: str) -> bool:
        """Whether a message has a route, be it to providers alone that may not receive it."""
        rule = self._rule(message, client_name)
        return rule is not None or bool(self._ways[channel_of(message)])

    def allows(self, name: str, agreement: Agreement) -> bool:
        """Whether a configured provider is one that is agreed to."""
        return name in self._processors and agreement.allows(name, self._processors[name])

    def way(self, message: Message, client_name: str) -> Way:
        """Return the providers that such a message may go to, with their weights."""
        channel = channel_of(message)
        rule = self._rule(message, client_name)
        return self._ways[channel] if rule is None else rule.ways[channel]

    def _rule(self, message: Message, client_name: str) -> "_Rule | None":
        rules = self._rules[channel_of(message)]
        if not rules:
            return None
        facts = _Facts(message)
        return next((rule for rule in rules if rule.matches(facts, client_name)), None)

    def serves(self, channel: Channel) -> bool:
        """Whether any message of a channel has a route."""
        return bool(self._ways[channel] or self._rules[channel])

    def explain(self) -> Sequence[Explanation]:
        """Say where messages go, a line for each condition, in the order in which they are tried."""
        return [line for channel in Channel for line in self._explain(channel)]

    def problems(self) -> list[Problem]:
        """Return what is wrong with the routes; no providers at all is right, and means that nothing is accepted."""
        found = []
        for channel in Channel:
            found += self._list_problems(f"routes.{channel}", getattr(self._routes, channel.value), {channel})
        for number, rule in enumerate(self._routes.rules):
            found += self._rule_problems(f"routes.rules[{number}]", rule)
        return found

    def _explain(self, channel: Channel) -> Iterator[Explanation]:
        for rule in self._rules[channel]:
            yield Explanation(channel, rule.condition, rule.ways[channel].names, rule.ways[channel])
        way = self._ways[channel]
        yield Explanation(channel, "otherwise" if self._rules[channel] else "always", way.names, way)

    def _way(self, channel: Channel, steps: Sequence[Step], agreement: Agreement = ANYTHING) -> Way:
        def is_asked(name: str) -> bool:
            return channel in self._serves.get(name, ()) and self.allows(name, agreement)

        return Way(steps, is_asked, self._chance)

    def _ways_of(self, rule: RouteRule) -> dict[Channel, Way]:
        # A rule speaks of the channels that its providers serve: one for a client that names an SMS provider alone
        # leaves this client's mail to the rules below.
        served = [channel for channel in _channels_of(rule) if self._way(channel, rule.use)]
        agreement = Agreement.to(rule.processors or None, rule.processor_countries)
        # Where nobody is left the rule still matches: what it holds back must not go by the next one.
        return {channel: self._way(channel, rule.use, agreement) for channel in served}

    def _rule_problems(self, key: str, rule: RouteRule) -> list[Problem]:
        channels = _channels_of(rule)
        if not channels:
            return [
                Problem(key, "never matches: a number's country or prefix is asked of sms, a sender's domain of email")
            ]
        unknown = [
            Problem(f"{key}.processors[{number}]", "names no configured provider")
            for number, name in enumerate(rule.processors)
            if name not in self._serves and name not in self._broken
        ]
        return [*self._list_problems(f"{key}.use", rule.use, channels), *unknown]

    def _list_problems(
        self, key: str, steps: Sequence[Step], channels: frozenset[Channel] | set[Channel]
    ) -> list[Problem]:
        found = []
        named: set[str] = set()
        for number, name in names_in(steps):
            place = f"{key}[{number}]"
            if name in self._broken:
                continue
            if name not in self._serves:
                found.append(Problem(place, "names no configured provider"))
            elif not self._serves[name] & channels:
                found.append(Problem(place, f"names a provider that does not serve {' or '.join(sorted(channels))}"))
            elif name in named:
                found.append(Problem(place, "names a provider twice"))
            named.add(name)
        return found


def _channels_of(rule: RouteRule) -> frozenset[Channel]:
    """Return the channels that a rule's conditions leave."""
    channels = _BOTH if rule.channel is None else frozenset({rule.channel})
    if rule.country or rule.prefix:
        channels &= {Channel.SMS}
    if rule.sender_domain:
        channels &= {Channel.EMAIL}
    return channels


class _Facts:
    """What rules ask of a message; the country is looked up once, and only if a rule wants it."""

    def __init__(self, message: Message) -> None:
        self._message = message

    @property
    def number(self) -> str:
        return self._message.recipient if isinstance(self._message, Sms) else ""

    @cached_property
    def country(self) -> str | None:
        return country_of(self._message.recipient) if isinstance(self._message, Sms) else None

    @cached_property
    def domain(self) -> str | None:
        return ascii_domain(self._message.sender.domain) if isinstance(self._message, Email) else None


class _Rule:
    """One rule in the form that is quick to ask; conditions that are not given are empty, and hold."""

    def __init__(self, rule: RouteRule, ways: Mapping[Channel, Way]) -> None:
        self.ways = ways
        self.condition = _condition(rule)
        self._clients = frozenset(rule.client)
        self._countries = frozenset(rule.country)
        self._domains = frozenset(rule.sender_domain)
        self._prefixes = rule.prefix

    def matches(self, facts: _Facts, client_name: str) -> bool:
        """Whether all conditions hold; a rule is asked about the channels in `ways` alone."""
        return (
            (not self._clients or client_name in self._clients)
            and (not self._prefixes or facts.number.startswith(self._prefixes))
            and (not self._domains or facts.domain in self._domains)
            and (not self._countries or facts.country in self._countries)
        )


def _condition(rule: RouteRule) -> str:
    given = {
        "client": rule.client,
        "country": rule.country,
        "prefix": rule.prefix,
        "sender domain": rule.sender_domain,
    }
    return ", ".join(f"{name} {' or '.join(values)}" for name, values in given.items() if values) or "always"
