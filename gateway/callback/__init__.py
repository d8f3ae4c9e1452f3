"""A provider's call to us: what it is made of, and how it is known to be the vendor's."""

from gateway.callback.call import Acknowledgement, Callback, Refused, Verified, Verifier
from gateway.callback.jwt import Bound, Jwt
from gateway.callback.password import Basic, Hint, SecretPath
from gateway.callback.plivo import Plivo
from gateway.callback.signature import Ed25519, Hmac
from gateway.callback.signed import SIGNED, Stamp
from gateway.callback.twilio import Twilio

__all__ = [
    "SIGNED",
    "Acknowledgement",
    "Basic",
    "Bound",
    "Callback",
    "Ed25519",
    "Hint",
    "Hmac",
    "Jwt",
    "Plivo",
    "Refused",
    "SecretPath",
    "Stamp",
    "Twilio",
    "Verified",
    "Verifier",
]
