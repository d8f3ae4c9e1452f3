"""The environment as a source of settings: `UMSCHLAG_SECTION__KEY`."""

import difflib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.config.key import Key
from gateway.core.problem import Problem
from gateway.settings import SECTIONS, Settings

PREFIX: Final = "UMSCHLAG_"
OWN: Final = frozenset({"UMSCHLAG_CONFIG", "UMSCHLAG_HOME", "UMSCHLAG_KEY_FILE", "UMSCHLAG_URL"})

# What Kubernetes puts into every container where a service is called "umschlag"
# (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
_SERVICE_LINK: Final = re.compile(
    r"UMSCHLAG_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_SETTING_PARTS: Final = 2  # section and key
_PROVIDER_PARTS: Final = 3  # section, name of the provider and key


@dataclass(slots=True)
class Variables:
    """What the environment says: a tree of texts as the file would have it, and which variable said what."""

    tree: dict[str, Any] = field(default_factory=dict)
    names: dict[Key, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_variables(environ: Mapping[str, str], providers: Collection[str]) -> Variables:
    """Read all `UMSCHLAG_*` variables; `providers` are the names in the file, which keep their dashes there."""
    found = Variables()
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in OWN or _SERVICE_LINK.fullmatch(name):
            continue
        try:
            key = _key_of(name, providers)
        except ValueError as error:
            found.problems.append(Problem(name, str(error)))
            continue
        _put(found.tree, key, environ[name])
        found.names[key] = name
    _drop_strangers(found, providers)
    return found


def _drop_strangers(found: Variables, providers: Collection[str]) -> None:
    """Tell and leave out what speaks of a provider that is neither in the file nor given a type here: a slip."""
    tables = found.tree.get("providers", {})
    for provider in [name for name in tables if name not in providers and "type" not in tables[name]]:
        close = difflib.get_close_matches(provider, providers, n=1)
        text = "names no configured provider" + (f"; did you mean {close[0]}?" if close else "")
        for setting in tables.pop(provider):
            found.problems.append(Problem(found.names.pop(("providers", provider, setting)), text))


def _key_of(name: str, providers: Collection[str]) -> tuple[str, ...]:
    """Return the key that a variable sets. Raises ValueError where there is none."""
    section, *rest = name.removeprefix(PREFIX).split("__")
    parts = (section.lower(), *rest)
    if parts[0] not in Settings.model_fields or not all(parts):
        raise ValueError(_unknown(name))
    if parts[0] != "providers":
        if len(parts) != _SETTING_PARTS:
            raise ValueError(_unknown(name))
        return parts[0], parts[1].lower()
    if len(parts) != _PROVIDER_PARTS:
        raise ValueError("is unknown; a provider's setting is written UMSCHLAG_PROVIDERS__NAME__KEY")
    return "providers", _provider_named(parts[1], providers), parts[2].lower()


def _provider_named(written: str, providers: Collection[str]) -> str:
    """Return the provider of the file that is meant, whatever its case and dashes, else a new name in lower case."""
    if written in providers:
        return written
    meant = [name for name in providers if _plain(name) == _plain(written)]
    if len(meant) > 1:
        raise ValueError("could mean more than one provider; write its name exactly as in the file")
    return meant[0] if meant else written.lower()


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")


def _put(tree: dict[str, Any], key: tuple[str, ...], value: str) -> None:
    *tables, last = key
    for table in tables:
        tree = tree.setdefault(table, {})
    tree[last] = value


def _unknown(name: str) -> str:
    close = difflib.get_close_matches(name.upper(), [*sorted(OWN), *_known()], n=1, cutoff=0.8)
    return (
        f"is unknown; did you mean {close[0]}?" if close else "is unknown; a setting is written UMSCHLAG_SECTION__KEY"
    )


def _known() -> Iterator[str]:
    """Yield every variable that sets a key of a section."""
    for name, section in SECTIONS.items():
        for key in section.model_fields:
            yield f"{PREFIX}{name}__{key}".upper()
