"""Every code of the vendors' tables, and what it means here."""

from collections.abc import Callable
from itertools import product

import pytest

from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.delivery.registry import adapter_types
from gateway.http_client import AiohttpClient
from gateway.provider import Environment, HttpAdapter, HttpResponse
from tests.spec_files import REFERENCE

TYPES, _ = adapter_types()
SETTINGS = {
    "seven": {"api_key": "x"},
    "gatewayapi": {"token": "x"},
    "lox24": {"client_id": "1", "api_key": "x"},
}

CREDENTIALS = Deferred(Blame.ACCOUNT, Reason.CREDENTIALS)
NO_CREDIT = Deferred(Blame.ACCOUNT, Reason.NO_CREDIT)
UNAVAILABLE = Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)
BUSY_NUMBER = Deferred(Blame.RECIPIENT, Reason.RATE_LIMITED)
OUR_FAULT = Rejected(Blame.PROVIDER, Reason.REFUSED)
UNROUTABLE = Rejected(Blame.SENDER, Reason.UNROUTABLE)
CONTENT = Rejected(Blame.CONTENT, Reason.CONTENT_REJECTED)
UNCLEAR = InDoubt(Reason.UNCLEAR_ANSWER)

# `src/lib/ErrorCode.ts` of github.com/seven-io/js-client
SEVEN: dict[int, Outcome] = {
    100: Accepted(REFERENCE),
    101: UNCLEAR,
    201: UNROUTABLE,
    202: Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT),
    305: CONTENT,
    306: Rejected(Blame.SENDER, Reason.INVALID_SENDER),
    401: Rejected(Blame.CONTENT, Reason.TOO_LONG),
    402: UNCLEAR,
    403: BUSY_NUMBER,
    500: NO_CREDIT,
    600: UNAVAILABLE,
    700: InDoubt(Reason.PROVIDER_ERROR),
    **dict.fromkeys((300, 900, 902, 903), CREDENTIALS),
    **dict.fromkeys((301, 304, 307, 400, 801, 802, 803, 901), OUR_FAULT),
}

# https://gatewayapi.com/docs/error-codes/: code → HTTP status, outcome
GATEWAYAPI: dict[int, tuple[int, Outcome]] = {
    **dict.fromkeys(range(0x0210, 0x0213), (401, CREDENTIALS)),
    0x0213: (403, CREDENTIALS),
    0x0214: (403, BUSY_NUMBER),
    0x0215: (403, Rejected(Blame.RECIPIENT, Reason.REFUSED)),
    0x0216: (403, NO_CREDIT),
    0x0217: (403, UNROUTABLE),
    0x0218: (422, OUR_FAULT),
    **dict.fromkeys(range(0x0219, 0x021E), (403, CREDENTIALS)),
    0x021E: (500, UNROUTABLE),
    0x021F: (403, UNROUTABLE),
    0x0220: (400, OUR_FAULT),
    0x0222: (400, OUR_FAULT),
    **dict.fromkeys(range(0x0223, 0x022A), (401, CREDENTIALS)),
    0x022A: (403, CREDENTIALS),
    0x0310: (422, OUR_FAULT),
    0x0311: (422, OUR_FAULT),
    0x0312: (422, CONTENT),
    0x0109: (503, UNAVAILABLE),
    0x0209: (500, UNAVAILABLE),
    0x0309: (400, UNAVAILABLE),
}

# https://doc.lox24.eu/info/sms-status-codes/
LOX24: dict[int, Outcome] = {
    0: Accepted("u-1"),
    100: Accepted("u-1"),
    208: UNROUTABLE,
    400: UNAVAILABLE,
    410: Rejected(Blame.CONTENT, Reason.REFUSED),
    2000: UNAVAILABLE,
    3000: NO_CREDIT,
    5000: UNROUTABLE,
    6000: Rejected(Blame.CONTENT, Reason.REFUSED),
}


def judge(kind: str, status: int, body: str) -> Outcome:
    """Return what an adapter makes of an answer."""
    settings = TYPES[kind].settings.model_validate({"type": kind, **SETTINGS[kind]})
    adapter = TYPES[kind].build(settings, Environment("gateway.example", AiohttpClient))
    assert isinstance(adapter, HttpAdapter)
    return adapter.exchange.outcome(HttpResponse(status, {}, body.encode()), REFERENCE)


# The ways in which seven writes one code.
WRITTEN: dict[str, Callable[[int], str]] = {
    "number": str,
    "text": lambda code: f'"{code}"',
    "success": lambda code: f'{{"success":"{code}"}}',
    "success as number": lambda code: f'{{"success":{code}}}',
    "error": lambda code: f'{{"success":"101","messages":[{{"success":false,"error":"{code}"}}]}}',
}
NO_ERRORS = {100, 101}


@pytest.mark.parametrize(
    "code, written", [each for each in product(SEVEN, WRITTEN) if not (each[0] in NO_ERRORS and each[1] == "error")]
)
def test_seven(code: int, written: str) -> None:
    """A code means the same wherever it stands."""
    assert judge("seven", 200, WRITTEN[written](code)) == SEVEN[code]


@pytest.mark.parametrize("code", GATEWAYAPI, ids=hex)
@pytest.mark.parametrize("form", ["0x{:04X}", "0x{:04x}"])
def test_gatewayapi(code: int, form: str) -> None:
    """A code means the same in both cases of its letters, and goes before the status."""
    status, expected = GATEWAYAPI[code]
    assert judge("gatewayapi", status, f'{{"code":"{form.format(code)}","message":"x"}}') == expected


@pytest.mark.parametrize("code", LOX24)
def test_lox24(code: int) -> None:
    """HTTP 201 says only that there is a message; its status code says what became of it."""
    assert judge("lox24", 201, f'{{"uuid":"u-1","status_code":{code}}}') == LOX24[code]
