"""What a dry run answers: what would become of a message, with no address and no content in it."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from gateway.core.message import Channel, Message, Sms, channel_of
from gateway.core.phone import country_of
from gateway.core.sms import segments
from gateway.provider import Processor

_ENCODER: Final = msgspec.json.Encoder()

# The company behind a configured provider, None where it was taken out of the configuration just now.
ProcessorOf = Callable[[str], Processor | None]


class ProcessorResource(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A provider that the message may be handed to, the company behind it, and what that would be told."""

    provider: str
    company: str | None = None
    country: str | None = None
    processes_in: list[str] = []
    fields: list[str] = []
    privacy_url: str | None = None


class ProspectResource(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What would become of a message; country, encoding and segments are those of an SMS.

    `units` are septets in `gsm7`, else UTF-16 code units; `replaced` is how many characters smart encoding replaced;
    `processors` stand in the order in which they would be tried.
    """

    channel: str
    country: str | None = None
    encoding: str | None = None
    units: int | None = None
    segments: int | None = None
    replaced: int | None = None
    stripped: int
    processors: list[ProcessorResource]


def encode_prospect(
    message: Message, processors: Sequence[tuple[str, Processor | None]], *, stripped: int, replaced: int
) -> bytes:
    """Return what would become of a message as JSON."""
    channel = channel_of(message)
    listed = [_resource(name, processor, channel) for name, processor in processors]
    if not isinstance(message, Sms):
        return _ENCODER.encode(ProspectResource(channel=channel.value, stripped=stripped, processors=listed))
    needed = segments(message.text)
    return _ENCODER.encode(
        ProspectResource(
            channel=channel.value,
            country=country_of(message.recipient),
            encoding=needed.encoding.value,
            units=needed.units,
            segments=needed.count,
            replaced=replaced or None,
            stripped=stripped,
            processors=listed,
        )
    )


def _resource(name: str, processor: Processor | None, channel: Channel) -> ProcessorResource:
    if processor is None:
        return ProcessorResource(provider=name)
    return ProcessorResource(
        provider=name,
        company=processor.company,
        country=processor.country,
        processes_in=list(processor.processes_in),
        fields=list(processor.fields.get(channel, ())),
        privacy_url=processor.privacy_url,
    )
