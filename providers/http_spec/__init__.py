"""Runs spec files: providers over one plain HTTP call, described in TOML instead of Python."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from gateway.provider import (
    Adapter,
    AdapterType,
    Capabilities,
    Connection,
    Environment,
    Handover,
    HttpAdapter,
    HttpExchange,
    HttpProviderSettings,
    Message,
    Outcome,
    Problem,
    Processor,
    converse,
    sentence,
)
from providers.http_spec.check import disagreements
from providers.http_spec.erasing import SpecErasure, base_url
from providers.http_spec.exchange import SpecExchange
from providers.http_spec.grammar import SpecFile
from providers.http_spec.judged import judged_answers, judged_erasures, judged_words
from providers.http_spec.reports import SpecBalance, SpecPoll, SpecReports
from providers.http_spec.settings import settings_model
from providers.http_spec.template import templates_in

BUILT_IN: Final = Path(__file__).parents[1] / "specs"


@dataclass(slots=True, kw_only=True)
class SpecAdapter(HttpAdapter):
    """An adapter of a spec file."""

    spec_exchange: SpecExchange

    async def send(self, message: Message, handover: Handover) -> Outcome:
        """Hand one message over in one HTTP exchange, if the vendor sends it as it is."""
        refused = self.spec_exchange.refusal(message)
        return refused or await converse(self.client, self.exchange, message, handover)


@dataclass(slots=True, kw_only=True)
class DryRunAdapter(SpecAdapter):
    """An adapter whose vendor can check a message."""

    dry_exchange: HttpExchange

    async def dry_run(self, message: Message, handover: Handover) -> Outcome:
        """Let the vendor check one message; nothing is sent."""
        refused = self.spec_exchange.refusal(message)
        return refused or await converse(self.client, self.dry_exchange, message, handover)


def load(place: Path | None) -> tuple[Sequence[AdapterType], Sequence[Problem]]:
    """Read the built-in specs (None), those of a folder, or one file; a folder that is not there has none.

    A problem's key is the file's name and the key in it: `acme.toml request.body.to`.
    """
    if place is None:
        types, problems = _built_in()
        return [*types], [*problems]
    return _load([place] if place.is_file() else sorted(place.glob("*.toml")))


@cache
def _built_in() -> tuple[Sequence[AdapterType], Sequence[Problem]]:
    # Once a process: they go with this code, and take a tenth of a second.
    return _load(sorted(BUILT_IN.glob("*.toml")), source="built in")


def _load(files: Sequence[Path], source: str | None = None) -> tuple[Sequence[AdapterType], Sequence[Problem]]:
    types: list[AdapterType] = []
    problems: list[Problem] = []
    for file in files:
        found = _read(file)
        if isinstance(found, SpecFile):
            version = blake2b(file.read_bytes()).hexdigest()
            types.append(_adapter_type(found, source or file.name, version))
        else:
            problems += found
    return types, problems


def _read(file: Path) -> SpecFile | Sequence[Problem]:
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return [Problem(file.name, "cannot be read as text in UTF-8")]
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return [Problem(file.name, "is no TOML", int(line[1]) if line else None)]
    try:
        spec = SpecFile.model_validate(written)
    except ValidationError as error:
        return [_problem(file, each) for each in error.errors(include_url=False, include_input=False)]
    return [Problem(f"{file.name} {each.key}", each.text) for each in disagreements(spec)] or spec


def _problem(file: Path, error: ErrorDetails) -> Problem:
    """Say what pydantic found, without the names of the tables' kinds that it puts into the key."""
    loc = [part for part in error["loc"] if part != "[key]"]
    if loc[0] == "outcome" or loc[:2] in (["request", "auth"], ["report", "verify"]):
        del loc[2:3]
    match error["type"]:
        case "extra_forbidden":
            text = "is unknown"
        case "union_tag_not_found":
            text = "is missing"
        case "union_tag_invalid":
            text = f"one of {error['ctx']['expected_tags']} is expected"
        case _:
            text = sentence(error)
    if error["type"].startswith("union_tag"):
        loc.append("is" if loc[0] == "outcome" else "type")
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return Problem(f"{file.name} {key.removeprefix('.')}", text)


def _adapter_type(spec: SpecFile, source: str, version: str) -> AdapterType:
    said = spec.processor

    def build(settings: HttpProviderSettings, environment: Environment) -> Adapter:
        return _build(spec, settings, environment)

    return AdapterType(
        name=spec.provider.name,
        summary=spec.provider.summary,
        channels=(spec.provider.channel,),
        processor=Processor(
            company=said.company,
            country=said.country,
            fields={spec.provider.channel: spec.fields},
            processes_in=said.processes_in,
            privacy_url=said.privacy_url,
            dpa_url=said.dpa_url,
            transfer_basis=said.transfer_basis,
        ),
        capabilities=_capabilities(spec),
        settings=settings_model(spec),
        build=build,
        authenticates_by=_credentials(spec),
        source=source,
        docs_url=spec.provider.docs_url,
        verified_by=None if spec.report is None else spec.report.verify.type,
        answers=judged_answers(spec),
        words=judged_words(spec),
        erasures=judged_erasures(spec),
        version=version,
    )


def _capabilities(spec: SpecFile) -> Capabilities:
    can = spec.capabilities
    return Capabilities(
        idempotent=can.idempotent,
        unicode=can.unicode,
        segments=spec.response.segments is not None,
        alphanumeric_sender=can.alphanumeric_sender,
        redaction=can.redaction,
        dry_run=spec.has_dry_run,
        reports=spec.report is not None,
        polls=spec.poll is not None,
        balance=spec.balance is not None,
        erasure=spec.erase is not None,
    )


def _credentials(spec: SpecFile) -> str | None:
    """Return how a request shows whose it is; credentials may stand among the members of its body."""
    if spec.request.auth.type != "none":
        return spec.request.auth.type
    secrets = {name for name, setting in spec.settings.items() if setting.type == "secret"}
    used = frozenset[str]().union(*(template.names for template in templates_in(spec.request.body)))
    if not secrets & used:
        return None
    return "query" if spec.request.encoding == "query" else "body"


def _build(spec: SpecFile, settings: HttpProviderSettings, environment: Environment) -> Adapter:
    client = environment.connect(_connection(settings, settings.base_url))
    reporting = None if spec.report is None else SpecReports(spec, spec.report, settings)
    callback_url = environment.callback_url if reporting is not None and reporting.takes_reports() else None
    exchange = SpecExchange(spec, settings, callback_url)
    polling = None if spec.poll is None else SpecPoll(spec, spec.poll, settings)
    accounting = None if spec.balance is None else SpecBalance(spec, spec.balance, settings)
    erasing = None if spec.erase is None else SpecErasure(spec, spec.erase, settings)
    elsewhere = None
    if spec.erase is not None and spec.erase.base_url is not None:
        elsewhere = environment.connect(_connection(settings, base_url(spec.erase, settings)))
    parts = (client, exchange, reporting, polling, accounting, erasing, elsewhere)
    if not spec.has_dry_run:
        return SpecAdapter(*parts, spec_exchange=exchange)
    dry = SpecExchange(spec, settings, callback_url, is_dry_run=True)
    return DryRunAdapter(*parts, spec_exchange=exchange, dry_exchange=dry)


def _connection(settings: HttpProviderSettings, url: str) -> Connection:
    return Connection(
        base_url=url,
        timeout=settings.timeout,
        max_concurrency=settings.max_concurrency,
        allow_private_network=settings.allow_private_network,
        ca_file=settings.ca_file,
    )
