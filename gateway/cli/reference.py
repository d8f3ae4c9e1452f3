"""The reference page of all settings, made from their models: `python -m gateway.cli.reference > docs/settings.md`."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gateway.core.duration import format_duration
from gateway.core.secret import Secret
from gateway.provider import CallbackSettings, HttpProviderSettings, ProviderSettings
from gateway.settings import SECTIONS, Form, RouteRule

_PLAIN_FORMS: Final = {str: "text", int: "number", bool: "true or false", Path: "path", Secret: "secret"}

_BOUNDS: Final = {"ge": "from", "le": "to"}

_HEAD: Final = """\
# Settings

This page is made from the program: `python -m gateway.cli.reference > docs/settings.md`.

One TOML file, named by `--config` or `UMSCHLAG_CONFIG`, with the environment over it: `UMSCHLAG_HTTP__LISTEN` is
`listen` of `[http]`, `UMSCHLAG_PROVIDERS__SEVEN_MAIN__API_KEY` is `api_key` of `[providers.seven-main]`. In variables a
list is written `a,b`, or as a JSON list where its items are tables. `umschlag check` tells all that is wrong.

| form | is written |
| --- | --- |
| duration | `500ms`, `30s`, `2m`, `48h`, `90d`, `10y` (a year is 365.25 days) |
| rate | `10/s`, `600/m`, `1000/h`, `5000/d` |
| size | `64KB`, `1MB` (powers of 1000), `1MiB` (powers of 1024), or a number of bytes |
| address:port | `127.0.0.1:8025`, `[::1]:8025`; port 0 takes a free one |
| domain | `gateway.example` |
| address | `https://gateway.example`, with a path or without |
| country | ISO 3166 alpha-2: `DE` |
| prefix | the beginning of a number in E.164: `+4366` |
| path | relative to the file it stands in; in a variable, to the working folder |
| secret | text; `KEY_file` names a file that holds it instead |
| list | `["a", "b"]`, or `"a,b"` |
| route | a list of providers: `["a", "b"]`. Equal ones with weights: `[{ a = 3, b = 1 }, "c"]` |

Variables that are no settings: `UMSCHLAG_CONFIG` (the file), `UMSCHLAG_HOME` (the state folder; without it `umschlag`
in `$XDG_STATE_HOME` or `~/.local/state`), `UMSCHLAG_URL` and `UMSCHLAG_KEY_FILE` (for `umschlag send`).
"""


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: how it is written, what holds without it (None: it has to be there), and what it means."""

    key: str
    form: str
    default: str | None
    meaning: str

    def members(self) -> dict[str, Any]:
        """Return it as JSON members."""
        return asdict(self)


def settings_of(model: type[BaseModel]) -> Sequence[Setting]:
    """Return the settings that a model declares, its parents' first."""
    return [
        Setting(name, _form(field), None if field.is_required() else written_default(field), field.description or "")
        for name, field in model.model_fields.items()
    ]


def written_default(field: FieldInfo) -> str:
    """Write a default as TOML has it; nothing where there is none."""
    value = field.get_default(call_default_factory=True)
    if value in {None, (), ""}:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return f'"{format_duration(value) if isinstance(value, timedelta) else value}"'


def _form(field: FieldInfo) -> str:
    form = next(iter(_forms(field.annotation, field.metadata)), "text")
    if form != "number":
        return form
    bounds = {name: getattr(bound, name) for bound in field.metadata for name in ("ge", "le") if hasattr(bound, name)}
    return form + "".join(f" {_BOUNDS[name]} {bound}" for name, bound in bounds.items())


def _forms(annotation: Any, metadata: Iterable[object] = ()) -> Iterator[str]:  # noqa: ANN401 (any type)
    """Yield how a type is written, the most special word first."""
    yield from (found.name for found in metadata if isinstance(found, Form))
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from _forms(inner[0], inner[1:])
    elif origin in {Union, UnionType}:
        for each in inner:
            yield from _forms(each) if each is not NoneType else ()
    elif origin is Literal:
        yield " or ".join(inner)
    elif origin is tuple:
        yield _list_form(next(_forms(inner[0]), ""))
    elif isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield " or ".join(annotation)
    elif annotation in _PLAIN_FORMS:
        yield _PLAIN_FORMS[annotation]


def _list_form(item: str) -> str:
    if item == "route":
        return item
    plurals = {"country": "countries", "prefix": "prefixes", "domain": "domains"}
    return f"list of {plurals[item]}" if item in plurals else "list"


def page() -> str:
    """Return the whole reference page."""
    parts = [_HEAD]
    for name, section in SECTIONS.items():
        parts += [_part(f"[{name}]", section)]
    parts += [
        _part("[[routes.rules]]", RouteRule),
        _part("[providers.NAME], whatever the type", ProviderSettings),
        _part("[providers.NAME], of every type over HTTP, besides", HttpProviderSettings, without=ProviderSettings),
        _part("[providers.NAME], where the vendor calls back, besides", CallbackSettings, without=HttpProviderSettings),
        "The settings of each type: `umschlag providers list TYPE`.\n",
    ]
    return "\n".join(parts)


def _part(title: str, model: type[BaseModel], *, without: type[BaseModel] | None = None) -> str:
    known = without.model_fields if without else {}
    rows = [setting for setting in settings_of(model) if setting.key not in known]
    sentence = (model.__doc__ or "").splitlines()[0].partition("`: ")[2]
    lines = [f"## {title}", "", *([sentence[:1].upper() + sentence[1:], ""] if sentence else [])]
    lines += ["| key | form | default | meaning |", "| --- | --- | --- | --- |", *map(_row, rows), ""]
    return "\n".join(lines)


def _row(setting: Setting) -> str:
    default = "required" if setting.default is None else f"`{setting.default}`" if setting.default else ""
    return f"| `{setting.key}` | {setting.form} | {default} | {setting.meaning} |".replace("  ", " ")


if __name__ == "__main__":
    sys.stdout.write(page())
