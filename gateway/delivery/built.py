"""The configured providers, built, with everything that is wrong between configuration, types and routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from gateway.config import Configuration, in_order
from gateway.core.duration import parse_duration
from gateway.core.problem import Problem
from gateway.delivery.registry import Provider, adapter_types, build_providers, leave
from gateway.delivery.routing import Routing
from gateway.http_client import AiohttpClient
from gateway.provider import AdapterType, Environment
from gateway.provider.settings import ERASE_AFTER
from gateway.spool.erasures import Erasing

SPECS_FOLDER: Final = "providers.d"  # beside the configuration file


@dataclass(frozen=True, slots=True)
class Built:
    """Types by name, providers by name, and the routes over them; where there are problems, something is missing.

    `problems` are all that are known: those of the configuration too, in the order to tell them in.
    """

    types: Mapping[str, AdapterType]
    providers: Mapping[str, Provider]
    routing: Routing
    problems: tuple[Problem, ...]


def build(configuration: Configuration, known: Mapping[str, AdapterType] = MappingProxyType({})) -> Built:
    """Build the providers of a configuration; nothing is opened and nothing is sent.

    `known` are the types of the last time: one that was read from the same text is the same object again.
    """
    settings = configuration.settings
    found_types, problems = adapter_types(configuration.folder / SPECS_FOLDER)
    types = {name: _same(each, known.get(name)) for name, each in found_types.items()}
    url = settings.http.public_url
    environment = Environment(settings.gateway.name, AiohttpClient, None if url is None else f"{url}/callbacks")
    providers, wrong = build_providers(settings.providers, types, environment, base=configuration.folder)
    broken = settings.providers.keys() - providers.keys()
    routing = Routing(settings.routes, providers, broken=broken)
    found = map(configuration.locate, [*problems, *wrong, *routing.problems()])
    told = {problem.key for problem in configuration.problems}
    later = [problem for problem in found if problem.key not in told]
    return Built(types, providers, routing, tuple(in_order([*configuration.problems, *later])))


def erasing_in(configuration: Configuration) -> Erasing:
    """Return the providers of a configuration that erase, by their types: without the secrets that only it may read."""
    types, _ = adapter_types(configuration.folder / SPECS_FOLDER)
    settings = configuration.settings
    return {
        name: leave(_erase_after(table), settings.retention)
        for name, table in settings.providers.items()
        if (kind := types.get(str(table.get("type")))) is not None and kind.capabilities.erasure
    }


def _erase_after(table: Mapping[str, Any]) -> timedelta:
    try:
        return parse_duration(str(table["erase_after"]))
    except (KeyError, ValueError):  # what is wrong with it is told elsewhere
        return ERASE_AFTER


def _same(found: AdapterType, known: AdapterType | None) -> AdapterType:
    if known is None or found.version is None or (found.source, found.version) != (known.source, known.version):
        return found
    return known
