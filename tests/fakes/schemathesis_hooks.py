"""What schemathesis has to know to make valid data: the formats of our own, and what a moment or a key may be."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation

_NUMBERS: Final = ("+4917604069000", "0176 04069000", "0049 (176) 040-69000", "+43 664 1234567")
_MAILBOXES: Final = (
    "a@example.org",
    "Anna Beispiel <anna@example.net>",
    '"B, C" <b.c@xn--bcher-kva.example>',
    "ü@ö.example",
)
schemathesis.openapi.format("phone", st.sampled_from(_NUMBERS))
schemathesis.openapi.format("mailbox", st.sampled_from(_MAILBOXES))
schemathesis.openapi.format("sender-id", st.just("Praxis"))

_TIMES: Final = {"Send-At": timedelta(hours=1), "Expires-At": timedelta(hours=2)}
_KEYS: Final = itertools.count()


@schemathesis.hook
def before_call(_context: schemathesis.HookContext, case: schemathesis.Case[Any], _kwargs: dict[str, object]) -> None:
    """Bring good moments within the schedule, and use no key for two requests: schemas cannot say either."""
    told = None if case.meta is None else case.meta.components.get(ParameterLocation.HEADER)
    for name, ahead in _TIMES.items():
        if name in case.headers and told is not None and told.mode.is_positive:
            case.headers[name] = (datetime.now(UTC) + ahead).isoformat()
    if "Send-At" in case.headers:
        case.headers.pop("Prefer", None)  # to wait for what is sent in an hour takes the whole wait
    key = case.headers.get("Idempotency-Key")
    if isinstance(key, str) and 0 < len(key) <= 255 and key.isascii() and key.isprintable() and " " not in key:
        case.headers["Idempotency-Key"] = f"{next(_KEYS)}-{key}"[:255]
