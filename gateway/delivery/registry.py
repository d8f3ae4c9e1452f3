"""Finds the adapter types that are installed, and builds the configured providers of them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Final

from gateway.core.problem import Problem
from gateway.delivery.table import read_table
from gateway.privacy.classes import ERASURES
from gateway.provider import Adapter, AdapterType, CallbackSettings, Environment, Processor, ProviderSettings
from gateway.settings import RetentionSection
from gateway.spool.erasures import Erasing

PROVIDERS: Final = "umschlag.providers"  # entry points: one AdapterType each
# Entry points: a reader each, which takes a folder, a file, or None for its own files, and returns types and problems.
SPECS: Final = "umschlag.provider_specs"

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)  # it stands in metrics and in paths


@dataclass(frozen=True, slots=True)
class Provider:
    """One `[providers.NAME]` table, built."""

    name: str
    type: AdapterType
    settings: ProviderSettings
    adapter: Adapter

    @property
    def processor(self) -> Processor:
        """The company behind it: what the table says, over what the type says."""
        declared, said = self.type.processor, self.settings
        return Processor(
            company=said.company or declared.company,
            country=said.country or declared.country,
            fields=declared.fields,
            processes_in=declared.processes_in if said.processes_in is None else said.processes_in,
            privacy_url=said.privacy_url or declared.privacy_url,
            dpa_url=said.dpa_url or declared.dpa_url,
            transfer_basis=said.transfer_basis or declared.transfer_basis,
        )

    @property
    def erases(self) -> bool:
        """Whether its vendor erases what it keeps of a message."""
        return self.type.capabilities.erasure

    @property
    def erased_after(self) -> int | None:
        """How many seconds it is left to deliver what is to be erased there; None where it does not erase."""
        return int(self.settings.erase_after.total_seconds()) if self.erases else None


def erasing_providers(providers: Mapping[str, Provider], retention: RetentionSection) -> Erasing:
    """Return the providers that erase what they keep of a message, with the seconds that each is left to deliver it."""
    return {name: leave(each.settings.erase_after, retention) for name, each in providers.items() if each.erases}


def leave(erase_after: timedelta, retention: RetentionSection) -> int:
    """Return the seconds that a provider is left; where an order lives for minutes, half of that at most."""
    return int(min(erase_after, ERASURES.lifetime(retention) / 2).total_seconds())


def adapter_types(folder: Path | None = None) -> tuple[dict[str, AdapterType], list[Problem]]:
    """Return every type by name with what is wrong: installed ones, built-in specs, and the specs in `folder`.

    All have equal rank: two types of one name are a problem, and neither is there.
    """
    found, problems = _installed(entry_points(group=PROVIDERS))
    for place in [None] if folder is None else [None, folder]:
        types, faults = read_specs(place)
        found += types
        problems += faults
    return _by_name(found, problems)


def read_specs(place: Path | None) -> tuple[list[AdapterType], list[Problem]]:
    """Read the built-in spec files (None), those of a folder, or one file: the types, and what is wrong with them."""
    found: list[AdapterType] = []
    problems: list[Problem] = []
    for point in entry_points(group=SPECS):
        reader = _load(point)
        if callable(reader):
            types, faults = reader(place)
            found += types
            problems += faults
        else:
            problems.append(_unusable(point, reader))
    return found, problems


def build_providers(
    tables: Mapping[str, Mapping[str, Any]],
    types: Mapping[str, AdapterType],
    environment: Environment,
    *,
    base: Path,
) -> tuple[dict[str, Provider], list[Problem]]:
    """Build the providers of the configuration; every wrong key is a Problem, and its provider is left out.

    `base` is the folder that relative paths begin at; the `callback_url` of `environment` is that of all providers,
    to which the names are added.
    """
    built: dict[str, Provider] = {}
    problems: list[Problem] = []
    for name, table in tables.items():
        result = _build(name, table, types, environment, base)
        if isinstance(result, Provider):
            built[name] = result
        else:
            problems += result
    return built, problems


def _build(
    name: str, table: Mapping[str, Any], types: Mapping[str, AdapterType], environment: Environment, base: Path
) -> Provider | Sequence[Problem]:
    key = f"providers.{name}"
    if not _NAME.fullmatch(name):
        return [Problem(key, "a name of up to 64 letters, digits, dots, - and _ is expected")]
    kind = table.get("type")
    if not isinstance(kind, str):
        return [Problem(f"{key}.type", "is missing" if kind is None else "a text is expected")]
    if kind not in types:
        return [Problem(f"{key}.type", f"is no adapter type; there are {', '.join(sorted(types))}")]
    settings = read_table(key, table, types[kind].settings, base=base)
    if not isinstance(settings, ProviderSettings):
        return settings
    return Provider(name, types[kind], settings, types[kind].build(settings, _of_one(name, settings, environment)))


def _of_one(name: str, settings: ProviderSettings, environment: Environment) -> Environment:
    """Return the environment of one provider: its vendor calls at its name, and behind that the secret."""
    if environment.callback_url is None:
        return environment
    secret = settings.callback_secret if isinstance(settings, CallbackSettings) else None
    path = name if secret is None else f"{name}/{secret.reveal()}"
    return replace(environment, callback_url=f"{environment.callback_url}/{path}")


def _installed(points: Iterable[EntryPoint]) -> tuple[list[AdapterType], list[Problem]]:
    types, problems = [], []
    for point in points:
        found = _load(point)
        if isinstance(found, AdapterType):
            types.append(found)
        else:
            problems.append(_unusable(point, found))
    return types, problems


def _load(point: EntryPoint) -> Any:  # noqa: ANN401 (whatever a foreign package put there)
    try:
        return point.load()
    except Exception as error:  # noqa: BLE001 (a foreign package may fail in any way; it must not stop the others)
        return error


def _unusable(point: EntryPoint, found: object) -> Problem:
    text = f"cannot be loaded ({type(found).__name__})" if isinstance(found, Exception) else "is no adapter type"
    return Problem(f"{point.group} {point.name}", text)


def _by_name(found: Sequence[AdapterType], problems: list[Problem]) -> tuple[dict[str, AdapterType], list[Problem]]:
    sources: dict[str, list[str]] = {}
    for each in found:
        sources.setdefault(each.name, []).append(each.source)
    twice = [
        Problem(f"type {name}", f"is declared more than once: {', '.join(sorted(places))}")
        for name, places in sources.items()
        if len(places) > 1
    ]
    # A reader that cannot be loaded is met once a place.
    once = list(dict.fromkeys(problems + twice))
    return {each.name: each for each in found if len(sources[each.name]) == 1}, once
