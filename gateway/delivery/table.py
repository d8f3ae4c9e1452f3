"""Reads one `[providers.NAME]` table into the settings of its type; every wrong key is a problem."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from gateway.config.sentences import sentence
from gateway.core.problem import Problem
from gateway.core.secret import Secret
from gateway.guard import tls_context
from gateway.provider import ProviderSettings

_FILE: Final = "_file"
_MAX_SECRET: Final = 64 * 1024  # bytes; a private key has a few thousand

S = TypeVar("S", bound=ProviderSettings)


def read_table(key: str, table: Mapping[str, Any], settings: type[S], *, base: Path) -> S | Sequence[Problem]:
    """Return the settings, or all that is wrong with them.

    A setting that is a Secret may be written as a path under its name with `_file`; the file's text counts without
    the white space around it. Relative paths begin at `base`. `key` is the table's own, such as `providers.main`.
    """
    values, problems = _with_secrets(key, table, settings, base)
    problems += _ca_problems(key, values)
    wrong_files = {problem.key.removesuffix(_FILE) for problem in problems}
    try:
        found = settings.model_validate(values)
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        told = [_problem(key, each, settings) for each in errors]
        return problems + [problem for problem in told if problem.key not in wrong_files]
    return problems or found


def _with_secrets(
    key: str, table: Mapping[str, Any], settings: type[ProviderSettings], base: Path
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the table with the secrets read from their files and its paths made absolute."""
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in table.items():
        target = name.removesuffix(_FILE)
        field = settings.model_fields.get(target)
        if name == target or field is None or not has_kind(Secret, field):
            values[name] = _absolute(value, settings.model_fields.get(name), base)
        elif target in table:
            problems.append(Problem(f"{key}.{name}", f"is given together with {target}"))
        else:
            secret = _read_secret(base, value)
            if secret is None:
                problems.append(Problem(f"{key}.{name}", "names no file with a secret in it that can be read"))
            else:
                values[target] = secret
    return values, problems


def has_kind(wanted: type, field: FieldInfo) -> bool:
    """Whether a setting is of a type, or may be."""
    return wanted in (field.annotation, *get_args(field.annotation))


def _absolute(value: object, field: FieldInfo | None, base: Path) -> object:
    is_path = field is not None and has_kind(Path, field) and isinstance(value, str) and value
    return base / str(value) if is_path else value


def _read_secret(base: Path, path: object) -> Secret | None:
    if not isinstance(path, str) or not path:
        return None
    try:
        with (base / path).open("rb") as file:
            text = file.read(_MAX_SECRET).decode().strip()
    except (OSError, ValueError):  # absent, not readable, a folder; a path with NUL, bytes that are no UTF-8
        return None
    return Secret(text) if text else None


def _problem(key: str, error: ErrorDetails, settings: type[ProviderSettings]) -> Problem:
    place = ".".join([key, *map(str, error["loc"])])
    if error["type"] == "extra_forbidden":
        return Problem(place, "is unknown" + _suggestion(str(error["loc"][0]), settings))
    if error["type"] == "missing" and has_kind(Secret, settings.model_fields[str(error["loc"][0])]):
        return Problem(place, f"is missing (or {error['loc'][0]}{_FILE})")
    return Problem(place, sentence(error))


def _suggestion(name: str, settings: type[ProviderSettings]) -> str:
    known = list(settings.model_fields)
    known += [name + _FILE for name, field in settings.model_fields.items() if has_kind(Secret, field)]
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _ca_problems(key: str, values: Mapping[str, Any]) -> list[Problem]:
    path = values.get("ca_file")
    try:
        if isinstance(path, Path):
            tls_context(path)
    except OSError:
        return [Problem(f"{key}.ca_file", "names no file with certificates in it (PEM) that can be read")]
    return []
