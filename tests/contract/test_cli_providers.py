"""`umschlag providers`: types, the request that a vendor would get, spec files, and one message past the spool."""

import asyncio
import json
from pathlib import Path

import pytest

from gateway.provider import ProviderSettings
from tests.fakes.capture_http import Hang, HttpCapture, reply
from tests.fakes.command_line import CommandLine

SPECS = Path(__file__).parents[2] / "providers" / "specs"
KEY = "S3NT-api-key"

SEVEN = """
[providers.main]
type = "seven"
api_key_file = "key"
base_url = "{url}"
allow_private_network = true
timeout = "500ms"
[providers.box]
type = "sandbox"
[providers.refuses]
type = "sandbox"
outcome = "rejected"
[providers.broken]
type = "seven"
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with an empty home and a file with a key."""
    (tmp_path / "key").write_text(f"{KEY}\n", encoding="ascii")
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


def test_every_type_is_listed(cli: CommandLine) -> None:
    """Types of both kinds are there, with channels, country and what they are."""
    found = {each["type"]: each for each in cli("providers", "list", "--json").json()}
    assert {"sandbox", "smtp", "seven", "gatewayapi", "lox24"} <= set(found)
    assert (found["seven"]["channels"], found["seven"]["country"]) == (["sms"], "DE")
    assert found["seven"]["fields"]["sms"] == ["recipient", "text", "sender_id"]
    keys = {setting["key"] for setting in found["seven"]["settings"]}
    assert {*ProviderSettings.model_fields, "base_url", "api_key"} <= keys


def test_the_list_is_for_people(cli: CommandLine) -> None:
    """A row a type."""
    rows = [line.split()[:2] for line in cli("providers", "list").stdout.splitlines()]
    assert rows[0] == ["type", "channels"]
    assert ["sandbox", "email,sms"] in rows


def test_one_type_is_shown_with_its_settings(cli: CommandLine) -> None:
    """The settings of a type have form, default and meaning."""
    lines = cli("providers", "list", "seven").stdout.splitlines()
    assert [line.split()[:2] for line in lines if line.startswith("api_key")] == [["api_key", "secret"]]


def test_an_unknown_type_is_a_failure(cli: CommandLine) -> None:
    """What is not there is not repeated."""
    finished = cli("providers", "list", "S3NT")
    expected = "umschlag: there is no such type; `umschlag providers list` prints all\n"
    assert (finished.code, finished.stderr) == (1, expected)


def test_a_configured_provider_shows_its_request(cli: CommandLine) -> None:
    """What the vendor would get is shown with a sample message, and with a mask where the secret stands."""
    cli.configure(SEVEN.format(url="https://api.example/v1"))
    finished = cli("providers", "check", "main", "--json")
    [request] = finished.json()["requests"]
    assert (finished.code, request["channel"]) == (0, "sms")
    assert request["request"].startswith("POST https://api.example/v1")
    assert json.loads(request["body"])["to"] == "+4917604069000"
    assert "SECRET" in request.values()
    assert KEY not in finished.stdout
    assert "request" in cli("providers", "check", "main").stdout


def test_a_provider_of_another_kind_is_checked_without_a_request(cli: CommandLine) -> None:
    """Where there is no HTTP request, the settings alone are checked."""
    cli.configure(SEVEN.format(url="https://api.example"))
    finished = cli("providers", "check", "box")
    assert (finished.code, finished.stdout.startswith("box: its settings are in order")) == (0, True)


def test_a_provider_with_wrong_settings_is_refused(cli: CommandLine) -> None:
    """The problems are those of `check`, with their lines, and the status is 2."""
    cli.configure(SEVEN.format(url="https://api.example"))
    finished = cli("providers", "check", "broken")
    expected = "providers.broken.api_key (line 13): is missing (or api_key_file)\n"
    assert (finished.code, finished.stdout, finished.stderr) == (2, "", expected)


def test_a_provider_that_is_not_configured_is_a_failure(cli: CommandLine) -> None:
    """A name that the file does not have is told, and not repeated."""
    finished = cli("providers", "check", "S3NT")
    assert (finished.code, finished.stderr) == (1, "umschlag: no provider of this name is configured\n")


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_spec_file_is_in_order(cli: CommandLine, path: Path) -> None:
    """The built-in files pass the check that an operator's file has to pass."""
    finished = cli("providers", "check", str(path), "--json")
    assert (finished.code, finished.json()["problems"]) == (0, [])
    assert [each["type"] for each in finished.json()["types"]] == [path.stem]
    assert cli("providers", "check", str(path)).stdout.split()[:2] == ["type", path.stem]


def test_a_broken_spec_file_is_told(cli: CommandLine, tmp_path: Path) -> None:
    """All that is wrong with a spec file is told by key, and the status is 2."""
    path = tmp_path / "mine.toml"
    path.write_text('spec = 1\n[provider]\nname = "S3NT"\n', encoding="utf-8")
    finished = cli("providers", "check", str(path))
    assert (finished.code, finished.stdout) == (2, "")
    assert all(line.startswith("mine.toml") for line in finished.stderr.splitlines())
    assert "S3NT" not in finished.stderr
    assert cli("providers", "check", str(path), "--json").json()["ok"] is False


def test_a_spec_file_that_is_not_there_is_a_failure(cli: CommandLine) -> None:
    """A path that cannot be read is told by the kind of error."""
    finished = cli("providers", "check", "./S3NT.toml")
    assert (finished.code, finished.stderr) == (1, "umschlag: the file cannot be read (FileNotFoundError)\n")


async def test_one_message_is_sent(cli: CommandLine) -> None:
    """The vendor gets the text from standard input with the real key, and its id is told."""
    async with HttpCapture() as vendor:
        cli.configure(SEVEN.format(url=vendor.url))
        finished = await asyncio.to_thread(
            cli, "providers", "try", "main", "--to", "0176 04069000", "--json", stdin="Grüße\n".encode()
        )
        [taken] = vendor.taken
    assert (finished.code, finished.json()["outcome"]) == (0, "accepted")
    assert (taken.members()["to"], taken.members()["text"]) == ("+4917604069000", "Grüße")
    assert KEY.encode() in taken.head


@pytest.mark.parametrize(
    "answer, outcome",
    [(reply(500), "in_doubt"), (reply(429), "deferred"), (Hang(), "in_doubt"), (reply(200, b"S3NT"), "in_doubt")],
)
async def test_how_it_ended_is_told(cli: CommandLine, answer: object, outcome: str) -> None:
    """Every way it can end is an outcome with its reason, and nothing of the vendor's text; not taken is status 1."""
    async with HttpCapture(answer) as vendor:  # type: ignore[arg-type]
        cli.configure(SEVEN.format(url=vendor.url))
        finished = await asyncio.to_thread(
            cli, "providers", "try", "main", "--to", "+4917604069000", "--json", stdin=b"x"
        )
    assert (finished.code, finished.json()["outcome"], "S3NT" in finished.stdout) == (1, outcome, False)


def test_a_dry_run_sends_nothing(cli: CommandLine) -> None:
    """Where the type offers it, a dry run tells how it would end."""
    cli.configure(SEVEN.format(url="https://api.example"))
    options = ("--to", "+4917604069000", "--channel", "sms", "--dry-run")
    assert cli("providers", "try", "box", *options, stdin=b"x").stdout.split()[:2] == ["outcome", "accepted"]
    refused = cli("providers", "try", "refuses", *options, stdin=b"x")
    assert (refused.code, refused.stdout.split()[:2]) == (1, ["outcome", "rejected"])
    finished = cli("providers", "try", "main", "--to", "+4917604069000", "--dry-run", stdin=b"x")
    assert (finished.code, finished.stderr) == (1, "umschlag: this provider offers no dry run\n")


def test_a_mail_is_tried(cli: CommandLine) -> None:
    """A mail has sender and subject too."""
    cli.configure(SEVEN.format(url="https://api.example"))
    options = ("--to", "a@example.org", "--channel", "email", "--subject", "Hello")
    without = cli("providers", "try", "box", *options, stdin=b"x")
    assert (without.code, without.stderr.split(" (")[0]) == (2, "umschlag providers try: --sender: is missing")
    assert cli("providers", "try", "box", *options, "--sender", "b@example.org", stdin=b"x").code == 0


@pytest.mark.parametrize(
    "options, code, text",
    [
        (["box", "--to", "S3NT"], 2, "umschlag providers try: --channel: is missing"),
        (
            ["box", "--to", "S3NT", "--channel", "sms"],
            2,
            "umschlag providers try: recipient is not a valid phone number",
        ),
        (
            ["main", "--to", "a@b.example", "--channel", "email", "--sender", "S3NT"],
            1,
            "umschlag: it does not serve email",
        ),
    ],
)
def test_what_cannot_be_tried(cli: CommandLine, options: list[str], code: int, text: str) -> None:
    """A channel that is not served and a recipient that is none are told without being repeated."""
    cli.configure(SEVEN.format(url="https://api.example"))
    finished = cli("providers", "try", *options, stdin=b"x")
    assert (finished.code, finished.stdout, finished.stderr.split(" (")[0].strip()) == (code, "", text)


def test_a_text_that_is_not_utf_8_is_refused(cli: CommandLine) -> None:
    """Bytes in another encoding are not sent as something else."""
    cli.configure(SEVEN.format(url="https://api.example"))
    finished = cli("providers", "try", "box", "--to", "+4917604069000", "--channel", "sms", stdin=b"\xff")
    assert (finished.code, finished.stderr) == (1, "umschlag: the text is not UTF-8\n")
