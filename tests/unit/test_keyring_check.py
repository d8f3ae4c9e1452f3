"""What the operator is told about a keyring in a folder, before anything is opened."""

from pathlib import Path

import pytest

from gateway.settings import Settings
from gateway.spool.keyring import DirKeyring
from gateway.spool.keyring_check import keyring_problems, keyring_warnings

NOW = 1_800_000_000
DAY = 86_400
BASE = Path("/")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """Return the folder of a keyring with keys of every kind."""
    folder = tmp_path / "keys"
    keyring = DirKeyring(folder)
    keyring.open()
    keyring.prepare(NOW)
    keyring.tag_key(NOW)
    return folder


def settings(keys: Path, spool: Path = Path("/elsewhere/spool.db"), wrap: Path | None = None) -> Settings:
    """Return the settings of a keyring in a folder."""
    return Settings.model_validate({
        "keyring": {"url": f"dir:///{keys}", "wrap_key_file": wrap},
        "spool": {"url": f"sqlite:///{spool}"},
    })


def told(keys: Path, now: int = NOW, wrap: Path | None = None) -> list[str]:
    """Return the problems as lines."""
    return [str(each) for each in keyring_problems(settings(keys, wrap=wrap), base=BASE, now=now)]


def test_a_keyring_that_works_has_no_problem(keys: Path) -> None:
    """One that is not there yet has none either, and is not made by looking."""
    assert [told(each) for each in (keys, keys / "none")] == [[], []]
    assert not (keys / "none").exists()


@pytest.mark.parametrize("name, expected", [("content", "0700"), ("auth.key", "0600")])
def test_what_others_can_use_is_told(keys: Path, name: str, expected: str) -> None:
    """A folder and a key, with the mode that it should have."""
    (keys / name).chmod(0o755)
    [line] = told(keys)
    assert f"{name} must be mode {expected}: others can" in line


def test_damaged_keys_are_told(keys: Path) -> None:
    """Each by its name, and what cannot be read at all."""
    (keys / "content" / f"{NOW}.key").write_bytes(b"x" * 48)
    path = keys / "tags" / f"{NOW}.key"
    path.unlink()
    path.mkdir()
    path.chmod(0o700)
    path.chmod(0o600)
    expected = [
        f"keyring.url: content/{NOW}.key is damaged",
        f"keyring.url: tags/{NOW}.key cannot be used: Is a directory",
    ]
    assert expected == told(keys)


def test_a_clock_that_does_not_fit_is_told(keys: Path) -> None:
    """Behind the last use, or so far ahead that nobody can tell; some days without a gateway are no mistake."""
    keyring = DirKeyring(keys)
    keyring.open()
    keyring.note_used(NOW)
    assert [told(keys, NOW + seconds) for seconds in (-200, 0, 9 * DAY)] == [[], [], []]
    [behind], [ahead] = told(keys, NOW - DAY), told(keys, NOW + 40 * DAY)
    assert behind.startswith("keyring: the clock is 24 hours behind the time when it was last used")
    assert ahead.startswith("keyring: the clock is 40 days ahead of the time when it was last used")


def test_a_wrap_key_that_is_missing_is_told(keys: Path, tmp_path: Path) -> None:
    """By the setting that names it."""
    assert told(keys, wrap=tmp_path / "none") == ["keyring.wrap_key_file: names a file that does not exist"]


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
    found = keyring_warnings(settings(keys, keys.parent / spool), base=BASE)
    assert [f"keyring.url: {text}" for text in expected] == [str(each) for each in found]


def test_a_missing_tag_is_named(keys: Path) -> None:
    """Backup programs read it; a keyring that is not there yet will have one."""
    (keys / "CACHEDIR.TAG").unlink()
    expected = ["keyring.url: has no CACHEDIR.TAG: backup programs do not know that they have to leave it out"]
    for folder, told_of_it in ((keys, expected), (keys.parent / "none", [])):
        assert told_of_it == [str(each) for each in keyring_warnings(settings(folder), base=BASE)]
