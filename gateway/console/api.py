"""The console's JSON: the same snapshot as the page, for programs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from gateway import __version__
from gateway.console.health import CheckResult
from gateway.console.snapshot import ListedMessage, OutboxMessage, QueueView, Status, WebhookView
from gateway.console.sources import ProviderView
from gateway.core.message import Email, Message
from gateway.privacy.key_ends import KeyEnd

Json = dict[str, Any]


def checks_json(checks: Sequence[CheckResult]) -> Json:
    """Return `{"status", "checks": {NAME: {"ok", "detail"?}}}`."""
    ready = all(check.holds for check in checks)
    found = {check.name: {"ok": check.holds} | ({"detail": check.detail} if check.detail else {}) for check in checks}
    return {"status": "ready" if ready else "not_ready", "checks": found}


def status_json(status: Status) -> Json:
    """Return the whole status; `queue` is null while the spool cannot be read."""
    return {
        "version": __version__,
        **checks_json(status.checks),
        "queue": None if status.queue is None else [_queue(queue) for queue in status.queue],
        **providers_json(status.providers),
        "retention": [
            {
                "class": view.name,
                "keeps": view.keeps,
                "oldest_seconds": view.oldest_seconds,
                "overdue": view.overdue,
                "purged_at": None if view.purged_at is None else written_time(view.purged_at),
                "next_key": None if view.next_key is None else _key_end(view.next_key),
            }
            for view in status.retention
        ],
        "listeners": [{"name": view.name, "address": view.address, "tls": view.tls} for view in status.listeners],
        "webhooks": [_webhook(view) for view in status.webhooks],
    }


def providers_json(providers: Sequence[ProviderView]) -> Json:
    """Return `{"providers": […]}`; `reason` says why a circuit is open."""
    return {
        "providers": [
            {
                "name": view.name,
                "type": view.type,
                "channels": list(view.channels),
                "company": view.company,
                "country": view.country,
                "circuit": "open" if view.circuit_open else "closed",
                "reason": view.reason,
            }
            for view in providers
        ]
    }


def circuits_json(providers: Sequence[ProviderView]) -> Json:
    """Return `{"circuits": {NAME: "open" | "closed"}}`."""
    return {"circuits": {view.name: "open" if view.circuit_open else "closed" for view in providers}}


def messages_json(messages: Sequence[ListedMessage], limit: int) -> Json:
    """Return `{"messages": […], "next"}`; `next` is the `before` of the next page, or null."""
    is_full = len(messages) == limit
    return {
        "messages": [_listed(message) for message in messages],
        "next": messages[-1].status.id if is_full and messages else None,
    }


def outbox_json(messages: Sequence[OutboxMessage]) -> Json:
    """Return `{"messages": […]}` with the documented fields of each."""
    return {
        "messages": [
            {
                **fields_of(message.taken.message),
                "provider": message.provider,
                "reference": message.taken.reference,
                "taken_at": written_time(message.taken.taken_at),
            }
            for message in messages
        ]
    }


def fields_of(message: Message) -> Mapping[str, str]:
    """Return a message's channel and documented fields as texts; a sender ID only where there is one."""
    if isinstance(message, Email):
        return {
            "channel": "email",
            "sender": str(message.sender),
            "recipient": str(message.recipient),
            "subject": message.subject,
            "text": message.text,
        }
    given = {"sender_id": message.sender_id} if message.sender_id is not None else {}
    return {"channel": "sms", "recipient": message.recipient, "text": message.text, **given}


def written_time(seconds: int) -> str:
    """Write seconds since 1970 UTC as in RFC 3339."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _key_end(end: KeyEnd) -> Json:
    return {"began_at": written_time(end.began_at), "destroyed_at": written_time(end.destroyed_at)}


def _queue(queue: QueueView) -> Json:
    counts = {state.value: count for state, count in queue.counts.items()}
    return {"channel": queue.channel, "messages": counts, "oldest_seconds": queue.oldest_seconds}


def _webhook(view: WebhookView) -> Json:
    """Return how it is, not where it leads: an address may have a secret of the client's in it."""
    hook = view.hook
    failing = None if hook.failing_since is None else written_time(hook.failing_since)
    return {
        "client": view.client,
        "state": view.state,
        "reason": hook.pause,
        "failing_since": failing,
        "waiting": hook.waiting,
        "dropped": hook.dropped,
    }


def _listed(message: ListedMessage) -> Json:
    status = message.status
    return {
        "id": status.id,
        "client": message.client,
        "channel": status.channel,
        "status": status.state,
        "reason": status.reason,
        "provider": status.provider,
        "provider_ref": status.provider_ref,
        "attempts": status.attempts,
        "segments": status.segments,
        "stripped": status.stripped,
        "created_at": written_time(status.created_at),
        "updated_at": written_time(status.updated_at),
        "expires_at": written_time(status.expires_at),
    }
