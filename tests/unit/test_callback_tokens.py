"""How a vendor's call is known by a token: what it has to be bound to, and what a forger has."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from gateway.callback import Bound, Callback, Jwt, Refused, Verified
from gateway.core.secret import Secret

NOW = 1_800_000_000
KEY = "shared-key"
BODY = b'{"id":"4711","status":"delivered"}'
URL = "https://gateway.example/callbacks/main?x=1&y=%20"


def call(body: bytes = BODY, *, token: str) -> Callback:
    """Return a call with a token."""
    return Callback("POST", URL, {"token": token}, body, NOW)


def token(claims: object, key: str = KEY, **head: str) -> str:
    """Return a token that a key signed."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT"} | head, claims)]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    made = hmac.new(key.encode(), text.encode(), "sha256").digest()
    return f"{text}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def hexed(data: bytes) -> str:
    """Return the SHA-256 of bytes in hex."""
    return hashlib.sha256(data).hexdigest()


def jwt(*binds: Bound) -> Jwt:
    """Return a verifier of tokens in the header `token`."""
    return Jwt(Secret(KEY), "Token", frozenset(binds), max_age=timedelta(minutes=5))


def test_a_token_that_is_bound_to_the_url() -> None:
    """As MessageBird: the claim is the hash of the address that was called, and of the body where there is one."""
    both = jwt(Bound.URL, Bound.BODY)
    assert both.verify(call(b"", token=token({"url_hash": hexed(URL.encode())}))) == Verified()
    claims = {"url_hash": hexed(URL.encode()), "payload_hash": hexed(BODY).upper()}
    assert both.verify(call(token=f"Bearer {token(claims)}")) == Verified()


def test_a_token_that_repeats_the_body() -> None:
    """As GatewayAPI's older API: every member of the body is a claim."""
    members = jwt(Bound.MEMBERS)
    assert members.verify(call(token=token(json.loads(BODY) | {"more": 1}))) == Verified()
    assert members.verify(call(token=token({"id": "4711"}))) is Refused.FORGED
    assert members.verify(call(token=token({"id": "4711", "status": "failed"}))) is Refused.FORGED
    assert members.verify(call(b"no JSON", token=token({}))) is Refused.FORGED


def test_a_token_with_a_time_is_good_once() -> None:
    """Its signature is what a replay is known by."""
    made = token({"payload_hash": hexed(BODY), "iat": NOW - 10})
    assert jwt(Bound.BODY).verify(call(token=made)) == Verified(made.rpartition(".")[2], NOW + 290)


GOOD = {"payload_hash": hexed(BODY)}


@pytest.mark.parametrize(
    "shown",
    [
        "",
        "a.b",
        "a.b.c",
        "ä.b.c",
        token(GOOD, key="another"),
        token(GOOD, alg="none"),
        token(GOOD, alg="HS512"),
        token([]),
        token({}),
        token({"payload_hash": hexed(b"")}),
        token({"payload_hash": 5}),
        token({"payload_hash": "ä"}),
        token(GOOD | {"iat": NOW - 301}),
        token(GOOD | {"iat": NOW + 301}),
        token(GOOD | {"iat": "now"}),
        token(GOOD | {"nbf": NOW + 301}),
        token(GOOD | {"exp": NOW - 1}),
        token(GOOD)[:-4] + "AAAA",
    ],
)
def test_a_token_that_is_not_of_this_call_is_forged(shown: str) -> None:
    """Another key or algorithm, another body, another time, or no token."""
    assert jwt(Bound.BODY).verify(call(token=shown)) is Refused.FORGED


def test_a_token_that_is_bound_to_nothing_proves_nothing() -> None:
    """A signature that does not speak of the call could be of any."""
    assert jwt().verify(call(token=token({}))) is Refused.FORGED
