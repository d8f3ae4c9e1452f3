"""Addresses that are taken without the library: it would have taken each of them, as it stands."""

from email_validator import validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.core.address import _PLAIN

LABELS = st.text("abz019-", min_size=1, max_size=12) | st.text("ab-", min_size=60, max_size=65)
LOCALS = st.lists(st.text("abz019!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=40), min_size=1, max_size=3).map(".".join)
DOMAINS = st.lists(LABELS, min_size=1, max_size=5).map(".".join)


@given(LOCALS, DOMAINS)
@example("info", "example.org")
@example("a" * 64, ".".join(["a" * 61] * 3) + ".org")
@example("a" * 64, ".".join(["a" * 61] * 3) + ".ab.org")
@example("a" * 65, "example.org")
@example("a", "xn--mller-kva.example")
@example("a", "example.c0m")
@example("a", "example.0")
@example("a", "-a.example")
@example("a", "localhost")
def test_what_is_plain_is_valid(local: str, domain: str) -> None:
    """The library takes it and changes nothing."""
    address = f"{local}@{domain}"
    if _PLAIN.fullmatch(address):
        found = validate_email(address, check_deliverability=False, allow_quoted_local=True, globally_deliverable=True)
        assert found.normalized == address


def test_most_addresses_are_plain() -> None:
    """Those that people have, and none that has to be changed."""
    plain = ["erika.mustermann+x@mail.example.org", "info@example.com", "a_b@a-b.example"]
    others = [
        "Info@example.com",
        "a@Example.com",
        "a@müller.example",
        "ü@example.org",
        '"a b"@example.org',
        "a@b",
        "a..b@c.de",
    ]
    assert [bool(_PLAIN.fullmatch(each)) for each in plain + others] == [True] * 3 + [False] * 7
