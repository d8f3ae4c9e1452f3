"""The page on how to add a provider says all that the grammar has, and its example works."""

import re
import tomllib
from pathlib import Path

from gateway.core.duration import parse_duration
from gateway.core.message import Sms
from gateway.core.outcome import Accepted, Blame, Outcome, Reason, Rejected
from gateway.provider import Erasure, Gone, HttpResponse, NotYet
from providers.http_spec import grammar, later
from providers.http_spec.placeholder import PLACEHOLDERS
from providers.http_spec.table import Table
from tests.spec_files import REFERENCE, adapter, read, request

PAGE = (Path(__file__).parents[2] / "providers" / "README.md").read_text(encoding="utf-8")
EXAMPLE, TABLE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
TOKEN = {"token": "t0ken"}


def test_every_key_and_placeholder_is_there() -> None:
    """Nothing that a spec file may say is left out."""
    words = [*vars(grammar).values(), *vars(later).values()]
    tables = [kind for kind in words if isinstance(kind, type) and issubclass(kind, Table)]
    keys = {field.alias or name for table in tables for name, field in table.model_fields.items()}
    names = {f"{{{name}}}" for placeholders in PLACEHOLDERS.values() for name in placeholders}
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", PAGE)] == []
    assert [name for name in sorted(names) if f"`{name}`" not in PAGE] == []


def test_the_example_writes_a_request(tmp_path: Path) -> None:
    """The example is a spec file, and sends what it seems to send."""
    written = request(EXAMPLE, tmp_path, Sms("+4915112345678", "Grüße"), TOKEN)
    assert (written.url, written.body.decode()) == (
        "https://api.example/v1/send",
        f"number=004915112345678&text=Gr%C3%BC%C3%9Fe&tag={REFERENCE}&keep=false",
    )
    assert written.headers["Authorization"] == "Bearer t0ken"


def test_the_example_reads_answers(tmp_path: Path) -> None:
    """Its regular expressions find what they are for."""
    exchange = adapter(read(EXAMPLE, tmp_path), TOKEN).exchange
    answers: dict[bytes, Outcome] = {
        b"OK 4711\n": Accepted("4711"),
        b"ERR 11\n": Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT),
    }
    assert {raw: exchange.outcome(HttpResponse(200, {}, raw), REFERENCE) for raw in answers} == answers


def test_the_example_has_messages_erased(tmp_path: Path) -> None:
    """By a call of its own, with the same token."""
    erasing = adapter(read(EXAMPLE, tmp_path), TOKEN).erasing
    assert erasing is not None
    written = erasing.request("4711")
    assert (written.method, written.url, written.body) == ("POST", "https://api.example/v1/forget", b"id=4711")
    assert written.headers["Authorization"] == "Bearer t0ken"
    answers: dict[bytes, Erasure] = {
        b"OK\n": Gone(),
        b"UNKNOWN\n": Gone(),
        b"BUSY\n": NotYet(Reason.REFUSED, parse_duration("30s")),
    }
    assert {raw: erasing.erasure(HttpResponse(200, {}, raw)) for raw in answers} == answers


def test_the_examples_table_fits(tmp_path: Path) -> None:
    """What the operator writes into the configuration is what the type wants."""
    table = tomllib.loads(TABLE)["providers"]["cellar"]
    secrets = {"token": table.pop("token_file"), "callback_secret": "0123456789abcdef"}
    assert table.pop("callback_secret_file") == "house.callback"
    settings = read(EXAMPLE, tmp_path).settings.model_validate(table | secrets)
    assert settings.type == "house"
