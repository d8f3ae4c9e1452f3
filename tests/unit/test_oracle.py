"""The leak oracle finds each form in each place: what it does not see would count as kept secret."""

import asyncio
import base64
import quopri
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from email.charset import BASE64, QP, Charset
from email.header import Header
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.fakes.capture_http import HttpCapture, reply
from tests.fakes.capture_smtp import SmtpCapture
from tests.fakes.http_wire import Reply, ask, request
from tests.oracle.marks import AT_PROVIDER, Kind, Mark, Mint
from tests.oracle.searcher import Finding, Sink, present, search
from tests.oracle.sinks import (
    CONSOLE_PATHS,
    PUBLIC_PATHS,
    admin_sinks,
    answer_sinks,
    capture_sinks,
    family,
    file_sinks,
    process_sinks,
)

MINT = Mint(1)
MARK = Mark("place", MINT.ambient("place"), Kind.AMBIENT)
NUMBER = Mark("number", MINT.phone("number"), Kind.AMBIENT)


def _header(text: str, encoding: int) -> bytes:
    charset = Charset("utf-8")
    charset.header_encoding = encoding
    # Long enough to be folded in the middle of the mark, with a letter that has to be coded.
    return Header("ü" * 25 + text, charset, maxlinelen=60).encode().encode()


def _base64_at(offset: int) -> Callable[[str], bytes]:
    return lambda text: base64.b64encode(b"x" * offset + text.encode() + b"yz")


# Coded by other hands than the oracle's: what a library would do to a value on its way out.
FORMS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda text: text.encode(),
    "upper case": lambda text: text.upper().encode(),
    "lower case": lambda text: text.lower().encode(),
    "swapped case": lambda text: text.swapcase().encode(),
    "reversed": lambda text: text[::-1].encode(),
    "utf-16-le": lambda text: text.encode("utf-16-le"),
    "utf-16-be": lambda text: ("x" + text).encode("utf-16-be"),
    "hex": lambda text: text.encode().hex().encode(),
    "hex, upper case": lambda text: text.encode().hex().upper().encode(),
    "hex of lower case": lambda text: text.lower().encode().hex().encode(),
    **{f"base64 at {offset}": _base64_at(offset) for offset in range(5)},
    "base64 of upper case": lambda text: base64.b64encode(text.upper().encode()),
    "base64 for an URL": lambda text: base64.urlsafe_b64encode(b"??>>" + text.encode()),
    "base64, folded": lambda text: base64.encodebytes(b"x" * 50 + text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(("ü" * 12 + text).encode()),
    "quoted-printable, every byte": lambda text: "".join(f"={byte:02X}" for byte in text.encode()).encode(),
    "percent": lambda text: quote("ü" + text, safe="").encode(),
    "percent, every byte": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()).encode(),
    "RFC 2047 b": lambda text: _header(text, BASE64),
    "RFC 2047 q": lambda text: _header(text, QP),
    "escaped": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()).encode(),
    "JSON, escaped": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text).encode(),
}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "E.164": lambda number: number,
    "00": lambda number: "00" + number[1:],
    "national": lambda number: "0" + number[3:],
    "digits": lambda number: number[1:],
}
WRITTEN_FOR_PEOPLE = ("{0} {1} / {2}-{3}", "{0} (0) {1} {2}.{3}", "0{1}/{2} {3}", "({0}) {1} {2} {3}")


@pytest.fixture(params=FORMS)
def leak(request: pytest.FixtureRequest) -> bytes:
    """The mark in one form."""
    return FORMS[request.param](MARK.value)


def _found(sinks: list[Sink]) -> set[str]:
    return {finding.sink for finding in search(sinks, [MARK, NUMBER])}


def test_a_clean_place_has_no_finding() -> None:
    """What is not there is not found."""
    assert search([Sink("log", b'{"event":"started"} S3N T- 49151')], [MARK, NUMBER]) == []


def test_every_form_is_found_in_a_place(leak: bytes) -> None:
    """A mark is found in whatever form it stands among other bytes."""
    assert {"log"} == _found([Sink("log", b"before " + leak + b" after")])


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_of_a_number_is_found_in_every_form(spelling: str, form: str) -> None:
    """A number is found however it is spelt and coded."""
    spelt = SPELLINGS[spelling](NUMBER.value)
    assert {"log"} == _found([Sink("log", b'{"to":"' + FORMS[form](spelt) + b'"}')])


@pytest.mark.parametrize("written", WRITTEN_FOR_PEOPLE)
def test_a_number_written_for_people_is_found(written: str) -> None:
    """Blanks, dots, slashes, dashes and brackets do not hide a number."""
    number = NUMBER.value
    spelt = written.format(number[:3], number[3:6], number[6:10], number[10:])
    assert {"log"} == _found([Sink("log", b"to " + spelt.encode())])


def test_content_is_allowed_at_the_provider_alone() -> None:
    """A documented field may be in a provider's request and nowhere else."""
    content = Mark("text", MINT.content("text"), Kind.CONTENT)
    sinks = [
        Sink(name, content.value.encode(), allows=AT_PROVIDER if name == "provider" else frozenset())
        for name in ("provider", "log")
    ]
    assert [Finding("log", "text", "plain")] == search(sinks, [content])
    assert {"text"} == present(sinks[0], [content])


def test_what_comes_along_is_allowed_nowhere(leak: bytes) -> None:
    """A mark of the client's machine in a provider's request is a finding."""
    assert {"provider"} == _found([Sink("provider", leak, allows=AT_PROVIDER)])


def test_a_finding_names_place_mark_and_form() -> None:
    """A finding tells where to look."""
    coded = quote("ü", safe="").encode() + base64.b64encode(MARK.value.encode())
    assert [Finding("log", "place", "base64 at 0")] == search([Sink("log", coded)], [MARK])


def test_every_form_is_found_in_every_kind_of_file(leak: bytes, tmp_path: Path) -> None:
    """Output, log, keys, temporary files and what lies deeper are all read."""
    names = ("stdout", "stderr", "home/log/gateway.log", "home/keys/1700000000", "tmp/spooled/part")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * 5000 + leak)
    found = _found(list(file_sinks(tmp_path, ("home", "tmp", "stdout", "stderr"))))
    assert {f"file {name}" for name in names} == found


def test_a_mark_in_a_file_name_is_found(tmp_path: Path) -> None:
    """What a file is called is a place too."""
    (tmp_path / MARK.value).touch()
    assert {"name of a file in ."} == _found(list(file_sinks(tmp_path, (".",))))


def test_every_form_is_found_in_a_database_and_its_log(leak: bytes, tmp_path: Path) -> None:
    """A row is found in the write-ahead log, in the file, and after it was deleted without care."""
    with closing(sqlite3.connect(tmp_path / "spool.db", isolation_level=None)) as database:
        database.executescript("PRAGMA journal_mode=WAL; PRAGMA secure_delete=OFF; CREATE TABLE leak (value BLOB)")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("INSERT INTO leak VALUES (?)", (leak,))
        assert {"file spool.db-wal"} == _found(list(file_sinks(tmp_path, (".",))))
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert {"file spool.db"} == _found(list(file_sinks(tmp_path, (".",))))
        database.execute("DELETE FROM leak")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert {"file spool.db"} == _found(list(file_sinks(tmp_path, (".",))))


@pytest.fixture
async def process(leak: bytes, tmp_path: Path) -> AsyncIterator[int]:
    """A process that has the leak in its arguments, its environment and a file that it deleted."""
    said = leak.replace(b"\0", b"")
    file = tmp_path / "deleted"
    file.write_bytes(leak)
    script = b'exec 3<"$1"; rm "$1"; echo ready; read -r line'
    arguments = (b"-c", script, b"sh", bytes(file), said)
    running = await asyncio.create_subprocess_exec(
        b"sh", *arguments, env={b"LEAK": said}, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert running.stdout is not None
    await running.stdout.readline()
    yield running.pid
    await running.communicate(b"\n")


async def test_what_a_process_has_started_belongs_to_it() -> None:
    """Workers are searched with the one that started them."""
    inner = 'sh -c "echo; read -r line"; exit 0'
    running = await asyncio.create_subprocess_exec(
        "sh", "-c", inner, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert running.stdout is not None
    await running.stdout.readline()
    assert len(family(running.pid)) == 2
    await running.communicate(b"\n")


async def test_every_form_is_found_around_a_process(process: int) -> None:
    """Command line, environment and deleted files that are still held are all read."""
    assert {"process cmdline", "process environ", "process deleted file"} == _found(list(process_sinks(process)))


async def test_every_form_is_found_in_every_admin_page(leak: bytes) -> None:
    """Metrics, health and console are read, head and body."""
    async with HttpCapture(reply(200, leak)) as pages:

        async def page(path: str) -> Reply:
            return await ask(pages.port, request("GET", path))

        assert {f"admin {path}" for path in (*PUBLIC_PATHS, *CONSOLE_PATHS)} == _found(await admin_sinks(page))


def test_every_form_is_found_in_answers(leak: bytes) -> None:
    """A client's answers are read, header and body."""
    folded = leak.replace(b"\n", b"\n ")
    answers = [Reply(422, b"HTTP/1.1 422 x\r\nX-Leak: " + folded + b"\r\n\r\n", b""), Reply(0, b"", leak)]
    assert {"answer 0 (422)", "answer 1 (0)"} == _found(list(answer_sinks(answers)))


def _requests(leak: bytes) -> Iterator[bytes]:
    yield b"POST /api HTTP/1.1\r\nContent-Length: 0\r\nX-Leak: " + leak + b"\r\n\r\n"
    yield request("POST", "/api", body=leak)
    yield b"POST /api?" + leak + b" HTTP/1.1\r\nContent-Length: 0\r\n\r\n"


async def test_every_form_is_found_in_every_part_of_a_providers_request(leak: bytes) -> None:
    """Target, header and body of what a provider got are all read."""
    async with HttpCapture(reply(200)) as capture:
        for number, said in enumerate(_requests(leak)):
            await ask(capture.port, said)
            sink = list(capture_sinks([capture]))[number]
            assert {f"provider at {capture.port}"} == _found([sink])


async def test_every_form_is_found_in_a_mail_session(leak: bytes) -> None:
    """EHLO, envelope and data of what a mail server got are all read."""
    line = leak.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n ")
    for said in (b"EHLO %s\r\n", b"EHLO x\r\nMAIL FROM:<%s>\r\n", b"EHLO x\r\nMAIL FROM:<x>\r\nDATA\r\n%s\r\n.\r\n"):
        async with SmtpCapture() as capture:
            await ask(capture.port, said % line + b"QUIT\r\n")
            assert {f"provider at {capture.port}"} == _found(list(capture_sinks([capture])))
