"""How spec files have messages erased, and what they make of the answers."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.core.duration import parse_duration
from gateway.core.outcome import Reason
from gateway.provider import Erasure, Gone, HttpErasure, HttpResponse, NotPossible, NotYet
from tests.spec_files import HEAD, REQUEST, TAIL, adapter, read

ERASE = """
[erase]
path = "/messages/{provider_ref}"
query = { also = "{provider_ref}" }
code = "/code"

[[erase.answer]]
status = [204, 404]
is = "erased"

[[erase.answer]]
code = "wait"
is = "later"
reason = "quota"
retry_after = "1m"

[[erase.answer]]
code = "never"
is = "impossible"
reason = "content_rejected"
"""
ELSEWHERE = ERASE.replace("[erase]", '[erase]\nbase_url = "https://other.example"')


def erasing(text: str, folder: Path, **settings: object) -> HttpErasure:
    """Return how a spec file has messages erased."""
    found = adapter(read(HEAD + REQUEST + TAIL + text, folder), settings).erasing
    assert found is not None
    return found


def test_the_call_has_the_id_and_nothing_of_the_message(tmp_path: Path) -> None:
    """The id is percent-encoded, wherever it stands; without a body there is no word of its type."""
    request = erasing(ERASE, tmp_path).request("a/b ?")
    url = "https://api.example/v1/messages/a%2Fb%20%3F?also=a%2Fb%20%3F"
    assert (request.method, request.url, dict(request.headers), request.body) == ("DELETE", url, {}, b"")


def test_a_body_in_json_and_in_a_form(tmp_path: Path) -> None:
    """The id stands in it as it is."""
    text = ERASE.replace("path", 'method = "POST"\nencoding = "json"\nbody = { id = "{provider_ref}" }\npath', 1)
    request = erasing(text, tmp_path).request("a&b")
    assert (request.method, request.headers["Content-Type"], request.body) == (
        "POST",
        "application/json",
        b'{"id":"a&b"}',
    )
    request = erasing(text.replace("json", "form"), tmp_path).request("a&b")
    assert (request.headers["Content-Type"], request.body) == ("application/x-www-form-urlencoded", b"id=a%26b")


@pytest.mark.parametrize(
    "status, body, expected",
    [
        (204, b"", Gone()),
        (404, b"", Gone()),
        (409, b'{"code":"WAIT"}', NotYet(Reason.QUOTA, parse_duration("1m"))),
        (409, b'{"code":"never"}', NotPossible(Reason.CONTENT_REJECTED)),
        (200, b"", NotYet(Reason.UNCLEAR_ANSWER)),
        (401, b"", NotYet(Reason.CREDENTIALS)),
        (429, b"", NotYet(Reason.RATE_LIMITED)),
        (502, b"", NotYet(Reason.PROVIDER_ERROR)),
        (410, b"", NotPossible(Reason.REFUSED)),
        (405, b"", NotPossible(Reason.REFUSED)),
    ],
)
def test_what_an_answer_means(tmp_path: Path, status: int, body: bytes, expected: Erasure) -> None:
    """The first rule counts; what none matches is judged by its status, and never taken for a yes."""
    assert expected == erasing(ERASE, tmp_path).erasure(HttpResponse(status, {}, body))


def test_a_wait_that_is_asked_for_counts(tmp_path: Path) -> None:
    """The answer's own goes before the rule's."""
    answer = HttpResponse(429, {"retry-after": "7"}, b'{"code":"wait"}')
    assert NotYet(Reason.QUOTA, parse_duration("7s")) == erasing(ERASE, tmp_path).erasure(answer)


def test_another_host(tmp_path: Path) -> None:
    """It has a client of its own, and the operator may say otherwise."""
    built = adapter(read(HEAD + REQUEST + TAIL + ELSEWHERE, tmp_path))
    assert built.erasing_client is not None
    assert erasing(ELSEWHERE, tmp_path).request("1").url == "https://other.example/messages/1?also=1"
    moved = erasing(ELSEWHERE, tmp_path, erase_base_url="https://proxy.example/vendor/")
    assert moved.request("1").url == "https://proxy.example/vendor/messages/1?also=1"


def test_another_host_is_not_plain(tmp_path: Path) -> None:
    """Plain HTTP is for the operator's own network, here too."""
    with pytest.raises(ValidationError):
        erasing(ELSEWHERE, tmp_path, erase_base_url="http://proxy.example")
    said = {"erase_base_url": "http://proxy.example", "allow_private_network": True}
    assert erasing(ELSEWHERE, tmp_path, **said).request("1").url == "http://proxy.example/messages/1?also=1"


async def test_what_is_not_declared_cannot_be_done(tmp_path: Path) -> None:
    """Without the table nothing is sent."""
    kind = read(HEAD + REQUEST + TAIL, tmp_path)
    assert kind.capabilities.erasure is False
    assert NotPossible(Reason.REFUSED) == await adapter(kind).erase("1")
