"""Sealing: what a message says, and our reference, under a key of its own that its epoch's key wraps."""

import os
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.message import Email, Mailbox, Message, Sms
from gateway.spool.keyring import ContentKeys, KeyCorruptError, KeyGoneError
from gateway.spool.store import Sealed

# Sizes on disk tell little: a payload is filled up to the next multiple of this.
PAD_TO: Final = 256

_LENGTH_BYTES: Final = 4
_KEY_BYTES: Final = 32
# AES-GCM with random nonces of 96 bits: at most 2^32 uses of one key (NIST SP 800-38D §8.3). An epoch key wraps one
# key a message, so that is over a million messages a second for an hour; a message's own key is used once.
_NONCE_BYTES: Final = 12
_CHANCE_BYTES: Final = _KEY_BYTES + 2 * _NONCE_BYTES
_OUTER_END: Final = _KEY_BYTES + _NONCE_BYTES
_DRAWN_AT_ONCE: Final = 512


class ContentGoneError(Exception):
    """The key of the content's epoch was destroyed."""


class ContentCorruptError(Exception):
    """The content is not what was sealed for this message of this client."""


class _EmailPayload(msgspec.Struct, array_like=True, tag="email", repr_omit_defaults=True):
    reference: str
    sender: tuple[str, str]
    recipient: tuple[str, str]
    subject: str
    text: str


class _SmsPayload(msgspec.Struct, array_like=True, tag="sms", repr_omit_defaults=True):
    reference: str
    recipient: str
    text: str
    sender_id: str | None


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_EmailPayload | _SmsPayload)


class Sealer:
    """Seals and opens messages with the keys of one keyring."""

    def __init__(self, keyring: ContentKeys) -> None:
        self._keyring = keyring
        self._chance = _Chance()

    def seal(self, message: Message, reference: str, *, message_id: str, client_id: int, now: int) -> Sealed:
        """Seal a message with the key of the epoch that `now` is in. Raises KeyringError."""
        epoch, epoch_key = self._keyring.current_content_key(now)
        place = _place(message_id, client_id, epoch)
        chance = self._chance.take()
        key, outer, inner = chance[:_KEY_BYTES], chance[_KEY_BYTES:_OUTER_END], chance[_OUTER_END:]
        wrapped_key = outer + epoch_key.encrypt(outer, key, b"key" + place)
        ciphertext = inner + AESGCM(key).encrypt(inner, _pack(message, reference), b"content" + place)
        return Sealed(epoch, wrapped_key, ciphertext)

    def open(self, sealed: Sealed, *, message_id: str, client_id: int) -> tuple[Message, str]:
        """Return the message and our reference. Raises ContentGoneError, ContentCorruptError, KeyringError."""
        try:
            epoch_key = self._keyring.content_key(sealed.epoch)
            place = _place(message_id, client_id, sealed.epoch)
            key = _decrypt(epoch_key, sealed.wrapped_key, b"key" + place)
            return _unpack(_decrypt(AESGCM(key), sealed.ciphertext, b"content" + place))
        except KeyGoneError:
            raise ContentGoneError from None
        except (KeyCorruptError, InvalidTag, ValueError):
            raise ContentCorruptError from None


class _Chance:
    """Random bytes, drawn for some messages at once: each draw gives the interpreter's lock away.

    A process that is forked draws its own: two that seal with the same key and nonce would give both contents away.
    """

    def __init__(self) -> None:
        self._drawn: list[bytes] = []
        self._process = 0

    def take(self) -> bytes:
        """Return a message's key and two nonces, which nobody else gets."""
        if not self._drawn or self._process != os.getpid():
            self._process = os.getpid()
            drawn = os.urandom(_CHANCE_BYTES * _DRAWN_AT_ONCE)
            self._drawn = [drawn[at : at + _CHANCE_BYTES] for at in range(0, len(drawn), _CHANCE_BYTES)]
        return self._drawn.pop()


def _place(message_id: str, client_id: int, epoch: int) -> bytes:
    """Return what both layers are bound to: a sealed content moved to another message, client or epoch is corrupt."""
    return b"|%s|%d|%d" % (message_id.encode(), client_id, epoch)


def _decrypt(key: AESGCM, sealed: bytes, bound_to: bytes) -> bytes:
    return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to)


def _pack(message: Message, reference: str) -> bytes:
    payload: _EmailPayload | _SmsPayload
    if isinstance(message, Email):
        sender, recipient = message.sender, message.recipient
        payload = _EmailPayload(
            reference,
            (sender.address, sender.name),
            (recipient.address, recipient.name),
            message.subject,
            message.text,
        )
    else:
        payload = _SmsPayload(reference, message.recipient, message.text, message.sender_id)
    packed = _ENCODER.encode(payload)
    length = len(packed)
    return length.to_bytes(_LENGTH_BYTES) + packed + bytes(-(length + _LENGTH_BYTES) % PAD_TO)


def _unpack(padded: bytes) -> tuple[Message, str]:
    end = _LENGTH_BYTES + int.from_bytes(padded[:_LENGTH_BYTES])
    payload = _DECODER.decode(padded[_LENGTH_BYTES:end])
    if isinstance(payload, _EmailPayload):
        email = Email(Mailbox(*payload.sender), Mailbox(*payload.recipient), payload.subject, payload.text)
        return email, payload.reference
    return Sms(payload.recipient, payload.text, payload.sender_id), payload.reference
