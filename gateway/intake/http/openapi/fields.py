"""The documented fields as schemas of JSON, with the limits that the decoder has."""

from collections.abc import Mapping
from typing import Final

from gateway.core.address import MAX_MAILBOX
from gateway.core.errors import Flaw
from gateway.core.message import DOCUMENTED_FIELDS, Channel
from gateway.core.phone import MAX_NUMBER
from gateway.intake.fields import FieldLimits, read_message
from gateway.intake.http.batch import MAX_MESSAGES
from gateway.intake.http.openapi.examples import EMAIL, SMS
from gateway.intake.http.openapi.operation import Node

# What `core.text.check_line` and `check_text` refuse; ECMA-262 regular expressions as in JSON Schema.
_ONE_LINE: Final = r"^[^\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]*$"
_TEXT: Final = r"^[^\u0000]*$"

_MAILBOX: Final = {"type": "string", "format": "mailbox", "minLength": 3, "maxLength": MAX_MAILBOX}
_DROPPED: Final = "Other members are dropped, never passed on and never stored; `stripped` says how many there were."

_NAMES: Final[Mapping[Channel, str]] = {Channel.EMAIL: "Email", Channel.SMS: "Sms"}


def message_schemas(limits: FieldLimits) -> dict[str, Node]:
    """Return the schemas of both messages, alone and in a batch, and of the batch itself."""
    schemas: dict[str, Node] = {}
    for channel, name in _NAMES.items():
        properties = _properties(channel, limits)
        schemas[name] = {
            "type": "object",
            "description": f"One message. {_DROPPED}",
            "properties": properties,
            "required": required_fields(channel, limits),
            "examples": [EMAIL if channel is Channel.EMAIL else SMS],
        }
        schemas[f"Batch{name}"] = {
            "type": "object",
            "description": f"One message of a batch. {_DROPPED}",
            "properties": {"channel": {"type": "string", "enum": [channel.value]}, **properties},
            "required": ["channel", *required_fields(channel, limits)],
        }
    schemas["BatchRequest"] = _batch()
    return schemas


def required_fields(channel: Channel, limits: FieldLimits) -> list[str]:
    """Return the fields that the decoder misses in an empty object."""
    missed = read_message({}, channel, limits)
    return [error.field for error in missed if error.flaw is Flaw.MISSING] if isinstance(missed, tuple) else []


def _properties(channel: Channel, limits: FieldLimits) -> dict[str, Node]:
    known = _email(limits) if channel is Channel.EMAIL else _sms(limits)
    return {name: known[name] for name in DOCUMENTED_FIELDS[channel]}


def _email(limits: FieldLimits) -> dict[str, Node]:
    return {
        "sender": {**_MAILBOX, "description": "An address, or `Name <address>`; internationalised addresses too."},
        "recipient": {**_MAILBOX, "description": "One address, or `Name <address>`."},
        "subject": {
            "type": "string",
            "maxLength": limits.max_subject,
            "pattern": _ONE_LINE,
            "description": "One line of text, may be empty.",
        },
        "text": {
            "type": "string",
            "maxLength": limits.max_text,
            "pattern": _TEXT,
            "description": f"Plain text, at most {limits.max_text} bytes of UTF-8; may be empty.",
        },
    }


def _sms(limits: FieldLimits) -> dict[str, Node]:
    region = limits.default_region
    smart = " Typographic marks are made plain." if limits.smart_encoding else ""
    return {
        "recipient": {
            "type": "string",
            "format": "phone",
            "minLength": 1,
            "maxLength": MAX_NUMBER,
            "description": f"A phone number: `+49…`, `0049…`, or a national form, which is read in {region}.",
        },
        "text": {
            "type": "string",
            "minLength": 1,
            "pattern": _TEXT,
            "description": f"The text; the operator bounds how many segments it may need: see `dry_run`.{smart}",
        },
        "sender_id": {
            "type": ["string", "null"],
            "format": "sender-id",
            "minLength": 1,
            "maxLength": MAX_NUMBER,
            "description": "Up to 11 characters with at least one letter, or a phone number; the operator lists which.",
        },
    }


def _batch() -> Node:
    refs = {channel.value: f"#/components/schemas/Batch{name}" for channel, name in _NAMES.items()}
    return {
        "type": "object",
        "description": "Messages of any channel; each is accepted or refused by itself.",
        "properties": {
            "messages": {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_MESSAGES,
                "items": {
                    "oneOf": [{"$ref": ref} for ref in refs.values()],
                    "discriminator": {"propertyName": "channel", "mapping": refs},
                },
            }
        },
        "required": ["messages"],
    }
