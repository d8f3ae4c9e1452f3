"""Every keyring, in a folder or a database, wrapped or not: keys are the same for all, and gone when destroyed."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.spool.keyring import KeyCorruptError, KeyGoneError, KeyPurpose, KeyringError
from gateway.spool.ledger import Dropped, Erasure, Line
from gateway.spool.subjects import Standing, StoredStanding
from tests.contract.keyring_rooms import EPOCH, HOUR, NOW, PLACES, KeyringRoom, all_keys, trace, url_in

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=[(place, wrapped) for place in PLACES for wrapped in (False, True)], ids=str)
def room(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyringRoom]:
    """Give an empty place for keys."""
    place, is_wrapped = request.param
    room = KeyringRoom(url_in(place, tmp_path, lambda: request.getfixturevalue("postgres")), tmp_path)
    room.is_wrapped = is_wrapped
    yield room
    room.close()


def test_keys_are_the_same_in_every_process(room: KeyringRoom) -> None:
    """Of every kind; each of them another."""
    first, second = room.open(), room.open()
    found = [*all_keys(first), *map(first.lasting_key, KeyPurpose)]
    assert found == [*all_keys(second), *map(second.lasting_key, KeyPurpose)]
    assert len(found) == len(set(found))
    assert found[:5] == all_keys(room.open())


def test_keys_are_made_before_they_are_needed(room: KeyringRoom) -> None:
    """Those of this epoch and the next, once."""
    keyring = room.open()
    assert keyring.epochs() == []
    keyring.prepare(NOW)
    keyring.prepare(NOW)
    assert keyring.epochs() == [EPOCH, EPOCH + HOUR]


def test_destroyed_keys_are_gone(room: KeyringRoom) -> None:
    """Here and in a process that had them in memory, as soon as it purges; later ones stay."""
    keyring, other = room.open(), room.open()
    for each in (keyring, other):
        for hour in range(4):
            each.current_content_key(EPOCH + hour * HOUR)
    assert [keyring.destroy_content_keys(EPOCH + 2 * HOUR) for _ in range(2)] == [2, 0]
    assert other.destroy_content_keys(0) == 0
    for each in (keyring, other, room.open()):
        assert each.epochs() == [EPOCH + 2 * HOUR, EPOCH + 3 * HOUR]
        with pytest.raises(KeyGoneError):
            each.content_key(EPOCH + HOUR)
        assert isinstance(each.content_key(EPOCH + 2 * HOUR), AESGCM)


def test_keys_of_tags_are_destroyed_by_month(room: KeyringRoom) -> None:
    """A tag key that is asked for again is another one; all others stay."""
    keyring = room.open()
    old, young, auth = keyring.tag_key(1000), keyring.tag_key(2000), keyring.auth_key()
    keyring.current_content_key(NOW)
    assert keyring.tag_months() == [1000, 2000]
    assert keyring.destroy_tag_keys(2000) == 1
    for each in (keyring, room.open()):
        assert (young, auth, [EPOCH]) == (each.tag_key(2000), each.auth_key(), each.epochs())
        assert old != each.tag_key(1000)


def test_threads_agree_on_a_key(room: KeyringRoom) -> None:
    """Those of one process and of several, at the same moment."""
    keyrings = [room.open() for _ in range(4)]
    with ThreadPoolExecutor(16) as threads:
        found = set(threads.map(lambda number: trace(keyrings[number % 4].current_content_key(NOW)[1]), range(64)))
    assert {trace(keyrings[0].content_key(EPOCH))} == found


RACE = """
import sys
from datetime import timedelta
from pathlib import Path
from gateway.settings import Settings
from gateway.spool.keyring import the_keyring
sys.stdin.readline()
keyring = {"url": sys.argv[1], "wrap_key_file": sys.argv[2] or None}
keyring = the_keyring(Settings.model_validate({"keyring": keyring}), base=Path("/"))
print(keyring.auth_key().hex(), keyring.current_content_key(1_800_000_123)[1].encrypt(bytes(12), b"", None).hex())
keyring.close()
"""


def test_processes_agree_on_a_key(room: KeyringRoom) -> None:
    """Whoever was first to make the place and the keys, all use what is kept."""
    command = [sys.executable, "-c", RACE, room.url, str(room.wrap_file) if room.is_wrapped else ""]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = {process.communicate(timeout=60)[0] for process in processes}
    keyring = room.open()
    assert {f"{keyring.auth_key().hex()} {trace(keyring.content_key(EPOCH)).hex()}\n"} == told


def test_a_damaged_key_is_named(room: KeyringRoom) -> None:
    """It is neither used nor replaced, and it keeps no other key from being used."""
    room.open().current_content_key(NOW)
    vault, name = room.vault(), f"content/{EPOCH}"
    form = vault.read(name)
    assert form is not None
    damaged = form[:-1] + bytes([form[-1] ^ 1])
    vault.replace(name, form, damaged)
    keyring = room.open()
    for ask in (lambda: keyring.content_key(EPOCH), lambda: keyring.current_content_key(NOW)):
        with pytest.raises(KeyCorruptError, match=f"{EPOCH}.key is damaged"):
            ask()
    assert vault.read(name) == damaged
    assert isinstance(keyring.current_content_key(NOW + HOUR)[1], AESGCM)


def test_a_key_under_another_name_is_damaged(room: KeyringRoom) -> None:
    """One that was moved to another epoch does not open that epoch."""
    room.open().current_content_key(NOW)
    vault = room.vault()
    vault.keep(f"content/{EPOCH + HOUR}", vault.read(f"content/{EPOCH}") or b"")
    with pytest.raises(KeyCorruptError):
        room.open().content_key(EPOCH + HOUR)


def test_only_the_form_that_is_known_is_replaced(room: KeyringRoom) -> None:
    """Whoever read a key before another process replaced or destroyed it changes nothing."""
    room.open().tag_key(7)
    vault = room.vault()
    form = vault.read("tags/7")
    vault.replace("tags/7", b"other", b"new")
    vault.replace("tags/8", b"other", b"new")
    assert (vault.read("tags/7"), vault.read("tags/8")) == (form, None)


def test_numbers_last(room: KeyringRoom) -> None:
    """Zero at first; the generation of the spool and the time of the last use are two."""
    keyring = room.open()
    assert (keyring.generation(), keyring.clock(NOW).last_used) == (0, 0)
    keyring.note_generation(7)
    keyring.note_used(NOW)
    keyring.note_generation(8)
    again = room.open()
    assert (again.generation(), again.clock(NOW).last_used) == (8, NOW)


def test_what_tells_a_copy_only_grows(room: KeyringRoom) -> None:
    """Several processes note their numbers in any order: the greatest stays. Each kind has its own."""
    keyring, other = room.open(), room.open()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: (keyring, other)[number % 2].note_generation(number), (3, 9, 1, 8, 2, 7)))
    keyring.note_audit_end(4)
    other.note_audit_end(2)
    assert [(each.generation(), each.audit_end()) for each in (keyring, other)] == [(9, 4)] * 2


def test_a_keyring_that_is_held_does_nothing(room: KeyringRoom) -> None:
    """It seals, opens and destroys nothing and says why, until it is let go."""
    keyring = room.open()
    keyring.current_content_key(NOW)
    keyring.hold("the clock is wrong")
    for ask in (
        lambda: keyring.check(NOW),
        lambda: keyring.current_content_key(NOW),
        lambda: keyring.content_key(EPOCH),
        lambda: keyring.destroy_content_keys(NOW),
        lambda: keyring.destroy_tag_keys(NOW),
    ):
        with pytest.raises(KeyringError, match="the clock is wrong"):
            ask()
    keyring.hold(None)
    keyring.check(NOW)
    assert keyring.epochs() == [EPOCH]


TAG, OTHER = b"a" * 16, b"b" * 16
LINES: list[Line] = [
    Erasure(1, "0" * 32),
    StoredStanding(TAG, Standing.OBJECTED, 2),
    StoredStanding(OTHER, Standing.RESTRICTED, 3),
    Dropped(4, OTHER),
    Erasure(5, "f" * 32),
]


def test_the_ledger_is_read_in_order(room: KeyringRoom) -> None:
    """By any process; none are there at first, and adding none changes nothing."""
    keyring = room.open()
    keyring.ledger.append([])
    assert keyring.ledger.read() == []
    keyring.ledger.append(LINES[:2])
    room.open().ledger.append(LINES[2:])
    assert keyring.ledger.read() == LINES


def test_what_is_old_in_the_ledger_is_forgotten(room: KeyringRoom) -> None:
    """But what persons asked for and did not take back."""
    ledger = room.open().ledger
    ledger.append(LINES)
    ledger.purge(5)
    assert ledger.read() == [LINES[1], LINES[4]]
    ledger.purge(9)
    assert ledger.read() == [LINES[1]]
