"""Spec files: what they make of answers."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from tests.spec_files import HEAD, REFERENCE, REQUEST, TAIL, outcome

ANSWERS = """\
[response]
provider_ref = "/result/0/id~1x"
segments = "/parts"
code = ["/error/code", "/ok", "", { regex = "ERR (\\\\d+)" }]
[[outcome]]
status = "4xx"
code = ["E1", "0x*09"]
is = "rejected"
blame = "recipient"
reason = "invalid_recipient"
[[outcome]]
status = [429, "5xx"]
code = 7
is = "deferred"
blame = "provider"
reason = "rate_limited"
retry_after = "5m"
[[outcome]]
code = [false, 700]
is = "in_doubt"
reason = "provider_error"
[[outcome]]
status = 202
code = true
is = "accepted"
without_ref = true
[[outcome]]
status = "2xx"
is = "accepted"
"""
REF = {"result": [{"id/x": "r-1"}]}
INVALID = Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT)
LATER = Deferred(Blame.PROVIDER, Reason.RATE_LIMITED, timedelta(minutes=5))
DOUBT = InDoubt(Reason.PROVIDER_ERROR)
UNCLEAR = InDoubt(Reason.UNCLEAR_ANSWER)


@pytest.mark.parametrize(
    "status, body, expected",
    [
        (200, REF, Accepted("r-1")),
        (200, REF | {"parts": 2}, Accepted("r-1", 2)),
        (200, REF | {"parts": "3"}, Accepted("r-1", 3)),
        (200, REF | {"parts": 0}, Accepted("r-1")),
        (200, REF | {"parts": 256}, Accepted("r-1")),
        (200, REF | {"parts": -1}, Accepted("r-1")),
        (200, REF | {"parts": 1.5}, Accepted("r-1")),
        (200, REF | {"parts": "²"}, Accepted("r-1")),
        (200, {"result": [{"id/x": 17}]}, Accepted("17")),
        (200, {"result": [{"id/x": " "}]}, UNCLEAR),
        (200, {"result": [{"id/x": None}]}, UNCLEAR),
        (200, {"result": [{"id/x": {}}]}, UNCLEAR),
        (200, {"result": [{"id/x": "x" * 129}]}, UNCLEAR),
        (200, {"result": []}, UNCLEAR),
        (200, {"result": "text"}, UNCLEAR),
        (200, b"", UNCLEAR),
        (200, b"\xff\xfe", UNCLEAR),
        (200, b"[" * 100_000, UNCLEAR),
        (202, {"ok": True}, Accepted(REFERENCE)),
        (200, {"ok": True}, UNCLEAR),
        (200, REF | {"ok": False}, DOUBT),
        (200, b"700", DOUBT),
        (200, b'"700"', DOUBT),
        (500, b"<p>ERR 700</p>", DOUBT),
        (400, {"error": {"code": "e1"}}, INVALID),
        (404, {"error": {"code": "0x0309"}}, INVALID),
        (400, {"error": {"code": "E12"}}, Rejected(Blame.CONTENT, Reason.REFUSED)),
        (200, {"error": {"code": "E1"}}, UNCLEAR),
        (429, {"error": {"code": 7}}, LATER),
        (503, {"error": {"code": "7"}}, LATER),
        (429, {"error": {"code": 8}}, Deferred(Blame.PROVIDER, Reason.RATE_LIMITED)),
        (302, b"", UNCLEAR),
    ],
)
def test_answers(status: int, body: object, expected: Outcome, tmp_path: Path) -> None:
    """The first rule that matches status and code counts, else the status alone; an id has to be there."""
    assert outcome(HEAD + REQUEST + ANSWERS, tmp_path, status, body) == expected


def test_the_answers_own_wait_counts(tmp_path: Path) -> None:
    """`Retry-After` goes before the rule's wait."""
    ends = outcome(HEAD + REQUEST + ANSWERS, tmp_path, 429, {"error": {"code": 7}}, {"retry-after": "7"})
    assert ends == Deferred(Blame.PROVIDER, Reason.RATE_LIMITED, timedelta(seconds=7))


@pytest.mark.parametrize(
    "status, expected",
    [
        (401, Deferred(Blame.ACCOUNT, Reason.CREDENTIALS)),
        (402, Deferred(Blame.ACCOUNT, Reason.NO_CREDIT)),
        (403, Deferred(Blame.ACCOUNT, Reason.CREDENTIALS)),
        (404, Rejected(Blame.PROVIDER, Reason.REFUSED)),
        (405, Rejected(Blame.PROVIDER, Reason.REFUSED)),
        (422, Rejected(Blame.CONTENT, Reason.REFUSED)),
        (429, Deferred(Blame.PROVIDER, Reason.RATE_LIMITED)),
        (500, InDoubt(Reason.PROVIDER_ERROR)),
        (502, InDoubt(Reason.PROVIDER_ERROR)),
        (503, Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)),
        (504, InDoubt(Reason.PROVIDER_ERROR)),
        (200, UNCLEAR),
    ],
)
def test_statuses_without_a_rule(status: int, expected: Outcome, tmp_path: Path) -> None:
    """Where the vendor's table is silent, the status is judged as for everyone."""
    assert outcome(HEAD + REQUEST + TAIL, tmp_path, status, b"") == expected


def test_a_text_answer(tmp_path: Path) -> None:
    """An answer that is no JSON is read by regular expressions."""
    places = '[response]\nprovider_ref = { regex = "ID: (\\\\S+)" }\n[[outcome]]\nstatus = 200\nis = "accepted"\n'
    assert outcome(HEAD + REQUEST + places, tmp_path, 200, b"OK\nID: 4711\n") == Accepted("4711")
