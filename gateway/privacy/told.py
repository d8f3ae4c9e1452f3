"""What is told of a person, and of what was done, as JSON members for the command line and the console."""

from typing import Any

from gateway.core.moment import write_moment
from gateway.core.state import KEEPS_CONTENT
from gateway.privacy.subjects import Receipt, Record, Report

Json = dict[str, Any]


def report_members(report: Report) -> Json:
    """Return all that is known: metadata alone. Of content it says whether it is there; it is sealed."""
    return {
        "at": write_moment(report.at),
        "messages": [_record_members(record) for record in report.records],
        "asked_for": [
            {"standing": standing.value, "since": write_moment(since)} for standing, since in report.standings
        ],
    }


def receipt_members(receipt: Receipt) -> Json:
    """Return what was done, in numbers."""
    return {
        "action": receipt.action,
        "at": write_moment(receipt.at),
        "messages": receipt.messages,
        "cancelled": receipt.cancelled,
        "ended": receipt.ended,
        "held": receipt.held,
        "released": receipt.released,
        "changed": receipt.changed,
        "ordered": dict(sorted(receipt.ordered.items())),
        "left": dict(sorted(receipt.left.items())),
    }


def _record_members(record: Record) -> Json:
    status = record.status
    return {
        "id": status.id,
        "client": record.client,
        "channel": status.channel.value,
        "status": status.state.value,
        "reason": status.reason and status.reason.value,
        "provider": status.provider,
        "provider_ref": status.provider_ref,
        "attempts": status.attempts,
        "segments": status.segments,
        "content_kept": status.state in KEEPS_CONTENT,
        "created_at": write_moment(status.created_at),
        "updated_at": write_moment(status.updated_at),
        "expires_at": write_moment(status.expires_at),
    }
