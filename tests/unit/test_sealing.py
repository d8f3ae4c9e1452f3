"""Sealing: what was sealed opens for the same message of the same client, while its key lives, and for nobody else."""

from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.core.message import Email, Mailbox, Message, Sms
from gateway.spool.keyring import DirKeyring, KeyringError
from gateway.spool.sealing import PAD_TO, ContentCorruptError, ContentGoneError, Sealer
from gateway.spool.store import Sealed

NOW = 1_800_000_123
EPOCH = 1_800_000_000
ID, OTHER_ID = "0" * 32, "1" * 32
REFERENCE = "r" * 32
SMS = Sms("+4915112345678", "Ihr Termin ist morgen um 10 Uhr.")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=600)
mailboxes = st.builds(Mailbox, texts, texts)
messages = st.builds(Email, mailboxes, mailboxes, texts, texts) | st.builds(Sms, texts, texts, texts | st.none())


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> DirKeyring:
    """Return an open keyring."""
    return keyring_at(tmp_path_factory.mktemp("state") / "keys")


@pytest.fixture(scope="module")
def sealer(keyring: DirKeyring) -> Sealer:
    """Return what seals with it."""
    return Sealer(keyring)


def keyring_at(folder: Path) -> DirKeyring:
    """Return an open keyring, as another process would have it."""
    keyring = DirKeyring(folder)
    keyring.open()
    return keyring


def seal(sealer: Sealer, message: Message = SMS) -> Sealed:
    """Seal a message for ID and client 7."""
    return sealer.seal(message, REFERENCE, message_id=ID, client_id=7, now=NOW)


def opened(sealer: Sealer, sealed: Sealed, message_id: str = ID, client_id: int = 7) -> tuple[Message, str]:
    """Open what was sealed."""
    return sealer.open(sealed, message_id=message_id, client_id=client_id)


@given(message=messages)
def test_what_was_sealed_opens(sealer: Sealer, message: Message) -> None:
    """Every field and the reference come back as they were."""
    assert (message, REFERENCE) == opened(sealer, seal(sealer, message))


@given(message=messages)
def test_nothing_in_clear_is_in_it(sealer: Sealer, message: Message) -> None:
    """No run of eight bytes of a field is in the sealed bytes."""
    sealed = seal(sealer, message)
    fields = [message.text, message.subject] if isinstance(message, Email) else [message.text, message.recipient]
    pieces = [part for field in fields if len(part := field.encode()[:8]) == 8]
    assert not any(piece in sealed.ciphertext + sealed.wrapped_key for piece in pieces)


@given(first=messages, second=messages)
def test_sizes_tell_little(sealer: Sealer, first: Message, second: Message) -> None:
    """They are the same but for whole steps, and there are few of them."""
    sizes = [len(seal(sealer, message).ciphertext) for message in (first, second)]
    assert (sizes[0] - sizes[1]) % PAD_TO == 0
    assert {60} == {len(seal(sealer, message).wrapped_key) for message in (first, second)}


def test_the_same_message_is_never_sealed_alike(sealer: Sealer) -> None:
    """Keys and nonces are fresh each time."""
    sealed = [seal(sealer) for _ in range(50)]
    assert [len({each.wrapped_key for each in sealed}), len({each.ciphertext for each in sealed})] == [50, 50]
    nonces = [each.ciphertext[:12] for each in sealed] + [each.wrapped_key[:12] for each in sealed]
    assert 100 == len(set(nonces))  # noqa: SIM300 (expected first)


def test_it_is_sealed_in_the_epoch_of_its_time(sealer: Sealer) -> None:
    """The epoch is told, because its key opens it."""
    assert EPOCH == seal(sealer).epoch  # noqa: SIM300 (expected first)


@pytest.mark.parametrize("message_id, client_id", [(OTHER_ID, 7), (ID, 8), (ID, 77), ("", 7)])
def test_it_opens_for_its_message_and_client_alone(sealer: Sealer, message_id: str, client_id: int) -> None:
    """Moved to another row it is corrupt."""
    sealed = seal(sealer)
    with pytest.raises(ContentCorruptError):
        opened(sealer, sealed, message_id, client_id)


def test_it_opens_in_its_epoch_alone(sealer: Sealer, keyring: DirKeyring) -> None:
    """The epoch is bound too: told another one, it does not open even under its own key."""
    sealed = seal(sealer)
    moved = replace(sealed, epoch=EPOCH + 3600)

    class OneKey:
        def content_key(self, _epoch: int) -> AESGCM:
            return keyring.content_key(EPOCH)

        def current_content_key(self, _now: int) -> tuple[int, AESGCM]:
            return EPOCH, keyring.content_key(EPOCH)

    assert SMS == opened(Sealer(OneKey()), sealed)[0]  # noqa: SIM300 (expected first)
    with pytest.raises(ContentCorruptError):
        opened(Sealer(OneKey()), moved)


def test_layers_do_not_mix(sealer: Sealer) -> None:
    """A wrapped key is no content."""
    sealed = seal(sealer)
    with pytest.raises(ContentCorruptError):
        opened(sealer, replace(sealed, ciphertext=sealed.wrapped_key))


@given(place=st.integers(0, 343), bit=st.integers(0, 7))
def test_every_bit_counts(sealer: Sealer, place: int, bit: int) -> None:
    """One flipped bit anywhere, in the key's part or in the content's, is corrupt."""
    sealed = seal(sealer)
    whole = bytearray(sealed.wrapped_key + sealed.ciphertext)
    assert len(whole) == 344
    whole[place] ^= 1 << bit
    with pytest.raises(ContentCorruptError):
        opened(sealer, Sealed(sealed.epoch, bytes(whole[:60]), bytes(whole[60:])))


@pytest.mark.parametrize("kept", [0, 1, 11, 12, 28, 59])
def test_what_was_cut_short_is_corrupt(sealer: Sealer, kept: int) -> None:
    """At any length."""
    sealed = seal(sealer)
    for cut in (
        replace(sealed, wrapped_key=sealed.wrapped_key[:kept]),
        replace(sealed, ciphertext=sealed.ciphertext[:kept]),
    ):
        with pytest.raises(ContentCorruptError):
            opened(sealer, cut)


@pytest.mark.parametrize("payload", [b"", b"\xff\xff\xff\xff", msgspec.msgpack.encode(["fax", "a", "b"]), b"\x00"])
def test_a_payload_of_another_form_is_corrupt(sealer: Sealer, keyring: DirKeyring, payload: bytes) -> None:
    """What opens and is no message is not guessed at, and the error has nothing of it."""
    place = f"|{ID}|7|{EPOCH}".encode()
    nonce, key = bytes(12), bytes(32)
    framed = len(payload).to_bytes(4) + payload
    sealed = Sealed(
        EPOCH,
        nonce + keyring.content_key(EPOCH).encrypt(nonce, key, b"key" + place),
        nonce + AESGCM(key).encrypt(nonce, framed, b"content" + place),
    )
    with pytest.raises(ContentCorruptError) as caught:
        opened(sealer, sealed)
    assert (str(caught.value), caught.value.__cause__, caught.value.__suppress_context__) == ("", None, True)


def test_a_destroyed_key_opens_nothing(tmp_path: Path) -> None:
    """Content of a destroyed epoch is gone at once, in this process and in the next one."""
    keyring = keyring_at(tmp_path / "keys")
    sealed = seal(Sealer(keyring))
    keyring.destroy_content_keys(NOW)
    for each in (keyring, keyring_at(tmp_path / "keys")):
        with pytest.raises(ContentGoneError):
            opened(Sealer(each), sealed)


def test_a_damaged_key_makes_content_corrupt(tmp_path: Path) -> None:
    """That is for good, as if the content itself were damaged."""
    sealed = seal(Sealer(keyring_at(tmp_path / "keys")))
    (tmp_path / "keys" / "content" / f"{EPOCH}.key").write_bytes(bytes(48))
    with pytest.raises(ContentCorruptError):
        opened(Sealer(keyring_at(tmp_path / "keys")), sealed)


def test_a_keyring_that_cannot_be_read_is_told_apart(tmp_path: Path) -> None:
    """That may pass, so the content is neither gone nor corrupt."""
    sealed = seal(Sealer(keyring_at(tmp_path / "keys")))
    again = Sealer(keyring_at(tmp_path / "keys"))
    (tmp_path / "keys" / "content").rename(tmp_path / "elsewhere")
    (tmp_path / "keys" / "content").touch()
    with pytest.raises(KeyringError):
        opened(again, sealed)
    with pytest.raises(KeyringError):
        seal(again)


def test_nothing_is_shown(sealer: Sealer) -> None:
    """Neither the sealed content nor what it is made of has a repr with values."""
    text = repr(seal(sealer)) + repr(sealer)
    assert [each for each in ("Termin", "151", REFERENCE) if each in text] == []
