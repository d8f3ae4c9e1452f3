"""What every provider's table in the configuration may say."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from gateway.core.base_url import parse_base_url
from gateway.core.secret import Secret
from gateway.settings import AsList, Country, Duration, RateSetting

ERASE_AFTER: Final = timedelta(hours=1)

_CALLBACK_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)


class ProviderSettings(BaseModel):
    """What every `[providers.NAME]` table may say, whatever its type; adapters add their own keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    type: str = Field(description="The adapter: one of `umschlag providers list`.")
    max_concurrency: int = Field(20, ge=1, le=1000, description="Hand-overs at the same time.")
    timeout: Duration = Field(
        timedelta(seconds=30), description="How long one hand-over may take until it counts as lost."
    )
    slow_after: Duration | None = Field(
        None, description="An answer that takes longer counts as a fault: five in a row, and the next one takes over."
    )
    erase_after: Duration = Field(
        ERASE_AFTER,
        description="How long a message is left to the provider before it is erased there, unless its end is known.",
    )
    rate: RateSetting | None = Field(None, description="Hand-overs in a time, such as `10/s`; without it no limit.")
    allow_private_network: bool = Field(
        default=False, description="Whether loopback and private addresses, and plain http://, are allowed."
    )
    ca_file: Path | None = Field(None, description="A private CA (PEM) that signs this provider's certificate.")
    company: str | None = Field(None, description="Legal entity of the processor, where it differs from the type's.")
    country: Country | None = Field(None, description="Its country (ISO 3166 alpha-2).")
    processes_in: Annotated[tuple[Country, ...], AsList] | None = Field(
        None, description="Countries where it processes (ISO 3166 alpha-2)."
    )
    privacy_url: str | None = Field(None, description="Its privacy notice.")
    dpa_url: str | None = Field(None, description="Its data processing agreement.")
    transfer_basis: str | None = Field(
        None, description="Legal basis of a transfer out of the EEA, where there is one."
    )


class HttpProviderSettings(ProviderSettings):
    """What every provider over HTTP may say besides."""

    base_url: str = Field(description="Where the vendor's API is, for regions, proxies and tests.")

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str, info: ValidationInfo) -> str:
        """Refuse what is more than an origin and a path, and plain HTTP outside the operator's own network."""
        return parse_base_url(value, may_be_plain=bool(info.data.get("allow_private_network")))


class CallbackSettings(HttpProviderSettings):
    """What every provider over HTTP whose vendor calls back may say besides."""

    callback_secret: Secret | None = Field(
        None,
        description="The end of the path that the vendor calls, 16 characters or more: for vendors that sign nothing, "
        "and on top for those that do.",
    )

    @field_validator("callback_secret")
    @classmethod
    def _check_callback_secret(cls, value: Secret | None) -> Secret | None:
        """Refuse what can be guessed, or would be written otherwise in a URL."""
        if value is not None and not _CALLBACK_SECRET.fullmatch(value.reveal()):
            raise ValueError("16 to 128 letters, digits, - and _ are expected")
        return value
