"""The page of all providers, made from their types: `python -m gateway.cli.providers_page > docs/providers.md`."""

import sys
from collections.abc import Iterable
from typing import Final

from gateway.core.message import Channel
from gateway.delivery.registry import adapter_types
from gateway.provider import AdapterType

_HEAD: Final = """\
# Providers

This page is made from the program: `python -m gateway.cli.providers_page > docs/providers.md`.

Every type that comes with Umschlag: `type` of a `[providers.NAME]` table. Its settings: `umschlag providers list TYPE`.
Another one is a file away: [how to add a provider](../providers/README.md).

A company, a country or a place that is not verified is not declared, and stands here as *not known*. Where messages
go to such a type, the operator says it in the table (`company`, `country`, `processes_in`), and the notice has it then.

| column | says |
| --- | --- |
| receives | the documented fields that leave; besides them our opaque reference and our own credentials do |
| credentials | where a request has them: basic, bearer, a header, the body, the query, a signature, a login |
| reports | whether it calls back, is asked, or neither |
| known by | how its calls are known: a signature of the named kind; `secret`, in the path; `ask`, by asking back |
| told | whether it can be told to keep no content, and always is |
| dry run | whether it checks a message without sending it |
| once | whether a message that is handed over twice is one message there |
| erases | whether it has a call that erases what it keeps of a sent message: erased here, erased there |
"""

_CHANNELS: Final = {Channel.SMS: "SMS", Channel.EMAIL: "E-mail"}
_COLUMNS: Final = (
    "type",
    "company",
    "country",
    "processes in",
    "receives",
    "credentials",
    "reports",
    "known by",
    "told",
    "dry run",
    "once",
    "erases",
)


def page() -> str:
    """Return the whole page."""
    types, problems = adapter_types()
    assert not problems, "a built-in type is wrong"  # noqa: S101 (the tests of the types)
    parts = [_HEAD]
    for channel, title in _CHANNELS.items():
        parts += [
            f"## {title}",
            "",
            *_table(types[name] for name in sorted(types) if channel in types[name].channels),
            "",
        ]
    parts += ["## What they are", "", "| type | is | documentation |", "| --- | --- | --- |"]
    parts += [f"| `{name}` | {types[name].summary} | {_link(types[name])} |" for name in sorted(types)]
    return "\n".join(parts) + "\n"


def _table(types: Iterable[AdapterType]) -> Iterable[str]:
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"| {' | '.join('---' for _ in _COLUMNS)} |"
    for kind in types:
        yield f"| {' | '.join(_cells(kind))} |"


def _cells(kind: AdapterType) -> Iterable[str]:
    company, can = kind.processor, kind.capabilities
    is_nobody = not company.fields
    unknown = "nobody" if is_nobody else "*not known*"
    yield f"`{kind.name}`"
    yield _linked(company.company or unknown, company.privacy_url)
    yield company.country or ("" if is_nobody else unknown)
    yield ", ".join(company.processes_in) or ("" if is_nobody else unknown)
    yield ", ".join(sorted({field for fields in company.fields.values() for field in fields}))
    yield kind.authenticates_by or ""
    yield " and ".join(word for word, can_it in (("calls", can.reports), ("asked", can.polls)) if can_it)
    yield f"`{kind.verified_by}`" if kind.verified_by else ""
    yield from ("yes" if can_it else "" for can_it in (can.redaction, can.dry_run, can.idempotent, can.erasure))


def _linked(text: str, url: str | None) -> str:
    return f"[{text}]({url})" if url else text


def _link(kind: AdapterType) -> str:
    return f"[{kind.docs_url.removeprefix('https://').partition('/')[0]}]({kind.docs_url})" if kind.docs_url else ""


if __name__ == "__main__":
    sys.stdout.write(page())
