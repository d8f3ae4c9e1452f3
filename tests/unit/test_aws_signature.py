"""AWS Signature Version 4 against the values that AWS publishes.

`post-vanilla`, `post-x-www-form-urlencoded` and `post-sts-header-before` of the Signature Version 4 test suite.
"""

import pytest

from gateway.core.secret import Secret
from gateway.provider import HttpRequest
from providers.aws_signature import Signer

AT = 1_440_938_160  # 2015-08-30T12:36:00Z
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwth"
    "Ax7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAk"
    "iY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)


def signer(token: str | None = None) -> Signer:
    """Return a signer with the keys, the region and the service of the suite."""
    return Signer(
        access_key_id=Secret("AKIDEXAMPLE"),
        secret_access_key=Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
        session_token=None if token is None else Secret(token),
        region="us-east-1",
        service="service",
    )


@pytest.mark.parametrize(
    "request_, token, names, signature",
    [
        (
            HttpRequest("POST", "https://example.amazonaws.com"),
            None,
            "host;x-amz-date",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            HttpRequest("POST", "https://example.amazonaws.com/", FORM, b"Param1=value1"),
            None,
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            HttpRequest("POST", "https://example.amazonaws.com/"),
            TOKEN,
            "host;x-amz-date;x-amz-security-token",
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
        ),
    ],
    ids=["post-vanilla", "post-x-www-form-urlencoded", "post-sts-header-before"],
)
def test_the_published_signatures(request_: HttpRequest, token: str | None, names: str, signature: str) -> None:
    """Keys, time and request of the suite have the suite's signature, and the request is otherwise as it was."""
    signed = signer(token).sign(request_, AT)
    assert signed.headers["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    assert signed.headers["X-Amz-Date"] == "20150830T123600Z"
    assert signed.headers.get("X-Amz-Security-Token") == token
    assert (signed.method, signed.url, signed.body) == (request_.method, request_.url, request_.body)


def test_the_host_that_is_signed_is_the_one_that_leaves() -> None:
    """The header is written with the port that the address has."""
    signed = signer().sign(HttpRequest("POST", "http://127.0.0.1:8080/"), AT)
    assert signed.headers["Host"] == "127.0.0.1:8080"


def test_a_signer_shows_no_key() -> None:
    """It prints as any object does."""
    assert "AKIDEXAMPLE" not in repr(signer())
