"""`umschlag clients`: what is stored, what is printed, and what is refused."""

import os
import stat
from pathlib import Path

import pytest

from gateway.cli.client_name import parse_name
from gateway.cli.clients import parse_channels, parse_countries, parse_places, parse_senders
from gateway.cli.command import Failure
from gateway.cli.state import refuse_other_owner
from gateway.core.message import Channel
from gateway.intake.keys import PREFIX
from tests.fakes.command_line import CommandLine

EVERYTHING = (
    "--channels", "email,sms", "--senders", "*@praxis.example,*@*.praxis.example",
    "--sender-ids", "Praxis,0176 04069000", "--countries", "DE,AT",
    "--rate", "10/s", "--daily", "500", "--monthly", "9000", "--daily-segments", "700", "--monthly-segments", "9999",
    "--concurrent", "4", "--sender-disclosure", "full",
    "--processors", "sandbox", "--processor-countries", "EU,CH",
    "--on-attachment", "reject",
)  # fmt: skip


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with an empty home."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


def test_a_client_is_added_with_all_it_may_do(cli: CommandLine) -> None:
    """What is given on the line is what the list tells, numbers as E.164."""
    added = cli("clients", "add", "praxis", *EVERYTHING, "--json").json()
    assert (added["client"], added["key"].startswith(PREFIX)) == ("praxis", True)
    [listed] = cli("clients", "list", "--json").json()
    assert listed.pop("created_at").endswith("Z")
    assert listed == {
        "name": "praxis",
        "channels": ["email", "sms"],
        "senders": ["*@praxis.example", "*@*.praxis.example"],
        "sender_ids": ["Praxis", "+4917604069000"],
        "countries": ["AT", "DE"],
        "rate": "10/s",
        "daily": 500,
        "monthly": 9000,
        "daily_segments": 700,
        "monthly_segments": 9999,
        "concurrent": 4,
        "sender_disclosure": "full",
        "processors": ["sandbox"],
        "processor_countries": ["CH", "EU"],
        "on_attachment": "reject",
        "webhook": None,
        "revoked": False,
    }


def test_quotas_are_listed_in_words(cli: CommandLine) -> None:
    """For people in one column; without any it is empty."""
    cli("clients", "add", "praxis", *EVERYTHING)
    cli("clients", "add", "warteraum", "--channels", "sms")
    assert (
        "500 a day, 9000 a month, 700 segments a day, 9999 segments a month, 4 at a time"
        in cli("clients", "list").stdout
    )


def test_the_key_alone_is_on_standard_output(cli: CommandLine) -> None:
    """A shell can take the key as it comes; the words for people are on standard error."""
    finished = cli("clients", "add", "praxis", "--channels", "sms")
    assert (finished.code, finished.stderr) == (0, "The key, shown this once:\n")
    assert finished.stdout.count("\n") == 1
    assert finished.stdout.startswith(PREFIX)


def test_the_key_is_kept_as_a_hash_only(cli: CommandLine) -> None:
    """No file of the state has the key in it."""
    key = cli("clients", "add", "praxis", "--channels", "sms").stdout.strip().encode()
    files = [path for path in cli.home.rglob("*") if path.is_file()]
    assert [path for path in files if key in path.read_bytes()] == []


def test_a_key_can_go_into_a_file(cli: CommandLine, tmp_path: Path) -> None:
    """The file is new and the owner's alone; nothing is printed."""
    path = tmp_path / "praxis.key"
    finished = cli("clients", "add", "praxis", "--channels", "sms", "--key-file", str(path))
    assert (finished.code, finished.stdout, finished.stderr) == (0, "", "")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    assert path.read_text(encoding="ascii").startswith(PREFIX)


def test_no_file_is_written_over(cli: CommandLine, tmp_path: Path) -> None:
    """A key's file that is there already is left as it is, and the client is not added."""
    path = tmp_path / "praxis.key"
    path.write_text("precious", encoding="ascii")
    finished = cli("clients", "add", "praxis", "--channels", "sms", "--key-file", str(path))
    expected = "umschlag: the key's file cannot be made (FileExistsError)\n"
    assert (finished.code, finished.stderr, path.read_text(encoding="ascii")) == (1, expected, "precious")
    assert cli("clients", "list", "--json").json() == []


def test_a_name_is_taken_once(cli: CommandLine, tmp_path: Path) -> None:
    """A second client of the same name is refused, and leaves no file with a useless key."""
    cli("clients", "add", "praxis", "--channels", "sms")
    path = tmp_path / "second.key"
    finished = cli("clients", "add", "praxis", "--channels", "sms", "--key-file", str(path))
    assert (finished.code, finished.stderr) == (1, "umschlag: there is a client of this name already\n")
    assert not path.exists()


def test_a_key_is_rotated(cli: CommandLine) -> None:
    """Rotating gives another key."""
    first = cli("clients", "add", "praxis", "--channels", "sms", "--json").json()["key"]
    second = cli("clients", "rotate", "praxis", "--overlap", "0s", "--json").json()
    assert (second["client"], second["key"] == first) == ("praxis", False)


def test_a_client_is_revoked(cli: CommandLine) -> None:
    """A revoked client is listed as such and gets no new key."""
    cli("clients", "add", "praxis", "--channels", "sms")
    assert cli("clients", "revoke", "praxis", "--json").json() == {"client": "praxis", "revoked": True}
    assert [client["revoked"] for client in cli("clients", "list", "--json").json()] == [True]
    finished = cli("clients", "rotate", "praxis")
    assert (finished.code, finished.stderr) == (1, "umschlag: this client is revoked\n")


@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_an_unknown_client_is_a_failure(cli: CommandLine, command: str) -> None:
    """What is asked of a client that is not there is not done."""
    finished = cli("clients", command, "nobody")
    assert (finished.code, finished.stdout, finished.stderr) == (1, "", "umschlag: there is no such client\n")


def test_the_table_is_for_people(cli: CommandLine) -> None:
    """Without `--json` there is a table with what an empty list means."""
    cli("clients", "add", "praxis", "--channels", "sms")
    header, row = cli("clients", "list").stdout.splitlines()
    assert header.split()[:3] == ["name", "channels", "senders"]
    assert row.split()[:5] == ["praxis", "sms", "any", "none", "any"]


def test_an_alias_needs_a_domain(cli: CommandLine) -> None:
    """Without one a client's sender cannot be hidden: it must not be believed to be."""
    line = ("clients", "add", "praxis", "--channels", "email", "--sender-disclosure", "alias")
    finished = cli(*line)
    assert (finished.code, finished.stderr.count("alias_domain")) == (2, 1)
    assert cli("clients", "list", "--json").json() == []
    cli.configure('[email]\nalias_domain = "alias.example"\n')
    assert cli(*line).code == 0
    [listed] = cli("clients", "list", "--json").json()
    assert listed["sender_disclosure"] == "alias"


def test_a_processor_has_to_be_configured(cli: CommandLine) -> None:
    """A misspelt one would refuse every message."""
    finished = cli("clients", "add", "praxis", "--channels", "sms", "--processors", "sandbox,S3NT")
    assert (finished.code, "S3NT" in finished.stderr) == (2, False)


def test_a_wrong_sender_id_is_not_repeated(cli: CommandLine) -> None:
    """The rule is named, the value is not."""
    finished = cli("clients", "add", "praxis", "--channels", "sms", "--sender-ids", "S3NT is far too long")
    assert (finished.code, "S3NT" in finished.stderr, finished.stderr.count("\n")) == (2, False, 1)


def test_a_spool_that_cannot_be_opened_is_a_failure(cli: CommandLine) -> None:
    """A file that is no database is told in one line."""
    (cli.home / "data").mkdir(parents=True)
    (cli.home / "data" / "spool.db").write_text("no database" * 100, encoding="ascii")
    finished = cli("clients", "list")
    assert (finished.code, finished.stdout, finished.stderr.count("\n")) == (1, "", 1)
    assert finished.stderr.startswith("umschlag: the spool cannot be used")


def test_a_keyring_that_others_can_read_is_a_failure(cli: CommandLine) -> None:
    """Keys in a folder that is open to others are not used."""
    (cli.home / "keys").mkdir(parents=True)
    (cli.home / "keys").chmod(0o755)
    finished = cli("clients", "list")
    assert (finished.code, finished.stderr.startswith("umschlag: the keyring cannot be used")) == (1, True)


def test_root_leaves_the_state_of_a_service_alone(tmp_path: Path) -> None:
    """As root, a command refuses to write where a service would not be able to read afterwards."""
    if os.geteuid() == 0:
        os.chown(tmp_path, 65534, 65534)
    owner = tmp_path.stat().st_uid
    refuse_other_owner(tmp_path / "data" / "spool.db", user=owner)
    with pytest.raises(Failure, match=f"the spool belongs to user {owner}"):
        refuse_other_owner(tmp_path / "data" / "spool.db", user=0)


@pytest.mark.parametrize("name", ["a", "Praxis Dr. Müller", "x" * 64, "a@b"])
def test_names(name: str) -> None:
    """A name may be whatever fits into Basic credentials and on one line."""
    assert parse_name(name) == name


@pytest.mark.parametrize("name", ["", " ", "a ", " a", "a:b", "a\nb", "a\x00", "x" * 65])
def test_wrong_names(name: str) -> None:
    """Colons, line ends and white space around a name are refused."""
    with pytest.raises(ValueError, match="up to 64 characters"):
        parse_name(name)


@pytest.mark.parametrize(
    "text",
    ["*@praxis.example", "*@*.praxis.example", "info@praxis.example", "*@müller.example", "a@x.example,*@y.example"],
)
def test_sender_patterns(text: str) -> None:
    """A pattern is an address, a domain's addresses, or those of all its subdomains."""
    assert parse_senders(text) == tuple(text.split(","))


@pytest.mark.parametrize(
    "text",
    ["praxis.example", "@praxis.example", "*@", "**@x.example", "a*@x.example", "*@*", "a b@x.example", "*@x..y"],
)
def test_wrong_sender_patterns(text: str) -> None:
    """What would match nothing or not what is meant is refused."""
    with pytest.raises(ValueError, match="addresses or patterns"):
        parse_senders(text)


def test_lists_of_words() -> None:
    """Channels and countries are closed lists."""
    assert parse_channels("sms, email") == frozenset(Channel)
    assert parse_countries("DE,AT") == frozenset({"DE", "AT"})
    assert parse_places("EU, EEA,CH") == frozenset({"EU", "EEA", "CH"})
    for parse, text in (
        (parse_channels, "fax"),
        (parse_channels, ","),
        (parse_countries, "de"),
        (parse_countries, "DE,UK"),
        (parse_places, "Europe"),
        (parse_places, "EU,XX"),
    ):
        with pytest.raises(ValueError, match="expected"):
            parse(text)
