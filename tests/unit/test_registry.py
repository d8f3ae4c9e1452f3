"""Adapter types that are installed, and providers built of the configuration's tables."""

import sys
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from gateway.core.message import Channel
from gateway.core.problem import Problem
from gateway.core.secret import Secret
from gateway.delivery.registry import Provider, adapter_types, build_providers, read_specs
from gateway.http_client import AiohttpClient
from gateway.provider import Environment

Install = Callable[[str], None]
ENVIRONMENT = Environment("gateway.example", AiohttpClient)
SEVEN: Mapping[str, Any] = {"type": "seven", "api_key": "S3NT-KEY"}

# A third party's package: a type of its own made of the sandbox's.
FOREIGN = """
from dataclasses import replace
from providers.sandbox import TYPE as SANDBOX

TYPE = replace(SANDBOX, name="in-house", source="in_house")
TWICE = replace(SANDBOX, source="in_house")
NOTHING = object()
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Return what installs a third party's package with entry points."""

    def put(entry_points: str) -> None:
        about = tmp_path / "site" / "in_house-1.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text("Name: in_house\nVersion: 1\n", encoding="utf-8")
        (about / "entry_points.txt").write_text(entry_points, encoding="utf-8")
        (tmp_path / "site" / "in_house.py").write_text(FOREIGN, encoding="utf-8")
        monkeypatch.syspath_prepend(str(tmp_path / "site"))
        monkeypatch.delitem(sys.modules, "in_house", raising=False)

    return put


def build(
    tables: Mapping[str, Mapping[str, Any]], base: Path = Path("/nowhere")
) -> tuple[dict[str, Provider], list[Problem]]:
    """Build providers of the types that come along."""
    types, problems = adapter_types()
    assert problems == []
    return build_providers(tables, types, ENVIRONMENT, base=base)


def problems_of(table: Mapping[str, Any], base: Path = Path("/nowhere")) -> list[str]:
    """Return what is wrong with one table, as people read it."""
    return [str(problem) for problem in build({"main": table}, base)[1]]


def test_the_types_that_come_along() -> None:
    """Adapters in Python and in spec files stand side by side."""
    types, problems = adapter_types()
    assert {"sandbox", "smtp", "seven", "gatewayapi", "lox24"} <= types.keys()
    assert {name: kind.name for name, kind in types.items()} == {name: name for name in types}
    assert problems == []


def test_a_third_party_adds_a_type(install: Install) -> None:
    """An installed package's entry point is a type like any other."""
    install("[umschlag.providers]\nin-house = in_house:TYPE\n")
    types, problems = adapter_types()
    assert types["in-house"].source == "in_house"
    assert problems == []


@pytest.mark.parametrize(
    "entry_points, expected",
    [
        (
            "[umschlag.providers]\nx = in_house:MISSING\n",
            Problem("umschlag.providers x", "cannot be loaded (AttributeError)"),
        ),
        ("[umschlag.providers]\nx = in_house:NOTHING\n", Problem("umschlag.providers x", "is no adapter type")),
        (
            "[umschlag.provider_specs]\nx = in_house:MISSING\n",
            Problem("umschlag.provider_specs x", "cannot be loaded (AttributeError)"),
        ),
        (
            "[umschlag.providers]\nx = in_house:TWICE\n",
            Problem("type sandbox", "is declared more than once: built in, in_house"),
        ),
    ],
)
def test_a_broken_package_is_a_problem(entry_points: str, expected: Problem, install: Install, tmp_path: Path) -> None:
    """What cannot be used is named, once, and the other types are there."""
    install(entry_points)
    types, problems = adapter_types(tmp_path / "providers.d")
    assert problems == [expected]
    assert "seven" in types


def spec(name: str) -> str:
    """Return the smallest spec file."""
    return textwrap.dedent(f"""\
        # In-house SMS.
        spec = 1
        provider = {{ name = "{name}", summary = "In-house SMS.", channel = "sms" }}
        response = {{ provider_ref = "/id" }}
        [request]
        path = "/send"
        encoding = "json"
        auth = {{ type = "none" }}
        body = {{ to = "{{recipient}}", text = "{{text}}" }}
        [[outcome]]
        status = 200
        is = "accepted"
        """)


def test_the_operators_spec_has_equal_rank(tmp_path: Path) -> None:
    """A file in the folder is a type; one that takes a built-in name takes it from both."""
    (tmp_path / "acme.toml").write_text(spec("acme"), encoding="utf-8")
    (tmp_path / "own.toml").write_text(spec("seven"), encoding="utf-8")
    types, problems = adapter_types(tmp_path)
    assert (types["acme"].source, types["acme"].channels) == ("acme.toml", (Channel.SMS,))
    assert "seven" not in types
    assert problems == [Problem("type seven", "is declared more than once: built in, own.toml")]


def test_one_file_can_be_read_alone(tmp_path: Path) -> None:
    """That is how a new spec is checked."""
    (tmp_path / "acme.toml").write_text(spec("acme"), encoding="utf-8")
    (tmp_path / "bad.toml").write_text("spec = 2\n", encoding="utf-8")
    types, problems = read_specs(tmp_path / "acme.toml")
    assert ([kind.name for kind in types], problems) == (["acme"], [])


def test_a_provider_is_built() -> None:
    """A table becomes a provider with its settings, its type and its adapter."""
    built, problems = build({"main": {**SEVEN, "max_concurrency": "5", "timeout": "10s"}})
    assert problems == []
    assert (built["main"].name, built["main"].type.name, built["main"].settings.max_concurrency) == ("main", "seven", 5)
    assert "S3NT" not in repr(built)


def test_all_problems_are_told_at_once() -> None:
    """Every wrong key of every table, and none of their values; what is right is built."""
    tables: dict[str, dict[str, Any]] = {
        "good": {"type": "sandbox"},
        "bad": {"type": "sandbox", "outcom": "S3NT", "max_concurrency": 0, "timeout": "S3NT", "ca_file": "S3NT"},
        "none": {},
        "number": {"type": 5},
        "unknown": {"type": "S3NT"},
        "wrong name": {"type": "sandbox"},
    }
    built, problems = build(tables)
    types = ", ".join(sorted(adapter_types()[0]))
    assert list(built) == ["good"]
    assert [str(problem) for problem in problems] == [
        "providers.bad.ca_file: names no file with certificates in it (PEM) that can be read",
        "providers.bad.max_concurrency: a number from 1 on is expected",
        "providers.bad.timeout: a duration such as 30s, 2m, 48h, 90d or 10y is expected",
        "providers.bad.outcom: is unknown; did you mean outcome?",
        "providers.none.type: is missing",
        "providers.number.type: a text is expected",
        f"providers.unknown.type: is no adapter type; there are {types}",
        "providers.wrong name: a name of up to 64 letters, digits, dots, - and _ is expected",
    ]


def test_a_secret_from_a_file(tmp_path: Path) -> None:
    """A relative path begins at the configuration's folder; white space around the secret is not part of it."""
    (tmp_path / "key").write_text("  S3NT-KEY\n\n", encoding="utf-8")
    built, problems = build({"main": {"type": "seven", "api_key_file": "key"}}, tmp_path)
    assert problems == []
    assert getattr(built["main"].settings, "api_key", None) == Secret("S3NT-KEY")


UNREADABLE = "providers.main.api_key_file: names no file with a secret in it that can be read"


@pytest.mark.parametrize(
    "table, expected",
    [
        ({}, ["providers.main.api_key: is missing (or api_key_file)"]),
        ({"api_key": ""}, ["providers.main.api_key: a non-empty text is expected"]),
        ({"api_key": 5}, ["providers.main.api_key: a non-empty text is expected"]),
        ({"api_key": "two\nlines"}, ["providers.main.api_key: one line of ASCII is expected"]),
        ({"api_key_file": "absent"}, [UNREADABLE]),
        ({"api_key_file": "."}, [UNREADABLE]),
        ({"api_key_file": "empty"}, [UNREADABLE]),
        ({"api_key_file": "bytes"}, [UNREADABLE]),
        ({"api_key_file": "nul\0"}, [UNREADABLE]),
        ({"api_key_file": ""}, [UNREADABLE]),
        ({"api_key_file": 5}, [UNREADABLE]),
        (
            {"api_key": "x", "api_key_file": "key"},
            ["providers.main.api_key_file: is given together with api_key"],
        ),
        (
            {"api_key": "x", "base_url_file": "key"},
            ["providers.main.base_url_file: is unknown; did you mean base_url?"],
        ),
        (
            {"api_keyfile": "key"},
            [
                "providers.main.api_key: is missing (or api_key_file)",
                "providers.main.api_keyfile: is unknown; did you mean api_key_file?",
            ],
        ),
        ({"api_key": "x", "zzz": 1}, ["providers.main.zzz: is unknown"]),
        (
            {"api_key": "x", "base_url": "http://api.example"},
            ["providers.main.base_url: https:// is expected (http:// is possible with allow_private_network = true)"],
        ),
    ],
)
def test_wrong_keys(table: Mapping[str, Any], expected: list[str], tmp_path: Path) -> None:
    """Each wrong key is named with what is expected; a secret is never shown, nor where it was looked for."""
    (tmp_path / "key").write_text("S3NT", encoding="utf-8")
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert problems_of({"type": "seven", **table}, tmp_path) == expected


def test_a_ca_file_is_read_when_the_provider_is_built(tmp_path: Path) -> None:
    """A relative path begins at the configuration's folder; a wrong file is found before anything is sent."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    built, problems = build({"main": {**SEVEN, "ca_file": "ca.pem"}}, tmp_path)
    assert problems == []
    assert built["main"].settings.ca_file == tmp_path / "ca.pem"
    assert problems_of({**SEVEN, "ca_file": 5}, tmp_path) == ["providers.main.ca_file: a path is expected"]


def test_the_processor_is_the_types_unless_the_table_says_more() -> None:
    """An operator who knows better, or uses a smarthost of somebody, names the company."""
    said = {"company": "Acme Ltd", "country": "IE", "processes_in": ["IE", "DE"], "dpa_url": "https://acme.example/dpa"}
    built, problems = build({"plain": SEVEN, "said": {**SEVEN, **said}})
    assert problems == []
    plain, own = built["plain"].processor, built["said"].processor
    assert plain == built["plain"].type.processor
    assert (own.company, own.country, own.processes_in, own.dpa_url) == (
        "Acme Ltd",
        "IE",
        ("IE", "DE"),
        "https://acme.example/dpa",
    )
    assert (own.privacy_url, own.fields) == (plain.privacy_url, plain.fields)
