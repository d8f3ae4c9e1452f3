"""Configurations as data files with their problems, the environment over them, and what holds without a file."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.config import ConfigError, examine, load
from gateway.core.problem import Problem
from gateway.settings import Settings

CONFIGS = Path(__file__).parents[1] / "configs"
BAD = sorted((CONFIGS / "bad").glob("*.toml"))
MARK = "S3NT"


def environment_of(path: Path, home: Path) -> dict[str, str]:
    """Return the variables that stand beside a configuration, and a home."""
    beside = path.with_suffix(".env")
    lines = beside.read_text(encoding="utf-8").splitlines() if beside.exists() else []
    return {"UMSCHLAG_HOME": str(home), **dict(line.split("=", 1) for line in lines)}


def write(folder: Path, text: str) -> Path:
    """Write a configuration file and return its path."""
    path = folder / "umschlag.toml"
    path.write_text(text, encoding="utf-8")
    return path


def settings_of(folder: Path, text: str, environ: Mapping[str, str] | None = None) -> Settings:
    """Load a configuration from its text."""
    return load(write(folder, text), {"UMSCHLAG_HOME": str(folder / "home"), **(environ or {})}).settings


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_every_problem_is_told_at_once(path: Path, tmp_path: Path) -> None:
    """A bad configuration is refused with all its problems, each by key and line or variable, and no value."""
    expected = path.with_suffix(".problems").read_text(encoding="utf-8").splitlines()
    with pytest.raises(ConfigError) as caught:
        load(path, environment_of(path, tmp_path))
    assert expected == [str(problem) for problem in caught.value.problems]
    texts = [problem.text for problem in caught.value.problems]
    assert [text for text in texts if MARK in text.replace(f"UMSCHLAG_{MARK}", "")] == []


def test_no_exception_holds_a_value(tmp_path: Path) -> None:
    """What is raised has no cause that would print the text of the file."""
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, f'[http]\nlisten = "{MARK}'), {"UMSCHLAG_HOME": str(tmp_path)})
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)
    assert MARK not in repr(caught.value)


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """A path that cannot be read is told by the file's name and the kind of error."""
    found = examine(tmp_path / "none.toml", {"UMSCHLAG_HOME": str(tmp_path)}).problems
    assert [Problem("none.toml", "cannot be read (FileNotFoundError)")] == list(found)


def test_a_file_in_another_encoding_is_a_problem(tmp_path: Path) -> None:
    """TOML is UTF-8; the first line that is not is named."""
    path = tmp_path / "latin.toml"
    path.write_bytes("# first\n[controller]\nname = 'Müller'\n".encode("latin-1"))
    assert [Problem("latin.toml", "is not UTF-8", 3)] == list(examine(path, {"UMSCHLAG_HOME": str(tmp_path)}).problems)


def test_without_a_file_the_sandbox_takes_both_channels(tmp_path: Path) -> None:
    """The embedded default keeps its state in the home, routes to the sandbox and logs for people."""
    found = load(None, {"UMSCHLAG_HOME": str(tmp_path)})
    assert (found.settings.routes.email, found.settings.routes.sms) == (("sandbox",), ("sandbox",))
    assert found.settings.providers == {"sandbox": {"type": "sandbox"}}
    assert f"sqlite:///{tmp_path}/data/spool.db" == found.settings.spool.url
    assert f"dir:///{tmp_path}/keys" == found.settings.keyring.url
    assert tmp_path / "admin.token" == found.settings.admin.token_file
    assert ("console", None, tmp_path) == (found.settings.log.format, found.path, found.folder)


def test_a_file_alone_routes_nowhere_and_keeps_its_state_at_home(tmp_path: Path) -> None:
    """With a file nothing is added to providers and routes; spool and keys stay in the home unless it says where."""
    settings = settings_of(tmp_path, "")
    assert (settings.providers, settings.routes.email, settings.log.format) == ({}, (), "json")
    assert f"sqlite:///{tmp_path}/home/data/spool.db" == settings.spool.url


@pytest.mark.parametrize(
    "environ, home",
    [
        ({"UMSCHLAG_HOME": "/srv/u", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/srv/u"),
        ({"XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/umschlag"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/umschlag"),
        ({"HOME": "/h"}, "/h/.local/state/umschlag"),
    ],
)
def test_the_home_is_found_in_order(environ: dict[str, str], home: str) -> None:
    """The first of UMSCHLAG_HOME, the XDG state folder and ~/.local/state that is given is the home."""
    assert Path(home) == examine(None, environ).home


def test_a_relative_home_is_where_the_command_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home in the environment is relative to the working folder."""
    monkeypatch.chdir(tmp_path)
    assert tmp_path / "state" == load(None, {"UMSCHLAG_HOME": "state"}).home


def test_paths_in_a_file_begin_at_its_folder(tmp_path: Path) -> None:
    """Relative paths and URLs of a file begin where it lies, those of providers too; absolute ones stay."""
    text = """
[spool]
url = "sqlite:///data/spool.db"
[keyring]
url = "dir:////var/lib/keys"
[log]
path = "log/umschlag.log"
[providers.a]
type = "x"
api_key_file = "secrets/key"
other_file = "/run/secrets/other"
host = "mail.example"
"""
    settings = settings_of(tmp_path, text)
    assert f"sqlite:///{tmp_path}/data/spool.db" == settings.spool.url
    assert settings.keyring.url == "dir:////var/lib/keys"
    assert tmp_path / "log/umschlag.log" == settings.log.path
    expected = {
        "type": "x",
        "api_key_file": str(tmp_path / "secrets/key"),
        "other_file": "/run/secrets/other",
        "host": "mail.example",
    }
    assert expected == settings.providers["a"]


def test_the_environment_goes_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables win key by key; their relative paths begin at the working folder."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    environ = {
        "UMSCHLAG_HTTP__LISTEN": "0.0.0.0:80",
        "UMSCHLAG_LOG__PATH": "umschlag.log",
        "UMSCHLAG_ROUTES__SMS": "a, b",
        "UMSCHLAG_ROUTES__RULES": '[{"country": ["AT"], "use": ["b"]}]',
        "UMSCHLAG_PROVIDERS__B__TYPE": "sandbox",
    }
    text = '[http]\nlisten = "127.0.0.1:1"\nmax_requests = 7\n[providers.a]\ntype = "x"'
    settings = settings_of(tmp_path, text, environ)
    assert (settings.http.listen, settings.http.max_requests) == ("0.0.0.0:80", 7)
    assert tmp_path / "work" / "umschlag.log" == settings.log.path
    assert (settings.routes.sms, settings.routes.rules[0].use) == (("a", "b"), ("b",))
    assert settings.providers == {"a": {"type": "x"}, "b": {"type": "sandbox"}}


@pytest.mark.parametrize("name", ["seven-main", "SEVEN_MAIN", "seven_main", "Seven-Main"])
def test_a_variable_finds_a_provider_with_dashes(tmp_path: Path, name: str) -> None:
    """Shells know no dashes in names: underscores and capitals find the provider of the file."""
    settings = settings_of(
        tmp_path, '[providers.seven-main]\ntype = "x"', {f"UMSCHLAG_PROVIDERS__{name}__API_KEY": "k"}
    )
    assert settings.providers == {"seven-main": {"type": "x", "api_key": "k"}}


def test_an_exact_name_decides_between_two_alike(tmp_path: Path) -> None:
    """Of two providers that differ in dashes alone, the one that is written exactly is meant."""
    text = '[providers.a-b]\ntype = "x"\n[providers.a_b]\ntype = "x"'
    settings = settings_of(tmp_path, text, {"UMSCHLAG_PROVIDERS__a_b__KEY": "1"})
    assert settings.providers == {"a-b": {"type": "x"}, "a_b": {"type": "x", "key": "1"}}


def test_variables_of_the_command_and_of_kubernetes_are_no_settings(tmp_path: Path) -> None:
    """Service links that Kubernetes injects for a service of this name do no harm."""
    own = {"UMSCHLAG_CONFIG": "x", "UMSCHLAG_KEY_FILE": "x", "UMSCHLAG_URL": "x"}
    links = {
        "UMSCHLAG_SERVICE_HOST": "10.0.0.1",
        "UMSCHLAG_SERVICE_PORT_HTTP": "80",
        "UMSCHLAG_PORT": "tcp://10.0.0.1:80",
        "UMSCHLAG_PORT_80_TCP_ADDR": "10.0.0.1",
    }
    assert examine(None, {"UMSCHLAG_HOME": str(tmp_path), **own, **links}).problems == ()


WARNINGS = """
[http]
listen = "0.0.0.0:8025"
[admin]
listen = "localhost:8026"
[smtp]
listen = "[::]:8587"
[spool]
url = "sqlite:///data/spool.db"
[keyring]
url = "dir:///data/keys"
[log]
path = "umschlag.log"
[retention]
metadata = "30d"
[routes]
email = ["relay"]
[providers.relay]
type = "smtp"
"""


def test_what_is_probably_not_meant_is_told(tmp_path: Path) -> None:
    """What works but exposes, forgets or does nothing is a warning with its key and line."""
    found = load(write(tmp_path, WARNINGS), {"UMSCHLAG_ADMIN__LISTEN": "gateway.lan:1", "HOME": str(tmp_path)})
    expected = [
        ("smtp.listen", 7),
        ("http.listen", 3),
        ("admin.listen", None),
        ("keyring.url", 11),
        ("gateway.name", None),
        ("retention.logs", 14),
    ]
    assert expected == [(warning.key, warning.line) for warning in found.warnings]


def test_the_example_of_the_default_has_no_warnings(tmp_path: Path) -> None:
    """The embedded default is what is meant."""
    assert load(None, {"UMSCHLAG_HOME": str(tmp_path)}).warnings == ()


def test_a_later_problem_is_given_its_line(tmp_path: Path) -> None:
    """What a provider's type finds wrong gets the line of its key or, where that is missing, of its table."""
    environ = {"UMSCHLAG_HOME": str(tmp_path), "UMSCHLAG_PROVIDERS__A__PORT": "x"}
    found = load(write(tmp_path, '[providers.a]\ntype = "smtp"\nhost = ""'), environ)
    problems = [
        Problem("providers.a.host", "is wrong"),
        Problem("providers.a.password", "is missing"),
        Problem("providers.a.port", "is wrong"),
        Problem("elsewhere", "is wrong"),
        Problem("providers.a.host", "is wrong", 9),
    ]
    expected = [
        "providers.a.host (line 3): is wrong",
        "providers.a.password (line 1): is missing",
        "providers.a.port: is wrong (set by UMSCHLAG_PROVIDERS__A__PORT)",
        "elsewhere: is wrong",
        "providers.a.host (line 9): is wrong",
    ]
    assert expected == [str(found.locate(problem)) for problem in problems]


def test_two_loads_of_one_file_are_equal(tmp_path: Path) -> None:
    """Settings can be compared: a reload that changes nothing is seen."""
    assert settings_of(tmp_path, "[sms]\nmax_segments = 3") == settings_of(tmp_path, "sms.max_segments = 3")


def test_this_process_s_environment_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the environment that is handed in counts."""
    monkeypatch.setenv("UMSCHLAG_HTTP__LISTEN", "0.0.0.0:1")
    monkeypatch.setenv("HTTP", "{}")
    assert settings_of(tmp_path, "").http.listen == "127.0.0.1:8025"
    assert "UMSCHLAG_HTTP__LISTEN" in os.environ
