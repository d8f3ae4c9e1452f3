"""Pseudonyms: the same within a month, a client and a purpose, and unrelated everywhere else."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.message import Email, Mailbox, Message, Sms
from gateway.privacy.pseudonyms import TAG_BYTES, Pseudonyms, Tag, TagPurpose
from gateway.spool.keyring import DirKeyring

JANUARY, FEBRUARY = 1_798_761_600, 1_801_440_000
NUMBER = "+4915112345678"


@pytest.fixture(scope="module")
def pseudonyms(tmp_path_factory: pytest.TempPathFactory) -> Pseudonyms:
    """Return pseudonyms over a keyring of their own."""
    keyring = DirKeyring(tmp_path_factory.mktemp("state") / "keys")
    keyring.open()
    return Pseudonyms(keyring)


def tag(pseudonyms: Pseudonyms, address: str = NUMBER, client_id: int = 1, now: int = JANUARY) -> Tag:
    """Return a tag."""
    return pseudonyms.tag(address, TagPurpose.MESSAGE, client_id=client_id, now=now)


def test_a_recipient_is_told_again_within_the_month(pseudonyms: Pseudonyms) -> None:
    """From its first second to its last; the tag says which month's key made it."""
    tags = [tag(pseudonyms, now=now) for now in (JANUARY, FEBRUARY - 1)]
    assert (tags[0], JANUARY) == (tags[1], tags[0].month)


@given(address=st.text(max_size=99))
def test_tags_have_one_length(pseudonyms: Pseudonyms, address: str) -> None:
    """Whatever they are made of, and nothing of it is in them."""
    value = tag(pseudonyms, address).value
    assert TAG_BYTES == len(value)  # noqa: SIM300 (expected first)


def test_tags_are_unrelated_elsewhere(pseudonyms: Pseudonyms) -> None:
    """Another number, client or month gives another tag, also where the parts put together are the same."""
    tags = [
        tag(pseudonyms),
        tag(pseudonyms, "+4915112345679"),
        tag(pseudonyms, client_id=2),
        tag(pseudonyms, now=FEBRUARY),
        tag(pseudonyms, "1+49", client_id=1),
        tag(pseudonyms, "+49", client_id=11),
    ]
    assert len(tags) == len({each.value for each in tags})


def test_addresses_are_told_again_in_any_case(pseudonyms: Pseudonyms) -> None:
    """People write their address as they like."""
    assert tag(pseudonyms, "Jo@Example.ORG") == tag(pseudonyms, "jo@example.org")


def test_a_message_is_tagged_by_its_recipient(pseudonyms: Pseudonyms) -> None:
    """The number of a text message, the address of a mail without the name."""
    mailbox = Mailbox("jo@example.org", "Jo")
    messages: list[Message] = [Sms(NUMBER, "text"), Email(Mailbox("a@b.example"), mailbox, "subject", "text")]
    found = [pseudonyms.recipient_tag(message, client_id=1, now=JANUARY) for message in messages]
    assert [tag(pseudonyms), tag(pseudonyms, "jo@example.org")] == found


def test_a_destroyed_key_ends_all_tags(tmp_path: Path) -> None:
    """The same recipient in the same month has another tag then."""
    keyring = DirKeyring(tmp_path / "keys")
    keyring.open()
    pseudonyms = Pseudonyms(keyring)
    before = tag(pseudonyms)
    keyring.destroy_tag_keys(FEBRUARY)
    assert before.value != tag(pseudonyms).value
