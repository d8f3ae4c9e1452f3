"""The small parts of SMTP submission: arguments, credentials, replies, numbers, texts of text messages."""

import base64

import pytest

from gateway.core.errors import FieldError, Flaw
from gateway.intake.refusal import Refusal, Refused
from gateway.intake.smtp import reply
from gateway.intake.smtp.argument import Bounds, Opening, read_mail_argument, read_rcpt_argument
from gateway.intake.smtp.content import refusal_of, unstuff
from gateway.intake.smtp.login import read_base64, read_plain
from gateway.intake.smtp.reply import BAD_ARGUMENT, HOLD_TOO_LONG, Reply, of_errors, of_refused
from gateway.intake.smtp.short import local_part_in, shorten
from gateway.intake.times import Times

NOW = 1_800_000_000  # 2027-01-15T08:00:00Z
BOUNDS = Bounds(max_size=1000, max_hold=3600, now=NOW)


def opening(parameters: str = "") -> Opening | Reply:
    """Read MAIL with these parameters."""
    return read_mail_argument(f"FROM:<a@b.example>{parameters}", BOUNDS)


@pytest.mark.parametrize(
    "argument,address",
    [
        ("<a@b.example>", "a@b.example"),
        (" <a@b.example>", "a@b.example"),
        ("a@b.example", "a@b.example"),
        ("<@relay.example,@other.example:a@b.example>", "a@b.example"),
        ('<"a \\" > b"@b.example>', '"a \\" > b"@b.example'),
        ("<>", ""),
        ("<postmaster>", "postmaster"),
    ],
)
def test_paths_are_read(argument: str, address: str) -> None:
    """With the angle brackets, or as devices write it; source routes are read over."""
    assert read_rcpt_argument(f"to:{argument}") == address


@pytest.mark.parametrize(
    "argument", ["", "<a@b.example", "<a b@c.example>", "a b", "<a@b.example>x", "<a@b.example> =x"]
)
def test_what_is_no_path_is_refused(argument: str) -> None:
    """Half a path, spaces in it, something glued to it."""
    assert read_rcpt_argument(f"TO:{argument}") is BAD_ARGUMENT


@pytest.mark.parametrize(
    "parameters,times",
    [
        ("", Times()),
        (" HOLDFOR=60", Times(NOW + 60)),
        (" HOLDUNTIL=2027-01-15T09:01:00+01:00", Times(NOW + 60)),
        (" HOLDUNTIL=2027-01-15T08:00:00.5Z", Times(NOW + 1)),
        (" HOLDUNTIL=2020-01-01T00:00:00Z", Times(NOW)),
        (" by=60;rt SIZE=1000 BODY=7bit AUTH=<>", Times(None, NOW + 60)),
        (" BY=120;R HOLDFOR=60", Times(NOW + 60, NOW + 120)),
    ],
)
def test_times_are_read(parameters: str, times: Times) -> None:
    """As seconds from now, or as a moment; what is past is due now."""
    assert opening(parameters) == Opening("a@b.example", smtputf8=False, times=times)


@pytest.mark.parametrize(
    "parameters,refusal",
    [
        (" HOLDFOR=3601", HOLD_TOO_LONG),
        (" HOLDFOR=0", BAD_ARGUMENT),
        (" HOLDFOR", BAD_ARGUMENT),
        (" HOLDUNTIL", BAD_ARGUMENT),
        (" HOLDUNTIL=tomorrow", BAD_ARGUMENT),
        (" HOLDUNTIL=2027-01-15T08:00:00", BAD_ARGUMENT),
        (" BY=60", BAD_ARGUMENT),
        (" BY=-60;R", BAD_ARGUMENT),
        (" BY=60;R HOLDFOR=60", BAD_ARGUMENT),
        (" BODY", BAD_ARGUMENT),
        (" SIZE", BAD_ARGUMENT),
        (" AUTH", BAD_ARGUMENT),
    ],
)
def test_times_that_cannot_be_are_refused(parameters: str, refusal: Reply) -> None:
    """Too far away, over before they begin, or no times."""
    assert opening(parameters) is refusal


def test_credentials_are_read() -> None:
    """Name and key; an identity that is another's is refused as a wrong key is."""
    said = [b"\0praxis\0key", b"praxis\0praxis\0key"]
    found = [read_plain(each) for each in said]
    assert [(each.name, each.key) for each in found if not isinstance(each, Reply)] == [("praxis", "key")] * 2
    assert read_plain(b"other\0praxis\0key") is reply.LOGIN_REFUSED
    for wrong in (b"", b"praxis", b"\0praxis", b"\0a\0b\0c"):
        assert read_plain(wrong) is reply.BAD_CREDENTIALS_FORM
    assert [read_base64(text) for text in ("=", base64.b64encode(b"x").decode(), "ä", "x")] == [
        b"",
        b"x",
        reply.BAD_CREDENTIALS_FORM,
        reply.BAD_CREDENTIALS_FORM,
    ]


def test_every_refusal_of_the_door_has_a_reply() -> None:
    """Nothing that it says is without a code of its own class."""
    temporary = {Refusal.RATE, Refusal.DAILY, Refusal.MONTHLY, Refusal.DRAINING, Refusal.RETENTION, Refusal.FULL}
    temporary.add(Refusal.UNAVAILABLE)
    assert temporary == {each for each in Refusal if of_refused(Refused(each)).code < 500}


@pytest.mark.parametrize(
    "field,flaw,code",
    [
        ("sender", Flaw.ADDRESS, "550 5.1.7"),
        ("sender", Flaw.NOT_ALLOWED, "550 5.7.1"),
        ("recipient", Flaw.PHONE, "553 5.1.3"),
        ("recipient", Flaw.COUNTRY, "550 5.7.1"),
        ("sender_id", Flaw.NOT_ALLOWED, "550 5.7.1"),
        ("subject", Flaw.LINE_BREAK, "554 5.6.0"),
        ("text", Flaw.TOO_LONG, "552 5.3.4"),
        ("text", Flaw.TOO_MANY_SEGMENTS, "552 5.3.4"),
        ("text", Flaw.NUL, "554 5.6.0"),
        ("text", Flaw.EMPTY, "554 5.6.0"),
        ("send_at", Flaw.TOO_FAR, "501 5.5.4"),
        ("something", Flaw.VALUE, "554 5.6.0"),
    ],
)
def test_every_field_has_its_reply(field: str, flaw: Flaw, code: str) -> None:
    """By what is wrong with which."""
    assert bytes(of_errors((FieldError(field, flaw),))).decode().startswith(code)


def test_replies_are_ascii_and_have_enhanced_codes() -> None:
    """One line each; the class of the enhanced code is that of the code (RFC 2034 §3)."""
    for each in vars(reply).values():
        if isinstance(each, Reply):
            code, enhanced, _ = bytes(each).decode("ascii").split(" ", 2)
            assert code[0] == enhanced[0]
            assert bytes(each).count(b"\r\n") == 1


@pytest.mark.parametrize(
    "said,content",
    [(b".\r\n", b""), (b"a\r\n.\r\n", b"a\r\n"), (b"..\r\n.\r\n", b".\r\n"), (b"\r\n...\r\n.\r\n", b"\r\n..\r\n")],
)
def test_dots_are_taken_off(said: bytes, content: bytes) -> None:
    """One in front of each line that begins with one, in the first line too (RFC 5321 §4.5.2)."""
    assert unstuff(b"\r\n" + said) == content


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\r\r\n", b"a\n\r\n", b"\n", b"\r"])
def test_line_ends_that_are_none_are_refused(content: bytes) -> None:
    """CR and LF come together or not at all."""
    assert refusal_of(content) is reply.BARE_LINE_END
    assert refusal_of(b"a\r\n\r\nb\r\n") is None


@pytest.mark.parametrize(
    "address,local",
    [
        ("+49176@sms.example", "+49176"),
        ("+49176@SMS.Example.", "+49176"),
        ('"0176 1 \\"2"@sms.example', '0176 1 "2'),
        ("a@other.example", None),
        ("sms.example", None),
        ("a@", None),
        ("a@sms..example", None),
        ("a@ü..example", None),
    ],
)
def test_numbers_are_told_by_their_domain(address: str, local: str | None) -> None:
    """Without case, with a dot at its end; no domain, no text messages."""
    assert local_part_in("sms.example", address) == local
    assert local_part_in(None, address) is None


@pytest.mark.parametrize(
    "text,short",
    [
        ("eins\nzwei\n\n\n", "eins\nzwei"),
        ("eins\n-- \nPraxis\n", "eins"),
        ("eins\n--\nzwei\n", "eins\n--\nzwei"),
        ("eins\n> zwei\ndrei\n", "eins\ndrei"),
        ("eins\n\nAm 3. März schrieb Anna <a@b.example>:\n> zwei\n", "eins"),
        ("eins\n\nOn Mon, 3 Mar 2026 at 09:12, Anna\n<a@b.example> wrote:\n\n> zwei\n", "eins"),
        ("Am Montag um 9:\n> zwei\n", "Am Montag um 9:"),
        ("eins\n-----Ursprüngliche Nachricht-----\nVon: Anna\n", "eins"),
        ("eins\n-----Original Message-----\nFrom: Anna\n", "eins"),
        ("> alles\n", ""),
        ("\n\neins", "\n\neins"),
    ],
)
def test_what_is_no_message_is_cut(text: str, short: str) -> None:
    """Signature, quotes and what introduces them, line ends at the end."""
    assert shorten(text, is_rendered=False) == short


def test_a_signature_in_html_has_lost_its_space() -> None:
    """There two dashes end the text."""
    assert shorten("eins\n--\nPraxis\n", is_rendered=True) == "eins"
