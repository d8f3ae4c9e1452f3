"""Wrapping all keys by one from elsewhere: at once or after a crash, with another one, and back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.spool.keyring import KeyringError
from gateway.spool.keyring_forms import FormState
from gateway.spool.keyring_vault import Vault
from gateway.spool.keyring_wrap_key import add_wrap_key, drop_old_wrap_keys, make_wrap_key
from tests.contract.keyring_rooms import PLACES, KeyringRoom, all_keys, url_in


@pytest.fixture(params=PLACES)
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyringRoom]:
    """Give an empty place for keys."""
    room = KeyringRoom(url_in(request.param, tmp_path, lambda: request.getfixturevalue("postgres")), tmp_path)
    yield room
    room.close()


class CutOffError(Exception):
    """The process that wrapped died here."""


class Dying:
    """A vault whose process dies after some keys were replaced."""

    def __init__(self, vault: Vault, replaced: int) -> None:
        self._vault = vault
        self._left = replaced

    def __getattr__(self, name: str) -> object:
        return getattr(self._vault, name)

    def replace(self, name: str, old: bytes, new: bytes) -> None:
        """Replace a key, or die."""
        if self._left == 0:
            raise CutOffError
        self._left -= 1
        self._vault.replace(name, old, new)


def is_in_clear(room: KeyringRoom) -> bool:
    """Whether one of the keys can be read by whoever has the place."""
    return room.open().auth_key() in (room.vault().read("auth") or b"")


def test_keys_are_wrapped_and_unwrapped(room: KeyringRoom) -> None:
    """They stay the same, and no key is in clear while they are wrapped."""
    before = all_keys(room.open())
    assert (room.open().states(), is_in_clear(room)) == ({FormState.PLAIN: 5}, True)
    room.is_wrapped = True
    keyring = room.open_to_wrap()
    assert [keyring.wrap() for _ in range(2)] == [5, 0]
    assert (keyring.states(), is_in_clear(room)) == ({FormState.WRAPPED: 5}, False)
    assert before == all_keys(room.open())
    assert room.open_to_wrap().wrap(undo=True) == 5
    room.is_wrapped = False
    assert before == all_keys(room.open())


def test_keys_that_are_not_wrapped_as_the_settings_say_are_refused(room: KeyringRoom) -> None:
    """Plain ones where there is a wrap key, wrapped ones where there is none, and those of another wrap key."""
    room.open()
    room.is_wrapped = True
    with pytest.raises(KeyringError, match="not wrapped yet: stop the gateway and run umschlag keys wrap"):
        room.open()
    room.open_to_wrap().wrap()
    room.is_wrapped = False
    with pytest.raises(KeyringError, match=r"neither keyring\.wrap_key_file nor keyring\.wrap_credential"):
        room.open()
    room.is_wrapped = True
    room.wrap_file.unlink()
    make_wrap_key(room.wrap_file)
    for ask in (room.open, lambda: room.open_to_wrap().wrap()):
        with pytest.raises(KeyringError, match="wrapped by another key than the one that the settings name"):
            ask()


@pytest.mark.parametrize("replaced", range(5))
def test_a_wrapping_that_was_cut_off_goes_on(room: KeyringRoom, replaced: int) -> None:
    """After any number of keys: until then the gateway does not start, and none is lost."""
    before = all_keys(room.open())
    room.is_wrapped = True
    dying: Vault = Dying(room.vault(), replaced)  # type: ignore[assignment]  # all else is the vault's
    keyring = room.unopened(dying)
    with pytest.raises(CutOffError):
        keyring.wrap()
    with pytest.raises(KeyringError, match="not wrapped yet"):
        room.open()
    assert room.open_to_wrap().wrap() == 5 - replaced
    assert before == all_keys(room.open())


def test_another_key_wraps_from_now_on(room: KeyringRoom) -> None:
    """The old one opens on until all are wrapped anew; a process that runs meanwhile follows by itself."""
    room.is_wrapped = True
    before, running = all_keys(room.open()), room.open()
    add_wrap_key(room.wrap_file)
    assert running.tag_key(2000)
    keyring = room.open()
    assert keyring.states() == {FormState.OLD: 5, FormState.WRAPPED: 1}
    assert keyring.wrap() == 5
    assert drop_old_wrap_keys(room.wrap_file) == 1
    assert room.open().states() == {FormState.WRAPPED: 6}
    for each in (running, room.open()):
        assert before == all_keys(each)
