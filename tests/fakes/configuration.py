"""Writes the configuration file of a gateway under test."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

Tables = Mapping[str, object]


def merged(tables: Tables, over: Tables) -> dict[str, object]:
    """Return `tables` with the keys of `over` in their places, table by table."""
    result = dict(tables)
    for name, value in over.items():
        below = result.get(name)
        both = isinstance(value, Mapping) and isinstance(below, Mapping)
        result[name] = merged(cast("Tables", below), cast("Tables", value)) if both else value
    return result


def write(path: Path, tables: Tables) -> None:
    """Write `tables` to `path` as TOML."""
    path.write_text("".join(_table((name,), table) for name, table in tables.items()), encoding="utf-8")


def _table(name: Sequence[str], table: object) -> str:
    assert isinstance(table, Mapping)
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    tables = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    lines = [f"[{'.'.join(map(json.dumps, name))}]"]
    lines += [f"{json.dumps(key)} = {_value(value)}" for key, value in plain.items()]
    return "\n".join([*lines, ""]) + "".join(_table((*name, key), value) for key, value in tables.items())


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    # JSON's strings, numbers and truth values are TOML's too.
    return json.dumps(str(value) if isinstance(value, Path) else value)
