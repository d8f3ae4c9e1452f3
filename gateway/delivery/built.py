"""The configured providers, built, with everything that is wrong between configuration, types and routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.config import Configuration, in_order
from gateway.core.problem import Problem
from gateway.delivery.registry import Provider, adapter_types, build_providers
from gateway.delivery.routing import Routing
from gateway.http_client import AiohttpClient
from gateway.provider import AdapterType, Environment

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


def _same(found: AdapterType, known: AdapterType | None) -> AdapterType:
    if known is None or found.version is None or (found.source, found.version) != (known.source, known.version):
        return found
    return known
