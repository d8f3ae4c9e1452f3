"""`umschlag notice`, `record` and `processors`: what they print of a configuration, beside a gateway or without one."""

import asyncio
from pathlib import Path

import pytest

from gateway.config import load
from gateway.delivery.built import build
from gateway.intake.disclosing import Disclosing
from gateway.spool.open import open_store
from tests.fakes.command_line import CommandLine

BASE = """
[controller]
name = "Praxis"
[retention]
content = "{content}"
[providers.seven-main]
type = "seven"
api_key = "made-up"
[routes]
sms = ["seven-main"]
"""
NOW = 1_800_000_000


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with a configuration that routes SMS to one provider."""
    line = CommandLine(tmp_path / "home", monkeypatch, capsys)
    line.configure(BASE.format(content="48h"))
    return line


def publish(cli: CommandLine, now: int = NOW) -> None:
    """Do what a gateway does at its start with the configuration."""
    asyncio.run(_publish(cli.home, now))


async def _publish(home: Path, now: int) -> None:
    configuration = load(home.parent / "gateway.toml", {"UMSCHLAG_HOME": str(home)})
    store = await open_store(configuration.settings.spool.url, base=configuration.folder)
    await Disclosing(store, clock=lambda: now).publish(configuration, build(configuration))
    await store.close()


def test_the_notice_is_printed_in_two_languages(cli: CommandLine) -> None:
    """As Markdown, in German unless English is asked for; no spool is made by looking."""
    german, english = cli("notice"), cli("notice", "--lang", "en")
    assert (german.code, german.stdout.splitlines()[0]) == (0, "# Datenschutzhinweise")
    assert (english.code, english.stdout.splitlines()[0]) == (0, "# Privacy notice")
    assert "seven communications GmbH" in english.stdout
    assert "not in force yet" in english.stdout
    assert not (cli.home / "data").exists()


def test_what_a_gateway_has_published_has_its_date(cli: CommandLine) -> None:
    """The notice says since when it holds; a configuration that was changed meanwhile is not in force."""
    publish(cli)
    assert cli("notice", "--json").json()["since"] == "2027-01-15T08:00:00Z"
    cli.configure(BASE.format(content="36h"))
    assert cli("notice", "--json").json()["since"] is None


def test_versions_are_listed_with_their_changes(cli: CommandLine) -> None:
    """The newest first, for people and for programs."""
    assert cli("notice", "--history", "--json").json() == []
    publish(cli)
    cli.configure(BASE.format(content="36h"))
    publish(cli, NOW + 86_400)
    listed = cli("notice", "--history", "--lang", "en", "--json").json()
    assert [(each["since"], each["changes"]) for each in listed] == [
        ("2027-01-16T08:00:00Z", ["Content, Kept for: 48 hours → 36 hours"]),
        ("2027-01-15T08:00:00Z", ["The oldest version that is kept"]),
    ]
    assert "48 hours → 36 hours" in cli("notice", "--history", "--lang", "en").stdout


def test_an_old_version_is_printed(cli: CommandLine) -> None:
    """As it was told then, with when it was in force; what is no version is a failure, and is not repeated."""
    publish(cli)
    told = cli("notice", "--json", "--lang", "en").json()
    cli.configure(BASE.format(content="36h"))
    publish(cli, NOW + 86_400)
    old = cli("notice", "--version", told["version"], "--lang", "en")
    assert (old.code, old.stdout.splitlines()[0]) == (0, "# Privacy notice")
    for words in ("In force until: 2027-01-16", "Content (48 hours)"):
        assert words in old.stdout
    members = cli("notice", "--version", told["version"], "--lang", "en", "--json").json()
    ended = {"until": "2027-01-16T08:00:00Z", "changes": ["The oldest version that is kept"]}
    assert members == told | ended
    unknown = cli("notice", "--version", "S3NT")
    assert (unknown.code, unknown.stderr) == (1, "umschlag: there is no such version\n")


def test_the_difference_to_what_is_in_force_is_told(cli: CommandLine) -> None:
    """Before anything was published there is none; then what the next start or reload would change."""
    nothing = cli("notice", "--diff", "--json").json()
    assert (nothing["in_force"], nothing["changes"]) == (None, None)
    assert "no version has been published" in cli("notice", "--diff").stderr
    publish(cli)
    same = cli("notice", "--diff")
    assert (same.stdout, same.stderr) == ("", "the configuration says the same as the version in force\n")
    cli.configure(BASE.format(content="36h"))
    found = cli("notice", "--diff", "--lang", "en", "--json").json()
    assert found["changes"] == ["Content, Kept for: 48 hours → 36 hours"]
    assert found["in_force"] != found["configured"]
    assert cli("notice", "--diff", "--lang", "en").stdout == "Content, Kept for: 48 hours → 36 hours\n"


def test_the_record_is_printed(cli: CommandLine) -> None:
    """As Markdown and as JSON."""
    printed = cli("record", "--lang", "en")
    assert (printed.code, printed.stdout.splitlines()[0]) == (0, "# Record of processing activities")
    members = cli("record", "--json").json()
    assert members["controller"]["name"] == "Praxis"
    assert members["data"]["sms"] == ["recipient", "text", "sender_id"]


def test_processors_are_listed(cli: CommandLine) -> None:
    """Each with what it receives; what is not known is said to be so."""
    [processor] = cli("processors", "--json").json()
    assert (processor["name"], processor["country"]) == ("seven-main", "DE")
    table = cli("processors").stdout
    assert "sms: recipient, text, sender_id" in table
    assert "not known" in table


@pytest.mark.parametrize(
    "arguments",
    [
        ("notice", "--lang", "fr"),
        ("notice", "--history", "--diff"),
        ("notice", "--diff", "--version", "x"),
        ("record", "--lang"),
        ("processors", "x"),
    ],
)
def test_wrong_use_is_told(cli: CommandLine, arguments: tuple[str, ...]) -> None:
    """With exit status 2, in one line."""
    done = cli(*arguments)
    assert (done.code, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_a_wrong_configuration_has_no_notice(cli: CommandLine) -> None:
    """What would be told of it could be wrong too."""
    cli.configure(BASE.format(content="48h").replace('type = "seven"', 'type = "eleven"'))
    assert [cli(name).code for name in ("notice", "record", "processors")] == [2, 2, 2]


def test_a_consent_is_to_the_notice_in_force(cli: CommandLine) -> None:
    """It is recorded with the notice's version and its time; without a notice there is nothing to agree to."""
    cli("clients", "add", "praxis", "--channels", "sms")
    early = cli("clients", "consent", "praxis", "--processor", "seven-main")
    assert (early.code, "no notice in force" in early.stderr) == (1, True)
    publish(cli)
    version = cli("notice", "--json").json()["version"]
    [given] = cli("clients", "consent", "praxis", "--processor", "seven-main", "--json").json()
    assert (given["processor"], given["version"], given["withdrawn_at"]) == ("seven-main", version, None)
    unknown = cli("clients", "consent", "praxis", "--processor", "S3NT")
    assert (unknown.code, "S3NT" in unknown.stderr) == (1, False)


def test_limits_are_consents_from_the_first(cli: CommandLine) -> None:
    """Where no gateway has told a notice yet, that of the configuration comes into force: it is what was agreed to."""
    limits = ("--processors", "seven-main", "--processor-countries", "EU")
    added = cli("clients", "add", "praxis", "--channels", "sms", *limits)
    assert added.code == 0
    told = cli("notice", "--json").json()
    assert told["since"] is not None
    listed = cli("clients", "consent", "praxis", "--json").json()
    assert [(each["processor"], each["countries"], each["version"]) for each in listed] == [
        ("seven-main", [], told["version"]),
        (None, ["EU"], told["version"]),
    ]
    assert "companies in EU" in cli("clients", "consent", "praxis").stdout


def test_a_consent_is_withdrawn(cli: CommandLine) -> None:
    """The record stays, and the client's messages may not go there any more."""
    cli("clients", "add", "praxis", "--channels", "sms")
    publish(cli)
    cli("clients", "consent", "praxis", "--processor", "seven-main")
    [ended] = cli("clients", "consent", "praxis", "--processor", "seven-main", "--withdraw", "--json").json()
    assert ended["withdrawn_at"].endswith("Z")
    [listed] = cli("clients", "list", "--json").json()
    assert listed["processors"] == []
    assert "seven-main" in cli("clients", "consent", "praxis").stdout


@pytest.mark.parametrize(
    "arguments, code",
    [(("nobody",), 1), (("praxis", "--withdraw"), 2), (("nobody", "--processor", "seven-main"), 1), ((), 2)],
)
def test_wrong_use_of_consents_is_told(cli: CommandLine, arguments: tuple[str, ...], code: int) -> None:
    """In one line, with the exit status."""
    done = cli("clients", "consent", *arguments)
    assert (done.code, done.stderr.count("\n")) == (code, 1)
