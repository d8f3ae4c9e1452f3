"""The keyring in a folder: keys are durable before use, the same for all, and gone when they are destroyed."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.core.epoch import epoch_length
from gateway.spool.keyring import DirKeyring, KeyCorruptError, KeyGoneError, KeyringError, open_keyring
from gateway.spool.location import local_path

NOW = 1_800_000_123
EPOCH = 1_800_000_000
HOUR = 3600
ROOT = Path(__file__).parents[2]


def keyring_at(folder: Path) -> DirKeyring:
    """Return an open keyring, as another process would have it."""
    keyring = DirKeyring(folder)
    keyring.open()
    return keyring


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a keyring, which is not there yet."""
    return tmp_path / "state" / "keys"


def trace(key: AESGCM) -> bytes:
    """Return what one key makes of nothing: the same only under the same key."""
    return key.encrypt(bytes(12), b"", None)


def test_a_key_is_the_same_in_every_process(folder: Path) -> None:
    """For content, tags and the hashes of API keys; each of them another."""
    first, second = keyring_at(folder), keyring_at(folder)
    epoch, key = first.current_content_key(NOW)
    assert (EPOCH, trace(key)) == (epoch, trace(second.content_key(EPOCH)))
    others = [first.auth_key(), first.tag_key(0), first.tag_key(1)]
    assert others == [second.auth_key(), second.tag_key(0), second.tag_key(1)]
    assert 3 == len(set(others))  # noqa: SIM300 (expected first)


def test_every_epoch_has_a_key_of_its_own(folder: Path) -> None:
    """An epoch is an hour, from its full start to the second before the next."""
    keyring = keyring_at(folder)
    keys = [keyring.current_content_key(now) for now in (EPOCH, EPOCH + HOUR - 1, EPOCH + HOUR)]
    assert [epoch for epoch, _ in keys] == [EPOCH, EPOCH, EPOCH + HOUR]
    assert [trace(keys[0][1]) == trace(key) for _, key in keys[1:]] == [True, False]


@pytest.mark.parametrize(
    "content, expected",
    [("48:00", 3600), ("4:00", 3600), ("2:00", 1800), ("0:02", 30), ("0:00:41", 10), ("0:00:05", 10)],
)
def test_an_epoch_is_shorter_where_content_is_a_trial(content: str, expected: int) -> None:
    """A quarter of the content's life, ten seconds at least, an hour at most."""
    hours, minutes, seconds = map(int, f"{content}:0".split(":")[:3])
    life = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    assert timedelta(seconds=expected) == epoch_length(life)


def test_keys_are_made_before_they_are_needed(folder: Path) -> None:
    """Those of this epoch and the next."""
    keyring = keyring_at(folder)
    keyring.prepare(NOW)
    keyring.prepare(NOW)
    assert keyring.epochs() == [EPOCH, EPOCH + HOUR]


def test_destroyed_keys_are_gone(folder: Path) -> None:
    """From the folder, from memory, in other processes that did not read them; later ones stay."""
    keyring = keyring_at(folder)
    for hour in range(4):
        keyring.current_content_key(EPOCH + hour * HOUR)
    assert (keyring.destroy_content_keys(EPOCH + 2 * HOUR), keyring.destroy_content_keys(EPOCH + 2 * HOUR)) == (2, 0)
    for each in (keyring, keyring_at(folder)):
        assert each.epochs() == [EPOCH + 2 * HOUR, EPOCH + 3 * HOUR]
        with pytest.raises(KeyGoneError):
            each.content_key(EPOCH + HOUR)
        assert isinstance(each.content_key(EPOCH + 2 * HOUR), AESGCM)


def test_a_destroyed_key_was_overwritten(folder: Path) -> None:
    """Its bytes are in no block of the file that somebody still holds open."""
    keyring = keyring_at(folder)
    keyring.current_content_key(NOW)
    with (folder / "content" / f"{EPOCH}.key").open("rb") as file:
        before = file.read()
        keyring.destroy_content_keys(NOW)
        file.seek(0)
        after = file.read()
    assert len(before) == len(after)
    assert before[:32] != after[:32]


def test_keys_of_tags_are_destroyed_by_month(folder: Path) -> None:
    """A tag key that is asked for again is another one; content and API keys stay."""
    keyring = keyring_at(folder)
    old, young, auth = keyring.tag_key(1000), keyring.tag_key(2000), keyring.auth_key()
    keyring.current_content_key(NOW)
    assert 1 == keyring.destroy_tag_keys(2000)  # noqa: SIM300 (expected first)
    for each in (keyring, keyring_at(folder)):
        assert (young, auth, [EPOCH]) == (each.tag_key(2000), each.auth_key(), each.epochs())
        assert old != each.tag_key(1000)


def test_threads_agree_on_a_key(folder: Path) -> None:
    """Those of one process and of several keyrings, at the same moment."""
    keyrings = [keyring_at(folder) for _ in range(4)]
    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(lambda number: trace(keyrings[number % 4].current_content_key(NOW)[1]), range(64)))
    assert 1 == len(set(found))  # noqa: SIM300 (expected first)


RACE = """
import sys
from pathlib import Path
from gateway.spool.keyring import DirKeyring
sys.stdin.readline()
keyring = DirKeyring(Path(sys.argv[1]))
keyring.open()
print(keyring.auth_key().hex(), keyring.current_content_key(1_800_000_123)[1].encrypt(bytes(12), b"", None).hex())
"""


def test_processes_agree_on_a_key(folder: Path) -> None:
    """Whoever was first, all use what is on the disk."""
    command = [sys.executable, "-c", RACE, str(folder)]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = {process.communicate(timeout=60)[0] for process in processes}
    keyring = keyring_at(folder)
    assert {f"{keyring.auth_key().hex()} {trace(keyring.content_key(EPOCH)).hex()}\n"} == told


def test_folders_and_files_are_the_owners_alone(folder: Path) -> None:
    """0700 and 0600; backup programs are asked to leave them out; nothing half-written is left."""
    keyring = keyring_at(folder)
    keyring.prepare(NOW)
    keyring.tag_key(0)
    modes = {str(path.relative_to(folder)): oct(path.stat().st_mode & 0o777) for path in folder.rglob("*")}
    tag = modes.pop("CACHEDIR.TAG")
    expected = dict.fromkeys(("content", "tags"), "0o700") | dict.fromkeys(
        ("auth.key", "tags/0.key", f"content/{EPOCH}.key", f"content/{EPOCH + HOUR}.key"), "0o600"
    )
    assert (expected, "0o700") == (modes, oct(folder.stat().st_mode & 0o777))
    assert tag
    assert (folder / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55\n")


@pytest.mark.parametrize("mode", [0o750, 0o705, 0o770])
@pytest.mark.parametrize("name", ["", "content", "tags"])
def test_a_folder_that_others_can_read_is_refused(folder: Path, name: str, mode: int) -> None:
    """It is named with the mode that it should have."""
    keyring_at(folder)
    (folder / name).chmod(mode)
    with pytest.raises(KeyringError, match=f"{(folder / name).name} must be mode 0700"):
        keyring_at(folder)


def flip(content: bytes) -> bytes:
    """Return a key's file with one bit changed."""
    return bytes([content[0] ^ 1]) + content[1:]


@pytest.mark.parametrize(
    "damage", [flip, lambda content: content[:-1], lambda content: content[:0], lambda content: content + b"x"]
)
def test_a_damaged_key_is_named(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    """It is neither used nor replaced."""
    keyring_at(folder).current_content_key(NOW)
    path = folder / "content" / f"{EPOCH}.key"
    path.write_bytes(damage(path.read_bytes()))
    damaged = path.read_bytes()
    keyring = keyring_at(folder)
    for ask in (lambda: keyring.content_key(EPOCH), lambda: keyring.current_content_key(NOW)):
        with pytest.raises(KeyCorruptError, match=f"{EPOCH}.key is damaged"):
            ask()
    assert damaged == path.read_bytes()


def test_a_key_under_another_name_is_damaged(folder: Path) -> None:
    """A file that was moved to another epoch does not open that epoch."""
    keyring_at(folder).current_content_key(NOW)
    path = folder / "content" / f"{EPOCH}.key"
    path.rename(path.with_name(f"{EPOCH + HOUR}.key"))
    with pytest.raises(KeyCorruptError):
        keyring_at(folder).content_key(EPOCH + HOUR)


def test_what_a_dead_process_left_is_removed(folder: Path) -> None:
    """A draft of an hour ago is overwritten and removed; one of just now may be somebody's."""
    keyring_at(folder)
    old, new = folder / "content" / ".1.key.aa.tmp", folder / "content" / ".2.key.bb.tmp"
    for draft in (old, new):
        draft.write_bytes(bytes(48))
    os.utime(old, (0, 0))
    keyring = keyring_at(folder)
    assert (old.exists(), new.exists(), keyring.epochs()) == (False, True, [])


def test_a_draft_that_its_process_finishes_meanwhile_is_no_fault(folder: Path) -> None:
    """Its name is there when the folder is read, and gone when it is looked at: as a link that leads nowhere."""
    keyring_at(folder)
    (folder / ".generation.aa.tmp").symlink_to(folder / "gone")
    assert keyring_at(folder).epochs() == []


@pytest.mark.parametrize("url", ["dir:///keys", "dir:////{base}/keys"])
def test_a_keyring_is_opened_by_its_url(tmp_path: Path, url: str) -> None:
    """Three slashes begin a relative path, four an absolute one."""
    url = url.format(base=str(tmp_path).strip("/"))
    keyring = open_keyring(url, content=timedelta(hours=48), base=tmp_path)
    assert (keyring.current_content_key(NOW)[0], (tmp_path / "keys" / "content").is_dir()) == (EPOCH, True)


@pytest.mark.parametrize("url", ["", "keys", "dir://keys", "dir:///", "dir:////", "sqlite:///keys", "dir:///a\0b"])
def test_another_url_is_refused(tmp_path: Path, url: str) -> None:
    """The error says what is expected and does not repeat the URL."""
    with pytest.raises(KeyringError, match="expected dir:///relative/path or dir:////absolute/path"):
        open_keyring(url, content=timedelta(hours=48), base=tmp_path)


def test_paths_of_urls() -> None:
    """As SQLAlchemy reads them."""
    urls = ["sqlite:///spool.db", "sqlite:///a/../spool.db", "sqlite:////var/spool.db"]
    expected = [Path("/etc/spool.db"), Path("/etc/a/../spool.db"), Path("/var/spool.db")]
    assert expected == [local_path(url, "sqlite", Path("/etc")) for url in urls]


def test_a_keyring_without_a_place_is_named(tmp_path: Path) -> None:
    """Below a file there is no folder."""
    (tmp_path / "file").touch()
    with pytest.raises(KeyringError, match="cannot be used: Not a directory"):
        keyring_at(tmp_path / "file" / "keys")


@pytest.mark.parametrize(
    "ask",
    [
        lambda keyring: keyring.current_content_key(NOW),
        lambda keyring: keyring.content_key(EPOCH),
        lambda keyring: keyring.epochs(),
        lambda keyring: keyring.destroy_content_keys(NOW),
        lambda keyring: keyring.tag_key(0),
    ],
)
def test_a_keyring_that_was_taken_away_is_named(folder: Path, ask: Callable[[DirKeyring], object]) -> None:
    """Every question says that it cannot be used now, and none makes a folder anew."""
    keyring = keyring_at(folder)
    for name in ("content", "tags"):
        (folder / name).rmdir()
        (folder / name).touch()
    with pytest.raises(KeyringError, match="cannot be used"):
        ask(keyring)


def test_a_key_that_cannot_be_destroyed_is_told(folder: Path) -> None:
    """A folder in the place of a key is no key; all others are destroyed before the error."""
    keyring = keyring_at(folder)
    keyring.current_content_key(NOW)
    (folder / "content" / "1.key").mkdir()
    with pytest.raises(KeyringError):
        keyring.destroy_content_keys(NOW)
    assert keyring.epochs() == [1]
    with pytest.raises(KeyringError):
        keyring.content_key(1)
