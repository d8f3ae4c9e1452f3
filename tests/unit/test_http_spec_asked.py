"""What spec files ask vendors about messages and the account, and what they make of the answers."""

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.core.report import Report
from gateway.core.state import State
from gateway.provider import Asked, Balance, HttpResponse
from tests.spec_files import HEAD, REFERENCE, REQUEST, TAIL, adapter, read

STATES = """
[[state]]
word = "ok"
is = "delivered"
"""
POLL = """
[poll]
path = "/messages"
query = { ref = "{reference}" }
word = "/now"
"""


def test_a_question_by_our_reference(tmp_path: Path) -> None:
    """What is in doubt has no id of the vendor's, and can be asked for all the same."""
    polling = adapter(read(HEAD + REQUEST + POLL + STATES + TAIL, tmp_path)).polling
    assert polling is not None
    asked = Asked(None, REFERENCE)
    request = polling.request(asked)
    assert request is not None
    assert (request.method, request.url) == ("GET", f"https://api.example/v1/messages?ref={REFERENCE}")
    answers = {
        b'{"now":"ok"}': [Report(State.DELIVERED, reference=REFERENCE)],
        b'{"now":"strange"}': [],
        b"{}": None,
        b"no JSON": None,
    }
    assert {body: polling.reports(HttpResponse(200, {}, body), asked) for body in answers} == answers
    assert polling.reports(HttpResponse(404, {}, b'{"now":"ok"}'), asked) is None


def test_a_question_by_an_id_that_there_is_not(tmp_path: Path) -> None:
    """Nothing is asked."""
    text = HEAD + REQUEST + POLL.replace("{reference}", "{provider_ref}") + STATES + TAIL
    polling = adapter(read(text, tmp_path)).polling
    assert polling is not None
    assert polling.request(Asked(None, REFERENCE)) is None


BALANCE = '\n[balance]\npath = "/left"\namount = { regex = "([^ ]+) left" }\nunit_name = "texts"\n'


@pytest.mark.parametrize(
    "status, body, expected",
    [
        (200, b"12.50 left", Balance(Decimal("12.50"), "texts")),
        (200, b"-3 left", Balance(Decimal(-3), "texts")),
        (200, b"NaN left", None),
        (200, b"much left", None),
        (200, b"", None),
        (401, b"12 left", None),
    ],
)
def test_what_is_left(tmp_path: Path, status: int, body: bytes, expected: Balance | None) -> None:
    """A number in an answer that is a yes."""
    accounting = adapter(read(HEAD + REQUEST + BALANCE + TAIL, tmp_path)).accounting
    assert accounting is not None
    assert accounting.request().url == "https://api.example/v1/left"
    assert accounting.balance(HttpResponse(status, {}, body)) == expected
