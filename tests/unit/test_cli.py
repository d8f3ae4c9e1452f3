"""The command line itself: its commands, its exit status, and errors that repeat nothing."""

import io
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from gateway import __version__
from gateway.cli import run, umschlag
from tests.fakes.command_line import CommandLine

BUILT = [
    "serve",
    "check",
    "send",
    "clients",
    "providers",
    "messages",
    "notice",
    "record",
    "processors",
    "retention",
    "subject",
    "audit",
    "doctor",
    "keys",
]
MARK = "S3NT"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with an empty home."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Return the words of every command below a group."""
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        found.append((*path, name))
        found += commands(command, (*path, name)) if isinstance(command, click.Group) else []
    return found


def test_help_lists_the_commands(cli: CommandLine) -> None:
    """The first page of help names every command that is built, with the first sentence of its own help."""
    text = cli("--help").stdout
    assert umschlag.list_commands(click.Context(umschlag)) == BUILT
    for name in BUILT:
        command = getattr(import_module(f"gateway.cli.{name}"), name)
        assert f"  {name:<12}{command.get_short_help_str(100)}".rstrip() in [
            line.rstrip() for line in text.splitlines()
        ]


@pytest.mark.parametrize("words", commands(umschlag), ids=" ".join)
def test_every_command_has_help_and_takes_config(cli: CommandLine, words: tuple[str, ...]) -> None:
    """Each command and group explains itself and takes `--config`."""
    finished = cli(*words, "--help")
    assert (finished.code, finished.stderr) == (0, "")
    assert "--config" in finished.stdout


def test_help_imports_neither_configuration_nor_gateway() -> None:
    """The list of commands is there at once: nothing heavy is imported for it."""
    code = """
import sys
from gateway.cli import run
run(["--help"])
print([name for name in ("pydantic", "aiohttp", "rich") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_told(cli: CommandLine) -> None:
    """`--version` prints name and version."""
    assert cli("--version").stdout == f"umschlag {__version__}\n"


@pytest.mark.parametrize(
    "arguments, text",
    [
        (["check", "--jsn"], "umschlag check: there is no option --jsn; did you mean --json? (--help tells more)"),
        (["check", f"--{MARK}=x"], None),
        (["clients", "add", "x", MARK], None),
        ([MARK], "umschlag: this is not what it takes (--help tells more)"),
        (
            ["clients", "add", "x", "--channels", MARK],
            "umschlag clients add: --channels: email, sms or email,sms is expected (--help tells more)",
        ),
        (
            ["clients", "add", "x", "--channels", "sms", "--daily", MARK],
            "umschlag clients add: --daily: a whole number from 1 is expected (--help tells more)",
        ),
        (
            ["messages", "list", "--limit", "101"],
            "umschlag messages list: --limit: a whole number from 1 to 100 is expected (--help tells more)",
        ),
        (
            ["messages", "list", "--channel", MARK],
            "umschlag messages list: --channel: one of email, sms is expected (--help tells more)",
        ),
        (
            ["messages", "show", MARK],
            "umschlag messages show: ID: 32 hexadecimal digits are expected (--help tells more)",
        ),
        (["clients", "add", "x"], "umschlag clients add: --channels: is missing (--help tells more)"),
        (["check", "--route"], "umschlag: Option '--route' requires an argument. (--help tells more)"),
        (
            ["check", "--route", MARK],
            "umschlag check: --route: sms:NUMBER or email:ADDRESS is expected (--help tells more)",
        ),
        (
            ["check", "--route", f"sms:{MARK}"],
            "umschlag check: recipient is not a valid phone number (--help tells more)",
        ),
        (["send", "sms", "--recipient", "x", "--url", MARK], None),
    ],
)
def test_wrong_use_is_one_line_without_the_value(cli: CommandLine, arguments: list[str], text: str | None) -> None:
    """What a command cannot take ends it with status 2 and names the option, never what was given with it."""
    cli.home.mkdir()
    (cli.home / "demo.key").write_text("key\n", encoding="ascii")
    finished = cli(*arguments)
    assert (finished.code, finished.stdout, finished.stderr.count("\n")) == (2, "", 1)
    assert MARK not in finished.stderr.replace(f"--{MARK}", "")
    assert text in {None, finished.stderr.rstrip("\n")}


@pytest.mark.parametrize("arguments", [[], ["clients"]])
def test_a_group_alone_explains_itself(cli: CommandLine, arguments: list[str]) -> None:
    """A group without a command is wrong use, and its help goes to standard error."""
    finished = cli(*arguments)
    assert (finished.code, finished.stdout) == (2, "")
    assert "Commands:" in finished.stderr


class _Broken(io.StringIO):
    def write(self, _text: str) -> int:
        raise RuntimeError(MARK)


def test_an_unexpected_error_is_told_by_its_type(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong, there is no traceback and nothing of the exception's text."""
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", _Broken())
        status = run(["--version"])
    assert (status, capsys.readouterr().err) == (1, "umschlag: failed unexpectedly (RuntimeError)\n")


class _Interrupted(io.StringIO):
    def write(self, _text: str) -> int:
        raise KeyboardInterrupt


def test_an_interrupt_is_a_failure(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Ctrl-C ends a command with status 1."""
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", _Interrupted())
        status = run(["--version"])
    assert (status, capsys.readouterr().err.strip()) == (1, "")


@pytest.mark.parametrize("order", [["--config", "{}", "check"], ["check", "--config", "{}"]])
def test_config_may_stand_before_and_behind_the_command(cli: CommandLine, order: list[str]) -> None:
    """`--config` is found wherever it stands, and goes over `UMSCHLAG_CONFIG`."""
    wrong = cli.configure("[http]\nlisten = 1")
    right = wrong.with_name("right.toml")
    right.write_text("", encoding="utf-8")
    assert (cli("check").code, cli(*(word.format(right) for word in order)).code) == (2, 0)


def test_a_wrong_configuration_stops_every_command_that_needs_it(cli: CommandLine) -> None:
    """All problems stand on standard error, one a line, and the status is 2."""
    cli.configure("[http]\nlisten = 1\n[sms]\nmax_segments = 0")
    expected = "http.listen (line 2): a text is expected\nsms.max_segments (line 4): a number from 1 on is expected\n"
    for words in (["serve"], ["clients", "list"], ["messages", "list"], ["retention", "run"], ["keys", "status"]):
        finished = cli(*words)
        assert (finished.code, finished.stdout, finished.stderr) == (2, "", expected)
