"""The settings that a spec file declares, as the model that reads an operator's table."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationInfo, create_model

from gateway.provider import CallbackSettings, Duration, HttpProviderSettings, Secret, parse_base_url
from providers.http_spec.grammar import SettingTable, SpecFile

DEFAULT_SENDER: Final = "default_sender_id"  # every SMS spec that sends a sender ID has this setting
ERASE_BASE_URL: Final = "erase_base_url"  # and every spec whose vendor erases at another host this one

# What an SMS can come from: up to 11 characters with a letter (3GPP TS 23.040 §9.1.2.5), or E.164.
_SENDER: Final = re.compile(r"(?=.*[^\W\d_])[^\x00-\x1f]{1,11}|\+[1-9]\d{4,14}")


def _one_line(value: str) -> str:
    if not value or not value.isprintable():
        raise ValueError("a text of one line is expected")
    return value


def _one_line_secret(value: Secret) -> Secret:
    # It may stand in a header; RFC 9110 §5.5 leaves visible ASCII to be sure of.
    if not value.reveal().isascii() or not value.reveal().isprintable():
        raise ValueError("one line of ASCII is expected")
    return value


def _sender(value: str) -> str:
    if not _SENDER.fullmatch(value):
        raise ValueError("up to 11 characters with a letter, or a number that begins with +, is expected")
    return value


def _base_url(value: str, info: ValidationInfo) -> str:
    return parse_base_url(value, may_be_plain=bool(info.data.get("allow_private_network")))


_TYPES: Final[dict[str, Any]] = {
    "secret": Annotated[Secret, AfterValidator(_one_line_secret)],
    "text": Annotated[str, AfterValidator(_one_line)],
    "integer": int,
    "boolean": bool,
    "duration": Duration,
}


def settings_model(spec: SpecFile) -> type[HttpProviderSettings]:
    """Return the model of `[providers.NAME]` for one spec; `default_sender_id` is in it where a sender ID is sent."""
    fields: dict[str, Any] = {name: _field(setting) for name, setting in spec.settings.items()}
    if spec.request.base_url is not None:
        inherited = HttpProviderSettings.model_fields["base_url"].description
        fields["base_url"] = (str, Field(spec.request.base_url, description=inherited))
    if spec.erase is not None and spec.erase.base_url is not None:
        text = "Where the vendor erases what was sent, which is another host."
        fields[ERASE_BASE_URL] = (
            Annotated[str, AfterValidator(_base_url)],
            Field(spec.erase.base_url, description=text),
        )
    if "sender_id" in spec.fields:
        fields[DEFAULT_SENDER] = _sender_field(is_needed=spec.capabilities.needs_sender)
    parent = HttpProviderSettings if spec.report is None else CallbackSettings
    return create_model(f"{spec.provider.name}-settings", __base__=parent, **fields)


def _sender_field(*, is_needed: bool) -> tuple[Any, Any]:
    text = "Sender ID where a message names none: up to 11 characters with a letter, or a number."
    kind = Annotated[str, AfterValidator(_sender)]
    return (kind, Field(description=text)) if is_needed else (kind | None, Field(None, description=text))


def _field(setting: SettingTable) -> tuple[Any, Any]:
    kind = Literal[setting.choices] if setting.choices else _TYPES[setting.type]
    if setting.optional:
        return kind | None, Field(None, description=setting.description)
    if setting.default is None:
        return kind, Field(description=setting.description)
    return kind, Field(setting.default, validate_default=True, description=setting.description)
