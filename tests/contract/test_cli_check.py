"""`umschlag check`: every problem at once, or what each route does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.command_line import CommandLine

BAD = Path(__file__).parents[1] / "configs" / "bad"

ROUTES = """
[gateway]
name = "gateway.example"
[providers.main]
type = "seven"
api_key = "S3NT"
[providers.austria]
type = "gatewayapi"
token = "S3NT"
[providers.box]
type = "sandbox"
[routes]
email = ["box"]
sms = ["main", "box"]
[[routes.rules]]
client = ["praxis"]
channel = "sms"
use = ["box"]
[[routes.rules]]
country = ["AT"]
use = ["austria", "main"]
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with an empty home."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


def test_the_embedded_default_is_in_order(cli: CommandLine) -> None:
    """Without a file both channels go to the sandbox."""
    finished = cli("check", "--json")
    assert finished.code == 0
    assert finished.json() == {
        "ok": True,
        "file": None,
        "problems": [],
        "warnings": [],
        "routes": [
            {"channel": "email", "condition": "always", "providers": ["sandbox"]},
            {"channel": "sms", "condition": "always", "providers": ["sandbox"]},
        ],
        "restart": [],
    }


def test_every_route_is_told(cli: CommandLine) -> None:
    """Each channel has a line for each condition, in the order in which they are tried.

    Providers of which it is not known where they process are warned of: a client of the Union is not shown to them.
    """
    path = cli.configure(ROUTES)
    finished = cli("check")
    expected = [
        ["channel", "when", "providers"],
        ["email", "always", "box"],
        ["sms", "client", "praxis", "box"],
        ["sms", "country", "AT", "austria,", "then", "main"],
        ["sms", "otherwise", "main,", "then", "box"],
    ]
    assert [line.split() for line in finished.stdout.splitlines()] == expected
    restart = "a running gateway follows changes, but for these, which take a restart: gateway.name"
    *warnings, restarts, verdict = finished.stderr.splitlines()
    assert (finished.code, restarts, verdict) == (0, restart, f"{path} is in order")
    unknown = "company or country not known: refused under a limit of countries"
    assert warnings == [
        f"warning: providers.austria.processes_in (line 7): {unknown}",
        f"warning: providers.main.processes_in (line 4): {unknown}",
    ]


@pytest.mark.parametrize(
    "options, choice",
    [
        (["sms:+436641234567"], {"key": "routes.rules[1]", "line": 18, "providers": ["austria", "main"]}),
        (["sms:0176 04069000"], {"key": "routes.sms", "line": 13, "providers": ["main", "box"]}),
        (["sms:+436641234567", "--client", "praxis"], {"key": "routes.rules[0]", "line": 14, "providers": ["box"]}),
        (["email:a@b.example"], {"key": "routes.email", "line": 12, "providers": ["box"]}),
    ],
)
def test_one_route_is_explained(cli: CommandLine, options: list[str], choice: dict[str, object]) -> None:
    """The rule or list that takes a message is named by key and line; the recipient is not repeated."""
    cli.configure(ROUTES.lstrip())
    finished = cli("check", "--json", "--route", *options)
    found = finished.json()["route"]
    assert found == {"channel": options[0].partition(":")[0], **choice}
    assert options[0].partition(":")[2] not in finished.stdout
    text = cli("check", "--route", *options).stdout
    assert text.startswith(f"{choice['key']} (line {choice['line']}): ")


def test_a_channel_without_a_route_says_so(cli: CommandLine) -> None:
    """Nothing configured is in order, and means that nothing is taken."""
    cli.configure("")
    assert (
        cli("check", "--route", "sms:+4917604069000").stdout == "routes.sms: nothing: messages are refused (no_route)\n"
    )


PROBLEMS = """\
[http]
listen = "S3NT"
[providers.main]
type = "seven"
base_url = "http://S3NT.example"
[providers.other]
type = "S3NT"
[providers."S3NT S3NT"]
type = "sandbox"
[routes]
email = ["gone"]
"""


def test_all_problems_are_told_at_once(cli: CommandLine) -> None:
    """What the file, the types and the routes find wrong stands in one list, by key and line, without values."""
    cli.configure(PROBLEMS)
    finished = cli("check", "--json")
    found = [(problem["key"], problem["line"]) for problem in finished.json()["problems"]]
    assert finished.code == 2
    assert found == [
        ("http.listen", 2),
        ("providers.main.api_key", 3),
        ("providers.main.base_url", 5),
        ("providers.other.type", 7),
        ("providers.S3NT S3NT", 8),
        ("routes.email[0]", 11),
    ]
    assert "S3NT" not in " ".join(problem["text"] for problem in finished.json()["problems"])


def test_a_problem_from_the_environment_names_the_variable(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's wrong setting is told with the variable that set it."""
    cli.configure('[providers.box]\ntype = "sandbox"')
    monkeypatch.setenv("UMSCHLAG_PROVIDERS__BOX__OUTCOME", "S3NT")
    finished = cli("check")
    assert (finished.code, finished.stdout) == (2, "")
    assert finished.stderr.startswith("providers.box.outcome: ")
    assert finished.stderr.endswith(" (set by UMSCHLAG_PROVIDERS__BOX__OUTCOME)\n")
    assert "S3NT" not in finished.stderr


def test_warnings_do_not_fail(cli: CommandLine) -> None:
    """What is probably not meant is told, and the status is 0."""
    cli.configure('[http]\nlisten = "0.0.0.0:8025"')
    finished = cli("check")
    assert finished.code == 0
    assert finished.stderr.splitlines()[0].startswith("warning: http.listen (line 2): is not loopback")


def test_an_operator_s_spec_file_is_read(cli: CommandLine) -> None:
    """What lies in providers.d beside the file is checked with it."""
    folder = cli.configure("").parent / "providers.d"
    folder.mkdir()
    (folder / "mine.toml").write_text("spec = 1\n[S3NT]\n", encoding="utf-8")
    finished = cli("check")
    assert finished.code == 2
    assert "mine.toml" in finished.stderr
    assert "S3NT" not in finished.stderr.replace("mine.toml", "").replace(" S3NT", "")


@pytest.mark.parametrize("case", ["wrong-values", "syntax", "environment"])
def test_the_real_command_tells_all_and_ends_with_2(tmp_path: Path, case: str) -> None:
    """As a process: one line a problem on standard error, nothing else, status 2, and no value anywhere."""
    beside = BAD / f"{case}.env"
    lines = beside.read_text(encoding="utf-8").splitlines() if beside.exists() else []
    clean = {name: value for name, value in os.environ.items() if not name.startswith("UMSCHLAG_")}
    own = dict(line.split("=", 1) for line in lines)
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "check", "--config", str(BAD / f"{case}.toml")],
        # The library's own debugging switch would print what it reads.
        env={**clean, "UMSCHLAG_HOME": str(tmp_path), "PYDANTIC_SETTINGS_DEBUG": "1", **own},
        capture_output=True,
        text=True,
        check=False,
    )
    expected = (BAD / f"{case}.problems").read_text(encoding="utf-8")
    assert (done.returncode, done.stdout) == (2, "")
    told = [line for line in done.stderr.splitlines() if not line.startswith("providers.")]
    assert "\n".join(told) + "\n" == expected


def test_json_is_one_line(cli: CommandLine) -> None:
    """A program reads one document, whatever else is told."""
    cli.configure(PROBLEMS)
    finished = cli("check", "--json")
    assert (finished.stdout.count("\n"), finished.stderr) == (1, "")
    assert json.loads(finished.stdout)["ok"] is False
