"""How a vendor's call is known: each verifier against what the vendor documents, and against what a forger has."""

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.callback import (
    Basic,
    Callback,
    Ed25519,
    Hint,
    Hmac,
    Plivo,
    Refused,
    SecretPath,
    Stamp,
    Twilio,
    Verified,
    Verifier,
)
from gateway.core.secret import Secret

NOW = 1_800_000_000
KEY = "shared-key"
BODY = b'{"id":"4711","status":"delivered"}'
URL = "https://gateway.example/callbacks/main?x=1&y=%20"


def call(body: bytes = BODY, url: str = URL, secret: str | None = None, **headers: str) -> Callback:
    """Return a call; headers by keyword, with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Callback("POST", url, named, body, NOW, secret)


def signed(text: bytes, algorithm: str = "sha256") -> bytes:
    """Return the HMAC of a text under the key."""
    return hmac.new(KEY.encode(), text, algorithm).digest()


PLAIN = Hmac(Secret(KEY), "Signature", ("", "body", ""), prefix="v1=")


def test_an_hmac_of_the_body() -> None:
    """As GatewayAPI: the digest in hex behind a prefix, in whatever case; a second call is the vendor's own repeat."""
    digest = signed(BODY).hex()
    assert isinstance(PLAIN.verify(call(signature=f"v1={digest}")), Verified)
    assert isinstance(PLAIN.verify(call(signature=f"V1={digest.upper()}")), Verified)
    verified = PLAIN.verify(call(signature=f"v1={digest}"))
    assert isinstance(verified, Verified)
    assert (verified.nonce, verified.is_hint) == (None, False)


@pytest.mark.parametrize(
    "forged",
    [
        call(),
        call(signature=""),
        call(signature=signed(BODY).hex()),
        call(signature="v1=" + signed(BODY).hex()[:-1]),
        call(signature="v1=" + signed(BODY + b" ").hex()),
        call(signature="v1=ünicode\udce4"),
        call(b"", signature="v1=" + signed(BODY).hex()),
        call(other="v1=" + signed(BODY).hex()),
    ],
)
def test_what_is_not_the_hmac_is_forged(forged: Callback) -> None:
    """No header, half of it, another body, another header."""
    assert PLAIN.verify(forged) is Refused.FORGED


SEVEN = Hmac(
    Secret(KEY),
    "X-Signature",
    ("", "timestamp", "\n", "nonce", "\n", "method", "\n", "url", "\n", "body_md5", ""),
    stamp=Stamp("X-Timestamp", "X-Nonce"),
)


def seven(timestamp: int = NOW, nonce: str = "n0nce", body: bytes = BODY, url: str = URL) -> Callback:
    """Return a call signed as seven signs."""
    text = f"{timestamp}\n{nonce}\nPOST\n{url}\n{hashlib.md5(body, usedforsecurity=False).hexdigest()}"
    digest = signed(text.encode()).hex()
    return call(body, url, x_signature=digest, x_timestamp=str(timestamp), x_nonce=nonce)


@pytest.mark.parametrize("timestamp", [NOW, NOW - 300, NOW + 300])
def test_sevens_signature_is_good_once_for_five_minutes(timestamp: int) -> None:
    """Time and nonce are in what is signed; the nonce is what a replay is known by."""
    assert SEVEN.verify(seven(timestamp)) == Verified("n0nce", timestamp + 300)


@pytest.mark.parametrize(
    "forged",
    [
        seven(NOW - 301),
        seven(NOW + 301),
        replace(seven(), method="GET"),
        replace(seven(), url="https://elsewhere.example/"),
        replace(seven(), body=b"{}"),
        seven(nonce=""),
        seven(nonce="n" * 257),
        call(x_signature=signed(b"").hex()),
    ],
)
def test_sevens_signature_speaks_of_the_whole_call(forged: Callback) -> None:
    """Another time, method, address, body, or no nonce."""
    assert SEVEN.verify(forged) is Refused.FORGED


@pytest.mark.parametrize("written", ["", "soon", "-1", "1e9", "\u0660", "9" * 40])
def test_a_time_that_is_none_is_not_now(written: str) -> None:
    """Only digits are a time."""
    stamped = Hmac(Secret(KEY), "S", ("", "timestamp", ""), stamp=Stamp("T"))
    assert stamped.verify(call(s=signed(written.encode()).hex(), t=written)) is Refused.FORGED


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha512"])
def test_other_algorithms_and_base64(algorithm: Any) -> None:  # noqa: ANN401 (one of the literals)
    """As Sinch: body, nonce and time with dots between, in base64."""
    verifier = Hmac(
        Secret(KEY),
        "signature",
        ("", "body", ".", "nonce", ".", "timestamp", ""),
        algorithm=algorithm,
        digest="base64",
        stamp=Stamp("time", "nonce"),
    )
    text = BODY + b".n0nce." + str(NOW).encode()
    made = base64.b64encode(signed(text, algorithm)).decode()
    good = call(signature=made, nonce="n0nce", time=str(NOW))
    assert isinstance(verifier.verify(good), Verified)
    swapped = made.swapcase()
    assert verifier.verify(call(signature=swapped, nonce="n0nce", time=str(NOW))) is Refused.FORGED


VENDOR_KEY = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(VENDOR_KEY.public_key().public_bytes_raw()).decode()


def telnyx(key: str = PUBLIC) -> Ed25519:
    """Return Telnyx's verifier with a public key."""
    stamp = Stamp("telnyx-timestamp")
    return Ed25519(Secret(key), "telnyx-signature-ed25519", ("", "timestamp", "|", "body", ""), stamp=stamp)


def telnyx_call(timestamp: int = NOW, body: bytes = BODY, signer: Ed25519PrivateKey = VENDOR_KEY) -> Callback:
    """Return a call signed as Telnyx signs."""
    signature = base64.b64encode(signer.sign(f"{timestamp}|".encode() + body)).decode()
    return call(body, telnyx_signature_ed25519=signature, telnyx_timestamp=str(timestamp))


def test_ed25519() -> None:
    """As Telnyx: the signature itself is what a replay is known by."""
    verified = telnyx().verify(telnyx_call())
    assert isinstance(verified, Verified)
    assert (verified.nonce is not None, verified.good_until) == (True, NOW + 300)


@pytest.mark.parametrize(
    "verifier, forged",
    [
        (telnyx(), telnyx_call(signer=Ed25519PrivateKey.generate())),
        (telnyx(), replace(telnyx_call(), body=b"{}")),
        (telnyx(), telnyx_call(NOW - 301)),
        (telnyx(), call(telnyx_timestamp=str(NOW))),
        (telnyx(), call(telnyx_signature_ed25519="no base64!", telnyx_timestamp=str(NOW))),
        (telnyx("no key"), telnyx_call()),
        (telnyx("AAAA"), telnyx_call()),
    ],
)
def test_what_the_vendors_key_did_not_sign_is_forged(verifier: Ed25519, forged: Callback) -> None:
    """Another key, body or time, no signature, no key of ours."""
    assert verifier.verify(forged) is Refused.FORGED


# https://www.twilio.com/docs/usage/security#validating-requests: the worked example there.
TWILIO = "https://mycompany.com/myapp.php?foo=1&bar=2"
TWILIO_FORM = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"


def test_twilios_own_example() -> None:
    """Address and parameters in order, under SHA-1; the vendor's documentation has the signature."""
    example = call(TWILIO_FORM, TWILIO, x_twilio_signature="RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    twilio = Twilio(Secret("12345"))
    assert example.form["Caller"] == "+14158675309"
    assert (twilio.verify(example), twilio.verify(replace(example, url=TWILIO + "&x=1"))) == (
        Verified(),
        Refused.FORGED,
    )
    assert twilio.verify(replace(example, body=TWILIO_FORM + b"&x=1")) is Refused.FORGED
    assert twilio.verify(replace(example, body=b"x=\xff")) is Refused.FORGED
    assert Twilio(Secret("other")).verify(example) is Refused.FORGED


def plivo(url: str, body: bytes, text: str, method: str = "POST") -> Callback:
    """Return a call of Plivo's that signed `text` with a nonce behind it."""
    made = base64.b64encode(signed(f"{text}.n0nce".encode())).decode()
    made_call = call(body, url, x_plivo_signature_v3=f"other, {made}", x_plivo_signature_v3_nonce="n0nce")
    return replace(made_call, method=method)


FORM = b"To=49151&Status=delivered&MessageUUID=a%20b"
IN_ORDER = "MessageUUIDa bStatusdeliveredTo49151"


@pytest.mark.parametrize(
    "good",
    [
        plivo("https://x.example/c", FORM, f"https://x.example/c?{IN_ORDER}"),
        plivo("https://x.example/c?b=2&a=%201", FORM, f"https://x.example/c?a= 1&b=2.{IN_ORDER}"),
        plivo("https://x.example/c?b=2&a=1", b"", "https://x.example/c?a=1&b=2"),
        plivo("https://x.example/c?b=2&a=1", b"", "https://x.example/c?a=1&b=2", "GET"),
        plivo("https://x.example/c", b"", "https://x.example/c", "GET"),
    ],
)
def test_plivos_signature(good: Callback) -> None:
    """As the vendor's library builds it: parameters of address and form in order; one of several signatures fits."""
    verifier = Plivo(Secret(KEY))
    assert verifier.verify(good) == Verified("n0nce", NOW + 3600)
    assert verifier.verify(replace(good, url=good.url + "0")) is Refused.FORGED
    assert verifier.verify(replace(good, body=good.body + b"&x=1")) is Refused.FORGED
    assert verifier.verify(replace(good, body=b"x=\xff")) is Refused.FORGED
    assert Plivo(Secret("other")).verify(good) is Refused.FORGED
    without = {name: value for name, value in good.headers.items() if not name.endswith("nonce")}
    assert verifier.verify(replace(good, headers=without)) is Refused.FORGED


BASIC = Basic(Secret("vendor"), Secret("pässword"))


def test_a_password() -> None:
    """The scheme in whatever case, the pair exactly."""
    pair = base64.b64encode("vendor:pässword".encode()).decode()
    assert BASIC.verify(call(authorization=f"basic {pair}")) == Verified()
    for shown in ("", pair, f"Bearer {pair}", f"Basic {pair[:-2]}", "Basic dmVuZG9yOg=="):
        assert BASIC.verify(call(authorization=shown)) is Refused.FORGED


def test_a_path_that_nobody_guesses() -> None:
    """The last segment is the secret, or it is forged."""
    path = SecretPath(Secret("0123456789abcdef"))
    assert path.verify(call(secret="0123456789abcdef")) == Verified()
    for shown in (None, "", "0123456789abcdeX", "ä"):
        assert path.verify(call(secret=shown)) is Refused.FORGED


def test_a_hint_is_not_believed() -> None:
    """Whoever calls, the vendor is asked."""
    verifier: Verifier = Hint()
    assert verifier.verify(call()) == Verified(is_hint=True)


def test_the_first_of_two_parameters_counts() -> None:
    """In the URL and in a form."""
    twice = call(b"a=1&a=2&b=", "https://x.example/?q=1&q=2")
    assert (twice.form, twice.query) == ({"a": "1", "b": ""}, {"q": "1"})
