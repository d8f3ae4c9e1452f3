"""What the operator is told about a keyring's folder."""

from pathlib import Path

import pytest

from gateway.spool.keyring import DirKeyring
from gateway.spool.keyring_check import keyring_problems, keyring_warnings

NOW = 1_800_000_000


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Return the folder of a keyring with keys of every kind."""
    folder = tmp_path / "keys"
    keyring = DirKeyring(folder)
    keyring.open()
    keyring.prepare(NOW)
    keyring.tag_key(NOW)
    return folder


def texts(found: object) -> list[str]:
    """Return problems as lines."""
    assert hasattr(found, "__iter__")
    return [str(problem) for problem in found]


def test_a_keyring_that_works_has_no_problem(keys: Path) -> None:
    """Neither has one that is not there yet."""
    assert [texts(keyring_problems(each)) for each in (keys, keys / "none")] == [[], []]


def test_open_modes_are_named(keys: Path) -> None:
    """Folders and files that others can use, each with the mode that it should have."""
    (keys / "content").chmod(0o755)
    (keys / "auth.key").chmod(0o640)
    expected = [
        "keyring.url: content must be mode 0700: others can use it",
        "keyring.url: auth.key must be mode 0600: others can use it",
    ]
    assert expected == texts(keyring_problems(keys))


def test_damaged_and_unreadable_keys_are_named(keys: Path) -> None:
    """Each by its file."""
    (keys / "content" / f"{NOW}.key").write_bytes(b"x")
    (keys / "tags" / f"{NOW}.key").unlink()
    (keys / "tags" / f"{NOW}.key").mkdir(mode=0o600)
    expected = [
        f"keyring.url: {NOW}.key is damaged",
        f"keyring.url: {NOW}.key cannot be read: Is a directory",
    ]
    assert expected == texts(keyring_problems(keys))


@pytest.mark.parametrize(
    "spool, expected",
    [
        ("keys/../spool.db", ["lies in the spool's folder: a backup that holds both can open every content"]),
        ("spool/spool.db", ["lies beside the spool's folder: leave it out of every backup"]),
        ("spool/deeper/spool.db", []),
    ],
)
def test_a_place_near_the_spool_is_named(keys: Path, spool: str, expected: list[str]) -> None:
    """In its folder, beside it; elsewhere is well."""
    found = texts(keyring_warnings(keys, keys.parent / spool))
    assert [f"keyring.url: {text}" for text in expected] == found


def test_a_missing_tag_is_named(keys: Path) -> None:
    """Backup programs read it; a keyring that is not there yet will have one."""
    far = keys.parent / "a" / "b" / "spool.db"
    (keys / "CACHEDIR.TAG").unlink()
    expected = ["keyring.url: has no CACHEDIR.TAG: backup programs do not know that they have to leave it out"]
    assert [expected, []] == [texts(keyring_warnings(each, far)) for each in (keys, keys.parent / "none")]
