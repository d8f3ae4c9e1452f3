"""`umschlag providers` about what comes later: how reports would be judged, and what is left on an account."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.fakes.capture_http import HttpCapture, reply
from tests.fakes.command_line import CommandLine

SPECS = Path(__file__).parents[2] / "providers" / "specs"

PROVIDERS = """
[http]
public_url = "https://gateway.example"
[providers.main]
type = "seven"
api_key = "S3NT-key"
base_url = "{url}"
allow_private_network = true
[providers.other]
type = "gatewayapi"
token = "S3NT-token"
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with an empty home."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


def test_a_spec_file_shows_its_request_with_made_up_settings(cli: CommandLine) -> None:
    """Secrets are masked, and everything else is a sample."""
    [found] = cli("providers", "check", str(SPECS / "seven.toml"), "--json").json()["types"]
    [request] = found["requests"]
    assert (request["request"], request["X-Api-Key"]) == ("POST https://gateway.seven.io/api/sms", "SECRET")
    assert json.loads(request["body"])["to"] == "+4917604069000"


def test_a_spec_file_shows_how_answers_and_reports_are_judged(cli: CommandLine) -> None:
    """Rule by rule, in the order in which they are tried."""
    [found] = cli("providers", "check", str(SPECS / "seven.toml"), "--json").json()["types"]
    assert found["answers"][0] == {"when": "code 201", "becomes": "rejected: sender, unroutable"}
    assert {"when": "status 200; code true, 100", "becomes": "accepted"} in found["answers"]
    assert found["reports"][:2] == [
        {"when": "word DELIVERED", "becomes": "delivered"},
        {"when": "word NOTDELIVERED", "becomes": "undelivered: unroutable"},
    ]
    lines = [line.split() for line in cli("providers", "check", str(SPECS / "seven.toml")).stdout.splitlines()]
    assert ["word", "DELIVERED", "delivered"] in lines
    assert ["code", "201", "rejected:", "sender,", "unroutable"] in lines


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_spec_file_shows_a_request(cli: CommandLine, path: Path) -> None:
    """Whatever its settings are, there is something to look at, and a statuses' hundred is written as such."""
    [found] = cli("providers", "check", str(path), "--json").json()["types"]
    shown = [request.get("channel", "erasure") for request in found["requests"]]
    assert shown == found["channels"] + ["erasure"] * found["capabilities"]["erasure"]
    assert len(found["answers"]) > 2


def test_a_spec_file_shows_how_it_has_messages_erased(cli: CommandLine) -> None:
    """The request with its secrets masked, and what its answers come to."""
    [found] = cli("providers", "check", str(SPECS / "twilio.toml"), "--json").json()["types"]
    [_, erasure] = found["requests"]
    path = "/2010-04-01/Accounts/Sample/Messages/provider-ref.json"
    assert (erasure["request"], erasure["erases"]) == (f"DELETE https://api.twilio.com{path}", "provider-ref")
    assert {"when": "status 204", "becomes": "erased"} in found["erasures"]
    assert {"when": "code 20009", "becomes": "later: refused"} in found["erasures"]
    shown = cli("providers", "check", str(SPECS / "twilio.toml")).stdout
    assert f"DELETE https://api.twilio.com{path}" in shown
    lines = [line.split() for line in shown.splitlines()]
    assert ["code", "20009", "later:", "refused"] in lines


def test_a_configured_provider_shows_the_same(cli: CommandLine) -> None:
    """The rules of its type stand below its request."""
    cli.configure(PROVIDERS.format(url="https://api.example"))
    found = cli("providers", "check", "other", "--json").json()
    assert {"when": "status 2xx", "becomes": "accepted"} in found["answers"]
    assert found["reports"][0]["becomes"] == "delivered"


async def balance(cli: CommandLine, answer: object, *options: str) -> tuple[int, str, list[bytes]]:
    """Ask for the balance at a vendor that answers so; returns status, output and heads of requests."""
    async with HttpCapture(answer) as vendor:  # type: ignore[arg-type] # a reply
        cli.configure(PROVIDERS.format(url=vendor.url))
        finished = await asyncio.to_thread(cli, "providers", "balance", "main", *options)
        return finished.code, finished.stdout, [taken.head for taken in vendor.taken]


async def test_what_is_left_is_told(cli: CommandLine) -> None:
    """Amount and currency, as the vendor writes them."""
    code, printed, [head] = await balance(cli, reply(200, b'{"amount":46.70,"currency":"EUR"}'), "--json")
    assert (code, json.loads(printed)) == (0, {"provider": "main", "amount": "46.7", "unit": "EUR"})
    assert head.startswith(b"GET /api/balance HTTP/1.1")
    code, printed, _ = await balance(cli, reply(200, b'{"amount":12,"currency":"EUR"}'))
    assert (code, printed.split()) == (0, ["provider", "main", "amount", "12", "unit", "EUR"])


@pytest.mark.parametrize(
    "answer, reason",
    [(reply(401, b"S3NT"), "credentials"), (reply(200, b"S3NT"), "unclear_answer"), (reply(503), "unavailable")],
)
async def test_why_it_is_not_told(cli: CommandLine, answer: object, reason: str) -> None:
    """The status is 1, and nothing of the vendor's text is repeated."""
    code, printed, _ = await balance(cli, answer, "--json")
    assert (code, json.loads(printed)) == (1, {"provider": "main", "reason": reason})


def test_who_cannot_be_asked(cli: CommandLine) -> None:
    """A type without such a call is a failure."""
    cli.configure(PROVIDERS.format(url="https://api.example"))
    finished = cli("providers", "balance", "other")
    assert (finished.code, finished.stderr) == (1, "umschlag: this provider cannot be asked for its balance\n")
