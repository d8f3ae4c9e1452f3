"""The rows of the SQLite file as records of the store."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from gateway.core.message import Channel
from gateway.core.outcome import Reason
from gateway.core.rate import parse_rate
from gateway.core.state import State
from gateway.spool.clients import Client, NewClient
from gateway.spool.store import LeasedMessage, MessageStatus, Sealed

Row = tuple[Any, ...]

# `contents.n` is an epoch's start times this, plus a counter.
CONTENTS_AN_EPOCH: Final = 1 << 31


def status_of(row: Row) -> MessageStatus:
    """Read what `status` and `listing` select."""
    message_id, client, channel, state, reason, *rest = row
    reason = None if reason is None else Reason(reason)
    return MessageStatus(message_id.hex(), client, Channel(channel), State(state), reason, *rest)


def by_channel(rows: Iterable[Row]) -> Counter[Channel]:
    """Count messages of which the channel alone was selected."""
    return Counter(Channel(channel) for (channel,) in rows)


def leased_of(row: Row) -> LeasedMessage:
    """Read what `leased` selects."""
    message_id, client, channel, place, wrapped_key, ciphertext, *rest = row
    content = Sealed(place // CONTENTS_AN_EPOCH, wrapped_key, ciphertext)
    return LeasedMessage(message_id.hex(), client, Channel(channel), content, *rest)


def client_of(row: Row) -> Client:
    """Read a client."""
    number, name, channels, senders, sender_ids, countries, rate, *rest = row
    daily, monthly, daily_segments, monthly_segments, concurrent, *rest = rest
    disclosure, processors, processor_countries, on_attachment, created_at, revoked = rest
    return Client(
        number,
        name,
        frozenset(map(Channel, json.loads(channels))),
        tuple(json.loads(senders)),
        tuple(json.loads(sender_ids)),
        frozenset(json.loads(countries)),
        rate=None if rate is None else parse_rate(rate),
        daily=daily,
        monthly=monthly,
        daily_segments=daily_segments,
        monthly_segments=monthly_segments,
        concurrent=concurrent,
        sender_disclosure=disclosure,
        processors=None if processors == "null" else tuple(json.loads(processors)),
        processor_countries=frozenset(json.loads(processor_countries)),
        on_attachment=on_attachment,
        created_at=created_at,
        revoked=bool(revoked),
    )


def client_row(client: NewClient) -> Row:
    """Write a new client."""
    return (
        client.name,
        json.dumps(sorted(client.channels)),
        json.dumps(client.senders),
        json.dumps(client.sender_ids),
        json.dumps(sorted(client.countries)),
        None if client.rate is None else str(client.rate),
        client.daily,
        client.monthly,
        client.daily_segments,
        client.monthly_segments,
        client.concurrent,
        client.sender_disclosure,
        json.dumps(client.processors),
        json.dumps(sorted(client.processor_countries)),
        client.on_attachment,
        client.created_at,
    )
