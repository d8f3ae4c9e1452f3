"""The key that wraps all others: from a file, from a systemd credential, and refused by name where it is not fit."""

from base64 import b64encode
from pathlib import Path

import pytest

from gateway.settings import KeyringSection
from gateway.spool.keyring import KeyringError
from gateway.spool.keyring_wrap_key import WrapKeyPlace, add_wrap_key, drop_old_wrap_keys, make_wrap_key, wrap_key_place


def place(path: Path) -> WrapKeyPlace:
    """Return a file that the settings name."""
    found = wrap_key_place(KeyringSection(wrap_key_file=path), {})
    assert found is not None
    return found


def write(path: Path, text: str, mode: int = 0o600) -> WrapKeyPlace:
    """Write a file and return it as the settings name it."""
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return place(path)


def test_a_file_is_made_once(tmp_path: Path) -> None:
    """32 bytes in base64 for its owner alone, another one each time; one that is there stays."""
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        make_wrap_key(path)
    keys = [place(path).read() for path in paths]
    assert [(len(each), len(each[0])) for each in keys] == [(1, 32), (1, 32)]
    assert keys[0] != keys[1]
    assert paths[0].stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_wrap_key(paths[0])
    assert place(paths[0]).read() == keys[0]


def test_a_new_key_goes_before_the_old_one(tmp_path: Path) -> None:
    """Until the old one is dropped."""
    path = tmp_path / "wrap"
    make_wrap_key(path)
    [old] = place(path).read()
    add_wrap_key(path)
    new, second = place(path).read()
    assert (second, new != old) == (old, True)
    assert [drop_old_wrap_keys(path) for _ in range(2)] == [1, 0]
    assert (place(path).read(), path.stat().st_mode & 0o777) == ([new], 0o600)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    """With the mode that it should have."""
    path = tmp_path / "wrap"
    make_wrap_key(path)
    path.chmod(mode)
    with pytest.raises(KeyringError, match=r"keyring\.wrap_key_file names a file that others can use: chmod 0600"):
        place(path).read()


@pytest.mark.parametrize(
    "text", ["", "\n", "S3NT", "S3NTé", b64encode(bytes(31)).decode(), b64encode(bytes(33)).decode()]
)
def test_what_is_no_wrap_key_is_refused(tmp_path: Path, text: str) -> None:
    """Without a word of what it is."""
    with pytest.raises(KeyringError, match=r"keyring\.wrap_key_file names a file that is no wrap key") as caught:
        write(tmp_path / "wrap", text).read()
    assert "S3NT" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """One that is not there, and a folder."""
    with pytest.raises(KeyringError, match=r"keyring\.wrap_key_file names a file that does not exist"):
        place(tmp_path / "none").read()
    tmp_path.chmod(0o700)
    with pytest.raises(KeyringError, match=r"cannot be read: Is a directory"):
        place(tmp_path).read()


def test_a_credential_goes_before_the_file(tmp_path: Path) -> None:
    """As systemd gives it, whose mode may name a group; the file stands in beside the service."""
    make_wrap_key(tmp_path / "file")
    make_wrap_key(tmp_path / "umschlag-wrap")
    (tmp_path / "umschlag-wrap").chmod(0o440)
    section = KeyringSection(wrap_key_file=tmp_path / "file", wrap_credential="umschlag-wrap")
    inside = wrap_key_place(section, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    beside = wrap_key_place(section, {})
    assert inside is not None
    assert beside is not None
    assert (inside.path, beside.path) == (tmp_path / "umschlag-wrap", tmp_path / "file")
    assert inside.read() != beside.read()


def test_a_credential_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Whether systemd gives none at all, or none of this name."""
    section = KeyringSection(wrap_credential="umschlag-wrap")
    with pytest.raises(KeyringError, match=r"keyring\.wrap_credential needs LoadCredential"):
        wrap_key_place(section, {})
    found = wrap_key_place(section, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert found is not None
    with pytest.raises(KeyringError, match=r"keyring\.wrap_credential names a credential that does not exist"):
        found.read()


def test_without_either_nothing_is_wrapped() -> None:
    """As it is by default."""
    assert wrap_key_place(KeyringSection(), {"CREDENTIALS_DIRECTORY": "/run"}) is None
