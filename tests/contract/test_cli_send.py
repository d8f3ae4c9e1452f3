"""`umschlag send`: what goes to the gateway, where key and text come from, and what is told of the answer."""

import re
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.fakes.command_line import CommandLine, Finished
from tests.fakes.scripted_api import ID, Answer, ScriptedApi, api, status

KEY = "umschlag_S3NTKEY"


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with the key of `demo` in its home."""
    line = CommandLine(tmp_path / "home", monkeypatch, capsys)
    line.home.mkdir()
    (line.home / "demo.key").write_text(f"{KEY}\n", encoding="ascii")
    return line


def sms(cli: CommandLine, server: ScriptedApi, *options: str, stdin: bytes = b"Hello\n") -> Finished:
    """Send a text message."""
    return cli("send", "sms", "--recipient", "0176 04069000", "--url", server.url, *options, stdin=stdin)


def test_a_text_message_is_sent(cli: CommandLine) -> None:
    """The body has the documented fields alone, the text without the line end that the shell adds."""
    with api((202, status("queued"))) as server:
        finished = sms(cli, server, "--sender-id", "Praxis", "--json", stdin="Grüße\nvom Umschlag\n".encode())
    body = {"recipient": "0176 04069000", "sender_id": "Praxis", "text": "Grüße\nvom Umschlag"}
    assert server.asked == [("POST", "/v1/sms", body)]
    assert (finished.code, finished.json(), finished.stderr) == (0, status("queued"), "")


def test_nothing_but_what_is_needed_is_told_to_the_gateway(cli: CommandLine) -> None:
    """No header tells the program, its version or its machine."""
    with api((202, status("queued"))) as server:
        sms(cli, server)
    [headers] = server.headers
    assert headers.pop("Host") == server.url.removeprefix("http://")
    assert re.fullmatch("[0-9a-f]{32}", headers.pop("Idempotency-Key"))
    assert headers == {
        "Accept-Encoding": "identity",
        "Authorization": f"Bearer {KEY}",
        "Connection": "close",
        "Content-Length": "47",
        "Content-Type": "application/json",
    }


def test_delivery_controls_travel_as_headers(cli: CommandLine) -> None:
    """They are no part of the message; those that are not given are not sent."""
    times = {"Send-At": "2027-01-31T09:00:00+01:00", "Expires-At": "2027-01-31T10:00:00Z"}
    given = ["--idempotency-key", "k-1", *(part for name, at in times.items() for part in (f"--{name.lower()}", at))]
    with api((202, status("queued"))) as server:
        assert sms(cli, server, *given).code == 0
    [headers] = server.headers
    assert {"Idempotency-Key": "k-1", **times}.items() <= headers.items()
    assert server.asked == [("POST", "/v1/sms", {"recipient": "0176 04069000", "text": "Hello"})]


@pytest.mark.parametrize("option", ["--idempotency-key", "--send-at", "--expires-at"])
@pytest.mark.parametrize("value", ["a\r\nX: S3NT", "S3NT-ü", "S3NT\x00"])
def test_a_control_that_is_no_header_is_refused(cli: CommandLine, option: str, value: str) -> None:
    """Nothing is sent, and the value is not repeated."""
    with api() as server:
        finished = sms(cli, server, option, value)
    assert (finished.code, server.asked, "S3NT" in finished.stderr) == (2, [], False)
    assert option in finished.stderr


def test_what_is_refused_for_now_is_sent_again_with_the_same_key(cli: CommandLine) -> None:
    """A gateway that is about to stop is asked again; it can tell the first sending from a second."""
    with api((503, {"title": "Draining"}), (202, status("queued"))) as server:
        finished = sms(cli, server)
    [first, second] = [headers["Idempotency-Key"] for headers in server.headers]
    assert (finished.code, first) == (0, second)


def test_a_mail_is_sent(cli: CommandLine, tmp_path: Path) -> None:
    """A mail has sender and subject; its text may come from a file."""
    text = tmp_path / "text"
    text.write_bytes(b"Line one\r\nLine two\r\n")
    fields = ["--sender", "Demo <a@example.org>", "--recipient", "b@example.org", "--subject", "Hello"]
    with api((202, status("queued"))) as server:
        finished = cli("send", "email", *fields, "--text-file", str(text), "--url", f"{server.url}/")
    body = {
        "sender": "Demo <a@example.org>",
        "recipient": "b@example.org",
        "subject": "Hello",
        "text": "Line one\r\nLine two",
    }
    assert server.asked == [("POST", "/v1/email", body)]
    assert finished.stdout.split()[:2] == ["id", ID]


def test_the_key_comes_from_a_file(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--key-file` goes over `UMSCHLAG_KEY_FILE`, which goes over the key in the home."""
    paths = [tmp_path / name for name in ("variable.key", "option.key")]
    for path in paths:
        path.write_text(path.stem, encoding="ascii")
    monkeypatch.setenv("UMSCHLAG_KEY_FILE", str(paths[0]))
    with api((202, status("queued")), (202, status("queued"))) as server:
        monkeypatch.setenv("UMSCHLAG_URL", server.url)
        cli("send", "sms", "--recipient", "x", stdin=b"x")
        cli("send", "sms", "--recipient", "x", "--key-file", str(paths[1]), stdin=b"x")
    assert [headers["Authorization"] for headers in server.headers] == ["Bearer variable", "Bearer option"]


def test_the_key_may_be_the_first_line_of_standard_input(cli: CommandLine) -> None:
    """With `--key-file -` the rest of standard input is the text."""
    with api((202, status("queued"))) as server:
        sms(cli, server, "--key-file", "-", stdin=b"umschlag_x\nHello\nyou\n")
    assert server.headers[0]["Authorization"] == "Bearer umschlag_x"
    assert server.asked[0][2] == {"recipient": "0176 04069000", "text": "Hello\nyou"}


@pytest.mark.parametrize("key", [b"", b"\n", b"\xff\n", b"a\x00b\n"])
def test_no_key_is_a_failure(cli: CommandLine, key: bytes) -> None:
    """What is no key is not sent."""
    with api() as server:
        finished = sms(cli, server, "--key-file", "-", stdin=key)
    assert (finished.code, finished.stderr) == (1, "umschlag: there is no key in the file of the key\n")


def test_a_missing_key_is_a_failure(cli: CommandLine) -> None:
    """Without a key's file the option is named."""
    (cli.home / "demo.key").unlink()
    with api() as server:
        finished = sms(cli, server)
    expected = "umschlag: the file of the key cannot be read (FileNotFoundError): see --key-file\n"
    assert (finished.code, finished.stderr) == (1, expected)


@pytest.mark.parametrize(
    "words, code",
    [
        (["queued", "sending", "sent"], 0),
        (["delivered"], 0),
        (["deferred", "failed"], 1),
        (["expired"], 1),
        (["undelivered"], 1),
    ],
)
def test_waiting_asks_until_it_is_known(cli: CommandLine, words: list[str], code: int) -> None:
    """With `--wait` the command asks again until the message has an end, which decides the exit status."""
    answers: list[Answer] = [(202, status("queued")), *((200, status(word)) for word in words)]
    with api(*answers) as server:
        finished = sms(cli, server, "--wait", "60", "--json")
    assert [path for _, path, _ in server.asked] == ["/v1/sms", *[f"/v1/messages/{ID}"] * len(words)]
    assert (finished.code, finished.json()["status"]) == (code, words[-1])


def test_a_problem_is_told_by_field_and_rule(cli: CommandLine) -> None:
    """What the gateway refuses is one line with title, fields and rules."""
    errors = [
        {"field": "recipient", "reason": "is not a valid phone number"},
        {"field": "text", "reason": "is required"},
    ]
    with api((422, {"title": "Invalid message", "errors": errors})) as server:
        finished = sms(cli, server)
    expected = "umschlag: Invalid message (422): recipient is not a valid phone number; text is required\n"
    assert (finished.code, finished.stdout, finished.stderr) == (1, "", expected)


def test_a_problem_while_waiting_is_told(cli: CommandLine) -> None:
    """A message that is gone while one waits for it is a failure."""
    with api((202, status("queued")), (404, {"title": "Not found"})) as server:
        finished = sms(cli, server, "--wait", "60")
    assert (finished.code, finished.stderr) == (1, "umschlag: Not found (404)\n")


@pytest.mark.parametrize("members", [[], {"errors": ["x"]}, {"errors": None}, b"<html>S3NT"])
def test_an_answer_of_another_program_is_told(cli: CommandLine, members: Any) -> None:  # noqa: ANN401 (what JSON holds)
    """What is no problem document is a refusal with its status."""
    with api((500, members)) as server:
        finished = sms(cli, server)
    assert (finished.code, finished.stderr) == (1, "umschlag: the gateway refuses (500)\n")


def test_a_gateway_that_is_not_there_is_a_failure(cli: CommandLine) -> None:
    """Where nothing listens, the kind of error is told."""
    with api() as server:
        url = server.url
    finished = cli("send", "sms", "--recipient", "x", "--url", url, stdin=b"x")
    assert (finished.code, finished.stderr) == (1, "umschlag: the gateway does not answer (ConnectionRefusedError)\n")


def test_the_url_is_that_of_the_configuration(cli: CommandLine) -> None:
    """Without `--url` the listener of the configuration is called, on loopback where it listens everywhere."""
    with api((202, status("queued"))) as server:
        cli.configure(f'[http]\nlisten = "0.0.0.0:{server.server_address[1]}"')
        assert cli("send", "sms", "--recipient", "x", stdin=b"x").code == 0
    cli.configure('[http]\nlisten = "127.0.0.1:0"')
    finished = cli("send", "sms", "--recipient", "x", stdin=b"x")
    assert (finished.code, finished.stderr) == (1, "umschlag: the listener has no fixed port: --url is needed\n")


@pytest.mark.parametrize("url", ["S3NT", "ftp://S3NT", "http://", "http://[S3NT", "http://x:S3NT"])
def test_no_url_is_wrong_use(cli: CommandLine, url: str) -> None:
    """What is no URL is refused and not repeated."""
    finished = cli("send", "sms", "--recipient", "x", "--url", url, stdin=b"x")
    assert (finished.code, "S3NT" in finished.stderr, finished.stderr.count("\n")) == (2, False, 1)


def test_tls_is_verified(cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over https:// the key goes only to a gateway whose certificate the machine trusts."""
    authority, bundle = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with api((202, status("queued"))) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = server.url.replace("http:", "https:")
        stranger = cli("send", "sms", "--recipient", "x", "--url", url, stdin=b"x")
        monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
        trusted = cli("send", "sms", "--recipient", "x", "--url", url, stdin=b"x")
    expected = "umschlag: the gateway does not answer (SSLCertVerificationError)\n"
    assert (stranger.code, stranger.stderr, trusted.code) == (1, expected, 0)
    assert len(server.asked) == 1


def test_a_proxy_of_the_environment_is_not_used(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes to the gateway alone."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with api((202, status("queued"))) as server:
        assert sms(cli, server).code == 0


def test_a_text_file_that_is_not_there_is_a_failure(cli: CommandLine) -> None:
    """The kind of error is told, and nothing is sent."""
    with api() as server:
        finished = sms(cli, server, "--text-file", "S3NT")
    assert (finished.code, finished.stderr) == (1, "umschlag: the text cannot be read (FileNotFoundError)\n")
    assert server.asked == []
