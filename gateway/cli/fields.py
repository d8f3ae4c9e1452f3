"""The documented fields as a command line takes them: the text from standard input or a file, never from the line."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from gateway.cli.command import Failure, Wrong
from gateway.cli.output import say
from gateway.core.address import parse_mailbox
from gateway.core.errors import FieldError
from gateway.core.message import Channel, Email, Message, Sms
from gateway.core.phone import parse_phone, parse_sender_id
from gateway.core.text import check_line, check_text

text_option = click.option(
    "--text-file", type=click.Path(path_type=Path), help="File with the text; else it is read from standard input."
)


def read_text(path: Path | None) -> str:
    """Return the text, one line end at its end cut: shells and editors add it."""
    if path is None and sys.stdin.isatty():
        say("Text, ended with Ctrl-D:")
    try:
        data = sys.stdin.buffer.read() if path is None else path.read_bytes()
        text = data.decode()
    except UnicodeDecodeError:
        raise Failure("the text is not UTF-8") from None
    except OSError as error:
        raise Failure(f"the text cannot be read ({type(error).__name__})") from None
    return text.removesuffix("\n").removesuffix("\r")


def message_of(channel: Channel, fields: Mapping[str, Any], region: str) -> Message:
    """Build a message from its fields as text. Raises Wrong, which names the field and the rule."""
    try:
        return _email(fields) if channel is Channel.EMAIL else _sms(fields, region)
    except FieldError as error:
        raise Wrong(str(error)) from None


def _email(fields: Mapping[str, Any]) -> Email:
    check_line("subject", fields["subject"])
    check_text("text", fields["text"])
    sender, recipient = (parse_mailbox(name, fields[name]) for name in ("sender", "recipient"))
    return Email(sender, recipient, fields["subject"], fields["text"])


def _sms(fields: Mapping[str, Any], region: str) -> Sms:
    check_text("text", fields["text"])
    sender_id = fields.get("sender_id")
    return Sms(
        parse_phone("recipient", fields["recipient"], region),
        fields["text"],
        sender_id and parse_sender_id("sender_id", sender_id, region),
    )
