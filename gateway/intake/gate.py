"""The disclosure gate before the door: to whom a message may be shown, and as whose."""

from collections.abc import Sequence

from gateway.core.message import Channel, Message
from gateway.intake.beyond import Beyond, Terms
from gateway.intake.letter import Submission
from gateway.intake.refusal import Refusal, Refused
from gateway.privacy.aliases import Aliases
from gateway.privacy.consent import agreement_of
from gateway.spool.clients import Client


class Gate:
    """Knows the routes and the aliases of one configuration."""

    def __init__(self, beyond: Beyond, terms: Terms) -> None:
        self._routes = beyond.routes
        self._aliases = Aliases(beyond.pseudonyms, terms.alias_domain)
        # Of clients all of whose messages on a channel go the same way.
        self._fixed: dict[tuple[int, Channel], tuple[Client, tuple[str, ...]]] = {}

    def providers(self, client: Client, submission: Submission) -> Refused | tuple[str, ...]:
        """Return the providers that a client's message may go to, in order, or why there is none."""
        channel = submission.channel
        known = self._fixed.get((client.id, channel))
        if known is not None and known[0] is client:
            return known[1]
        found = self._find(client, submission.message)
        if not isinstance(found, Refused) and self._routes.is_fixed(channel) and not self._aliases.hides(client):
            self._fixed[client.id, channel] = client, found
        return found

    def _find(self, client: Client, message: Message) -> Refused | tuple[str, ...]:
        if not self._aliases.can_show(client, message):
            return Refused(Refusal.NOT_DISCLOSABLE)
        # Routes go by the sender that leaves: delivery knows no other.
        hidden = self._aliases.hidden(client, message)
        names = self._routes.candidates(hidden, client.name, agreement_of(client))
        if names:
            return names
        has_route = self._routes.has_route(hidden, client.name)
        return Refused(Refusal.NOT_DISCLOSABLE if has_route else Refusal.NO_ROUTE)

    def shown(self, client: Client, kept: Sequence[Submission], now: int) -> Sequence[Submission]:
        """Return a client's messages as they may leave. Raises KeyringError."""
        if not self._aliases.hides(client):
            return kept
        return [Submission.of(self._aliases.shown(client, each.message, now), each.stripped) for each in kept]
