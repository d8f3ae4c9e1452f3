"""Settings: their forms and defaults, the example that names them all, and the reference page that is made of them."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from phonenumbers import SUPPORTED_REGIONS
from pydantic import BaseModel, ValidationError

from gateway.cli.reference import page, settings_of
from gateway.config import examine
from gateway.core.duration import parse_duration
from gateway.core.rate import Rate
from gateway.core.written import check_country, check_listen, host_and_port, parse_list
from gateway.provider import HttpProviderSettings, ProviderSettings
from gateway.settings import SECTIONS, RouteRule, Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "gateway.example.toml"

# Of `[providers.*]` the example shows these under a heading of its own.
PROVIDER_TABLE = "providers"


def example_keys() -> dict[str, dict[str, str]]:
    """Return, by table of the example, each key with what is written behind it, commented out or not."""
    tables: dict[str, dict[str, str]] = {}
    table: dict[str, str] = {}
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if header := re.fullmatch(r"#?\[+([a-z._-]+)[\w-]*\]+", line):
            name = header[1].split(".")[0] if header[1].startswith(PROVIDER_TABLE) else header[1]
            table = tables.setdefault(name, {})
        elif key := re.fullmatch(r"#?([a-z_]+) = (.+)", line):
            table.setdefault(key[1], key[2])
    return tables


def uncommented(folder: Path) -> Path:
    """Write the example with every setting switched on, beside the files that it names, and return its path."""
    text = re.sub(r"^#(?=[a-z\[])", "", EXAMPLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for name in re.findall(r'^(?:token_file|ca_file|\w+_file) = "(.+)"$', text, flags=re.MULTILINE):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("a secret for a test\n", encoding="ascii")
    path = folder / "gateway.toml"
    # A certificate is the one file whose content is read here, and what needs one goes with it.
    path.write_text(
        re.sub(r"^(tls_cert|tls_key|client_ca|listen_tls) = .*\n", "", text, flags=re.MULTILINE), encoding="utf-8"
    )
    return path


def test_the_example_is_in_order_as_it_is(tmp_path: Path) -> None:
    """The example has no problem and no warning."""
    path = tmp_path / "gateway.toml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    found = examine(path, {"UMSCHLAG_HOME": str(tmp_path / "home")})
    assert (found.problems, found.warnings) == ((), ())


def test_the_example_is_in_order_with_everything_switched_on(tmp_path: Path) -> None:
    """Every line that is commented out is one that may be switched on."""
    found = examine(uncommented(tmp_path), {"UMSCHLAG_HOME": str(tmp_path / "home")})
    assert found.problems == ()
    assert found.warnings == ()


def test_the_example_names_every_setting() -> None:
    """Each key of each table, of the rules and of all providers stands in the example, and no other."""
    expected = {name: set(section.model_fields) for name, section in SECTIONS.items()}
    expected["routes"].discard("rules")
    expected["routes.rules"] = set(RouteRule.model_fields)
    shown = {name: set(keys) for name, keys in example_keys().items()}
    providers = shown.pop(PROVIDER_TABLE)
    assert shown == expected
    assert set(HttpProviderSettings.model_fields) - providers == set()


def test_the_example_shows_the_defaults() -> None:
    """What is commented out is what holds without it, wherever there is a default."""
    shown = example_keys()
    differing = {
        f"{name}.{setting.key}": shown[name][setting.key]
        for name, section in SECTIONS.items()
        for setting in settings_of(section)
        if setting.default and shown[name].get(setting.key) != setting.default
    }
    assert differing == {"gateway.name": '"gateway.example"'}


def test_the_reference_page_is_the_models() -> None:
    """docs/settings.md is what `python -m gateway.cli.reference` prints."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page()


def test_the_reference_page_lists_every_setting() -> None:
    """Every key with its meaning stands on the page."""
    models: list[type[BaseModel]] = [*SECTIONS.values(), RouteRule, ProviderSettings, HttpProviderSettings]
    text = page()
    settings = [setting for model in models for setting in settings_of(model)]
    assert [each.key for each in settings if f"| `{each.key}` | {each.form} |" not in text or not each.meaning] == []


@pytest.mark.parametrize("section", [name for name in SECTIONS if name != "routes"])
def test_defaults_are_written_as_they_are_read(section: str) -> None:
    """The default that the reference shows, written into a table, changes nothing."""
    model = SECTIONS[section]
    written = {each.key: each.default.strip('"') for each in settings_of(model) if each.default}
    assert model.model_validate(written) == model()


@pytest.mark.parametrize(
    "section, key, written, read",
    [
        ("retention", "content", "90m", timedelta(minutes=90)),
        ("delivery", "backoff_first", "500ms", timedelta(milliseconds=500)),
        ("http", "max_body", "1MiB", 1 << 20),
        ("http", "max_body", 1000, 1000),
        ("limits", "rate", "600/m", Rate(600, 60)),
        ("routes", "email", "a", ("a",)),
        ("routes", "email", " a , b,", ("a", "b")),
        ("routes", "email", '["a", "b"]', ("a", "b")),
        ("gateway", "name", "Gateway.Example", "gateway.example"),
    ],
)
def test_forms_are_read(section: str, key: str, written: object, read: object) -> None:
    """Durations, sizes, rates and lists are read from how people write them."""
    settings = Settings.model_validate({section: {key: written}})
    assert getattr(getattr(settings, section), key) == read


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "[::1]:8025", "localhost:65535", "gateway.example:1"])
def test_a_listener_is_split(listen: str) -> None:
    """Host and port come apart; the brackets of IPv6 are no part of the host."""
    host, port = host_and_port(check_listen(listen))
    assert listen in {f"{host}:{port}", f"[{host}]:{port}"}


def test_countries_are_a_closed_list() -> None:
    """Every region that has telephone numbers is one, and what is none could only be a slip: it would match nothing."""
    assert sorted(SUPPORTED_REGIONS) == [check_country(each) for each in sorted(SUPPORTED_REGIONS)]
    for text in ("", "D", "de", "UK", "XX", "DEU", "EU"):
        with pytest.raises(ValueError, match="a country of two capital letters"):
            check_country(text)


@pytest.mark.parametrize("listen", ["", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "a b:80", "x:٣"])
def test_no_listener(listen: str) -> None:
    """What is no address with a port is refused, and not repeated."""
    with pytest.raises(ValueError, match="an address with a port") as caught:
        check_listen(listen)
    assert str(caught.value) == "an address with a port, such as 127.0.0.1:8025 or [::1]:8025, is expected"


def test_a_broken_json_list_is_not_repeated() -> None:
    """The parser's error, which holds the text, is neither shown nor kept."""
    with pytest.raises(ValueError, match="a list such as") as caught:
        parse_list('["S3NT"')
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


def test_a_duration_beyond_all_calendars_is_refused() -> None:
    """A number of years that no clock has is an error of the setting, not of the program."""
    with pytest.raises(ValueError, match="less than a million years"):
        parse_duration("999999999y")


@pytest.mark.parametrize("tables", [{"providers": {"a": {"api_key": "S3NT"}}}, {"controller": {"phone": 49}}])
def test_settings_do_not_show_what_was_written(tables: dict[str, Any]) -> None:
    """Neither the repr of settings nor an error about them holds a secret."""
    try:
        text = repr(Settings.model_validate(tables))
    except ValidationError as error:
        text = str(error)
    assert "S3NT" not in text
    assert "49" not in text


def test_settings_are_made_from_arguments_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the process is not read behind the caller's back."""
    for name in ("HTTP", "UMSCHLAG_HTTP", "UMSCHLAG_HTTP__LISTEN"):
        monkeypatch.setenv(name, '{"listen": "0.0.0.0:1"}')
    assert Settings().http.listen == "127.0.0.1:8025"
