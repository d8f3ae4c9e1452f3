"""E-mail addresses as people and programs write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.address import ascii_address, ascii_domain, matches_sender, parse_mailbox
from gateway.core.errors import FieldError, Flaw


@pytest.mark.parametrize(
    "written, address, name",
    [
        ("anna@example.org", "anna@example.org", ""),
        (" anna@example.org ", "anna@example.org", ""),
        ("Anna@EXAMPLE.org", "Anna@example.org", ""),
        ("<anna@example.org>", "anna@example.org", ""),
        ("Anna <anna@example.org>", "anna@example.org", "Anna"),
        ("Anna<anna@example.org>", "anna@example.org", "Anna"),
        ("Anna   Maria\tMüller <anna@example.org>", "anna@example.org", "Anna Maria Müller"),
        ('"Müller, Anna" <anna@example.org>', "anna@example.org", "Müller, Anna"),
        ('"Anna \\"die\\" \\\\ M." <anna@example.org>', "anna@example.org", 'Anna "die" \\ M.'),
        ('"<x@y.example>" <anna@example.org>', "anna@example.org", "<x@y.example>"),
        ('"Dr." Anna "M." <anna@example.org>', "anna@example.org", "Dr. Anna M."),
        ('"" <anna@example.org>', "anna@example.org", ""),
        ("Müller, Anna <anna@example.org>", "anna@example.org", "Müller, Anna"),
        ("anna+tag@example.org", "anna+tag@example.org", ""),
        ('"anna"@example.org', "anna@example.org", ""),
        ('"anna maria"@example.org', '"anna maria"@example.org', ""),
        ('"a@b"@example.org', '"a@b"@example.org', ""),
        ('"a<b>"@example.org', '"a<b>"@example.org', ""),
        ('Anna <"a>b"@example.org>', '"a>b"@example.org', "Anna"),
        ("anna@praxis.test", "anna@praxis.test", ""),
        ("anna@mail.local", "anna@mail.local", ""),
        ("anna@gateway.invalid", "anna@gateway.invalid", ""),
        ("POSTMASTER@example.org", "postmaster@example.org", ""),
    ],
)
def test_one_mailbox_is_read(written: str, address: str, name: str) -> None:
    """With and without a name, quoted or not; the domain in lower case."""
    found = parse_mailbox("sender", written)
    assert (address, name) == (found.address, found.name)


@pytest.mark.parametrize(
    "written, address, name",
    [
        ("anna(John's PC)@example.org", "anna@example.org", ""),
        ("anna@example.org (John's PC)", "anna@example.org", ""),
        ("(John's PC) anna@example.org", "anna@example.org", ""),
        ("Anna (at (John's) PC) <anna@example.org>", "anna@example.org", "Anna"),
        ("Anna (\\) PC) <anna@example.org>", "anna@example.org", "Anna"),
        ('Anna (") <anna@example.org>', "anna@example.org", "Anna"),
        ('"Anna (Praxis)" <anna@example.org>', "anna@example.org", "Anna (Praxis)"),
        ('"Anna \\" (Praxis)" <anna@example.org>', "anna@example.org", 'Anna " (Praxis)'),
        ('"a(b"@example.org', '"a(b"@example.org', ""),
    ],
)
def test_comments_are_dropped(written: str, address: str, name: str) -> None:
    """Mail programs name people's machines in them; what stands in quotes is none."""
    found = parse_mailbox("sender", written)
    assert (address, name) == (found.address, found.name)


@pytest.mark.parametrize(
    "written, address, in_ascii",
    [
        ("anna@müller.example", "anna@müller.example", "anna@xn--mller-kva.example"),
        ("anna@xn--mller-kva.example", "anna@müller.example", "anna@xn--mller-kva.example"),
        ("anna@MÜLLER.example", "anna@müller.example", "anna@xn--mller-kva.example"),
        ("anna@straße.example", "anna@straße.example", "anna@xn--strae-oqa.example"),
        ("anna@例子。广告", "anna@例子.广告", "anna@xn--fsqu00a.xn--4rr70v"),
        ("jürgen@example.org", "jürgen@example.org", None),
        ("ju\u0308rgen@müller.example", "jürgen@müller.example", None),
        ("用户@例子.广告", "用户@例子.广告", None),
    ],
)
def test_addresses_outside_ascii(written: str, address: str, in_ascii: str | None) -> None:
    """One spelling for each; in ASCII wherever the local part allows it."""
    found = parse_mailbox("sender", written)
    assert (address, in_ascii) == (found.address, ascii_address(found.address))


@pytest.mark.parametrize(
    "written, flaw",
    [
        ("", Flaw.ADDRESS),
        ("anna", Flaw.ADDRESS),
        ("@example.org", Flaw.ADDRESS),
        ("anna@", Flaw.ADDRESS),
        ("anna@localhost", Flaw.ADDRESS),
        ("anna@127.0.0.1", Flaw.ADDRESS),
        ("anna@[127.0.0.1]", Flaw.ADDRESS),
        ("anna@-x.example", Flaw.ADDRESS),
        ("anna@x..example", Flaw.ADDRESS),
        ("anna..maria@example.org", Flaw.ADDRESS),
        (".anna@example.org", Flaw.ADDRESS),
        ("an na@example.org", Flaw.ADDRESS),
        ("anna@☃.example", Flaw.ADDRESS),
        ("a" * 250 + "@example.org", Flaw.ADDRESS),
        ("<>", Flaw.ADDRESS),
        ("Anna <>", Flaw.ADDRESS),
        ("anna@example.org (open", Flaw.ADDRESS),
        ("anna@example.org )", Flaw.ADDRESS),
        ("anna@example.org, bob@example.org", Flaw.ADDRESS),
        ("anna@example.org; bob@example.org", Flaw.ADDRESS),
        ("anna@example.org bob@example.org", Flaw.ADDRESS),
        ("Anna <anna@example.org>, Bob <bob@example.org>", Flaw.ONE_ADDRESS),
        ("<anna@example.org> <bob@example.org>", Flaw.ONE_ADDRESS),
        ("anna@example.org <bob@example.org>", Flaw.ONE_ADDRESS),
        ("bob@example.org, Anna <anna@example.org>", Flaw.ONE_ADDRESS),
        ("<anna@example.org> Anna", Flaw.ONE_ADDRESS),
        ("Team: Anna <anna@example.org>;", Flaw.ONE_ADDRESS),
        ('"Anna <anna@example.org>', Flaw.ONE_ADDRESS),
        ('An"na <anna@example.org>', Flaw.ONE_ADDRESS),
        ("Anna <<anna@example.org>>", Flaw.ONE_ADDRESS),
        ("x" * 129 + " <anna@example.org>", Flaw.TOO_LONG),
        ("x" * 513, Flaw.TOO_LONG),
        ("Anna\r\nBcc: bob@example.org <anna@example.org>", Flaw.LINE_BREAK),
        ("Anna\x00 <anna@example.org>", Flaw.NUL),
        ("Anna\x07 <anna@example.org>", Flaw.CONTROL),
        ("Anna\ud800 <anna@example.org>", Flaw.SURROGATE),
    ],
)
def test_what_is_not_one_address_is_refused(written: str, flaw: Flaw) -> None:
    """No address, more than one, or a line that is none."""
    with pytest.raises(FieldError) as caught:
        parse_mailbox("recipient", written)
    assert ("recipient", flaw) == (caught.value.field, caught.value.flaw)


@given(st.one_of(st.text(max_size=60), st.text(st.sampled_from('"<>@()\\.,: aä\t'), max_size=60)))
def test_whatever_is_written_is_read_or_refused(written: str) -> None:
    """What was read is read again the same; a refusal holds no value."""
    try:
        found = parse_mailbox("sender", written)
    except FieldError as error:
        refusal = error
    else:
        assert found == parse_mailbox("sender", str(found))
        return
    assert (f"sender {refusal.flaw.value}",) == refusal.args
    assert refusal.__suppress_context__ or refusal.__context__ is None


@pytest.mark.parametrize("written", ['"' * 511 + "<", '"\\' * 255 + "<", "(" * 511 + "<", 'a"' * 255 + "<", "<" * 512])
def test_no_text_takes_long(written: str) -> None:
    """The work grows with the length, not with its powers: each takes far less than the suite's time-out."""
    with pytest.raises(FieldError):
        parse_mailbox("sender", written)


@pytest.mark.parametrize(
    "pattern, address, expected",
    [
        ("anna@praxis.example", "anna@praxis.example", True),
        ("Anna@PRAXIS.example", "anna@praxis.example", True),
        ("anna@praxis.example", "ANNA@praxis.example", True),
        ("anna@praxis.example", "bob@praxis.example", False),
        ("anna@praxis.example", "anna@other.example", False),
        ("*@praxis.example", "anna@praxis.example", True),
        ("*@praxis.example", "anna@sub.praxis.example", False),
        ("*@praxis.example", "anna@notpraxis.example", False),
        ("*@*.praxis.example", "anna@sub.praxis.example", True),
        ("*@*.praxis.example", "anna@a.b.praxis.example", True),
        ("*@*.praxis.example", "anna@praxis.example", False),
        ("*@*.praxis.example", "anna@notpraxis.example", False),
        ("anna@*.praxis.example", "anna@sub.praxis.example", True),
        ("anna@*.praxis.example", "bob@sub.praxis.example", False),
        ("*@müller.example", "anna@müller.example", True),
        ("*@xn--mller-kva.example", "anna@müller.example", True),
        ("*@*.müller.example", "anna@sub.müller.example", True),
        ("*@strasse.example", "anna@straße.example", False),
        ("*@straße.example", "anna@strasse.example", False),
        ("praxis.example", "anna@praxis.example", False),
        ("@praxis.example", "anna@praxis.example", False),
        ("*", "anna@praxis.example", False),
        ("", "anna@praxis.example", False),
        ("*@☃.example", "anna@praxis.example", False),
        ("*@*.☃.example", "anna@praxis.example", False),
        ("JÜRGEN@praxis.example", "jürgen@praxis.example", True),
    ],
)
def test_a_pattern_allows_senders(pattern: str, address: str, expected: bool) -> None:
    """One address, a domain, or what is below a domain; a pattern that is none of these allows nothing."""
    assert expected is matches_sender(pattern, address)


@pytest.mark.parametrize(
    "domain, labels", [("Example.ORG", "example.org"), ("müller.example", "xn--mller-kva.example")]
)
def test_a_domain_has_labels_in_ascii(domain: str, labels: str) -> None:
    """In lower case."""
    assert labels == ascii_domain(domain)
