"""Examples of what is sent and answered; each is in order, and its addresses are nobody's."""

import json
from typing import Any, Final

from gateway.core.errors import FieldError, Flaw
from gateway.http_server.problem import ProblemType, problem_body

ID: Final = "0193f2a05c7e7c0fb0d2a4f1c9e83b57"
MONTH: Final = "2026-11"
KEY: Final = "termin-4711"

EMAIL: Final = {
    "sender": "Praxis <info@praxis.example>",
    "recipient": "erika@example.com",
    "subject": "Termin",
    "text": "Morgen um 9.",
}
SMS: Final = {"recipient": "+4917604069000", "text": "Morgen um 9."}
BATCH: Final = {"messages": [{"channel": "sms", **SMS}, {"channel": "email", **EMAIL}]}

_TIMES: Final = {"created_at": "2026-11-24T08:00:00Z", "updated_at": "2026-11-24T08:00:00Z"}

QUEUED: Final = {"id": ID, "channel": "sms", "status": "queued", "attempts": 0, "segments": 1, **_TIMES, "stripped": 0}
SENT: Final = {**QUEUED, "status": "sent", "provider": "seven-main", "attempts": 1}
FAILED: Final = {**SENT, "status": "failed", "reason": "invalid_recipient"}
CANCELLED: Final = {**QUEUED, "status": "cancelled"}
PAGE: Final = {"messages": [SENT, FAILED]}
USAGE: Final = {
    "month": MONTH,
    "usage": [{"channel": "sms", "provider": "seven-main", "messages": 120, "segments": 133}],
}
PROSPECT: Final = {
    "channel": "sms",
    "country": "DE",
    "encoding": "gsm7",
    "units": 12,
    "segments": 1,
    "stripped": 0,
    "processors": [
        {
            "provider": "seven-main",
            "company": "seven communications GmbH & Co. KG",
            "country": "DE",
            "processes_in": ["DE"],
            "fields": ["recipient", "text"],
        }
    ],
}
ME: Final = {
    "name": "praxis",
    "channels": ["email", "sms"],
    "senders": ["*@praxis.example"],
    "sender_ids": ["Praxis"],
    "countries": ["AT", "DE"],
    "sender_disclosure": "full",
    "processors": ["seven-main"],
    "processor_countries": ["EU"],
    "consents": [{"provider": "seven-main", "notice": "a490e148ed384c33", "given_at": "2026-11-02T08:00:00Z"}],
    "on_attachment": "strip",
    "limits": {"rate": "100/s", "daily": 100000, "concurrent": 1000},
    "webhook": {"url": "https://praxis.example/umschlag", "waiting": 0},
    "created_at": "2026-11-01T08:00:00Z",
    "accepted": [
        {"period": "2026-11-24", "messages": 7, "segments": 9},
        {"period": MONTH, "messages": 120, "segments": 133},
    ],
}

# The fields that the example of a problem with `errors` names, by the problem's slug.
ERRORS: Final[dict[str, FieldError]] = {
    "invalid-message": FieldError("recipient", Flaw.PHONE),
    "invalid-batch": FieldError("messages", Flaw.EMPTY),
    "invalid-header": FieldError("Send-At", Flaw.PAST),
    "invalid-parameter": FieldError("status", Flaw.VALUE),
    "not-allowed": FieldError("sender_id", Flaw.NOT_ALLOWED),
}


def batch_results(refused: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a batch of two, the second one refused with a problem."""
    return {"results": [{"status": 202, "id": ID}, {"status": refused["status"], "problem": refused}]}


def problem(kind: ProblemType) -> dict[str, Any]:
    """Return a problem as it is answered."""
    error = ERRORS.get(kind.slug)
    members: dict[str, Any] = json.loads(problem_body(kind, () if error is None else (error,)))
    return members
