"""The verifier that `[report] verify` names, with the operator's keys in it."""

from collections.abc import Mapping
from typing import Any

from gateway.provider import Basic, Ed25519, Hint, Hmac, Jwt, Plivo, Secret, Stamp, Twilio, Verifier
from providers.http_spec.later import (
    AskVerify,
    BasicVerify,
    Ed25519Verify,
    HmacVerify,
    JwtVerify,
    KeyedVerify,
    PlivoVerify,
    Stamped,
    TwilioVerify,
    Verify,
)
from providers.http_spec.template import Template


def verifier_of(table: Verify, values: Mapping[str, Any]) -> Verifier | None:
    """Return the verifier; None where a key of it is not set, or where the path's secret is all that there is."""
    match table:
        case AskVerify():
            return Hint()
        case BasicVerify():
            username, password = _secret(table.username, values), _secret(table.password, values)
            return None if username is None or password is None else Basic(username, password)
        case HmacVerify() | Ed25519Verify() | JwtVerify() | TwilioVerify() | PlivoVerify():
            key = _secret(table.key, values)
            return None if key is None else _keyed(table, key)
        case _:  # SecretVerify
            return None


def key_templates(table: Verify) -> Mapping[str, Template]:
    """Return the templates of the keys, by the names of their members."""
    found = {name: getattr(table, name, None) for name in ("key", "username", "password")}
    return {name: template for name, template in found.items() if template is not None}


def _keyed(table: KeyedVerify, key: Secret) -> Verifier:
    match table:
        case HmacVerify():
            return Hmac(
                key,
                table.header,
                table.of,
                prefix=table.prefix,
                algorithm=table.algorithm,
                digest=table.digest,
                stamp=_stamp(table),
            )
        case Ed25519Verify():
            return Ed25519(key, table.header, table.of, stamp=_stamp(table))
        case JwtVerify():
            return Jwt(key, table.header, table.binds, **_age(table.max_age))
        case TwilioVerify():
            return Twilio(key)
        case _:  # PlivoVerify
            return Plivo(key)


def _stamp(table: Stamped) -> Stamp:
    return Stamp(table.timestamp, table.nonce, **_age(table.max_age))


def _age(max_age: Any) -> dict[str, Any]:  # noqa: ANN401 (a timedelta, or nothing)
    return {} if max_age is None else {"max_age": max_age}


def _secret(template: Template, values: Mapping[str, Any]) -> Secret | None:
    text = template.fill(values)
    return Secret(text) if text else None
