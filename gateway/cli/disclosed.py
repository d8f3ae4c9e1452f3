"""What the commands about the use of data share: the disclosure of the configuration, and the versions published."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from gateway.cli.command import Invocation, OneOf
from gateway.config import ConfigError, Configuration
from gateway.privacy.classes import Language
from gateway.privacy.disclosure import Disclosure, disclose
from gateway.privacy.notice import Edition
from gateway.spool.location import local_path


@dataclass(frozen=True, slots=True)
class Told:
    """What the configuration says now, and all versions that a gateway has published, newest first."""

    disclosure: Disclosure
    editions: Sequence[Edition]

    @property
    def since(self) -> int | None:
        """Since when this is in force (seconds since 1970 UTC); None where another version is, or none."""
        if not self.editions or self.editions[0].version != self.disclosure.version:
            return None
        return self.editions[0].since


def language_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--lang`."""
    return click.option(
        "--lang",
        "language",
        type=OneOf([language.value for language in Language]),
        default=Language.DE.value,
        show_default=True,
        help="In which language.",
    )(command)


def tell(invocation: Invocation) -> Told:
    """Make the disclosure of the configuration. Raises ConfigError, Failure."""
    configuration = invocation.load()
    return Told(disclosure_of(configuration), asyncio.run(_published(configuration)))


def disclosure_of(configuration: Configuration) -> Disclosure:
    """Return what is to be told of a configuration. Raises ConfigError."""
    from gateway.delivery.built import build
    from gateway.delivery.recipients import recipients

    built = build(configuration)
    if built.problems:
        raise ConfigError(built.problems)
    return disclose(configuration.settings, recipients(built))


async def _published(configuration: Configuration) -> Sequence[Edition]:
    from gateway.cli.state import opened
    from gateway.privacy.editions import editions_of

    # Looking must not make a spool where none is yet.
    if not local_path(configuration.settings.spool.url, "sqlite", configuration.folder).exists():
        return ()
    async with opened(configuration) as state:
        return editions_of(await state.store.disclosures())
