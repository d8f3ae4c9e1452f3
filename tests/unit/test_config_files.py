"""The files that a configuration names: certificates, tokens, and the folders that have to be possible."""

from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.config import examine

PAIR = '[http]\ntls_cert = "chain.pem"\ntls_key = "key.pem"'
NO_PAIR = "http.tls_cert (line 2): is no certificate (PEM) that goes with http.tls_key, or that key has a password"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Give a CA for tests."""
    return trustme.CA()


def write_pair(folder: Path, certificate: trustme.LeafCert, key: bytes) -> None:
    """Write a certificate and a key, of its own or another."""
    certificate.cert_chain_pems[0].write_to_path(str(folder / "chain.pem"))
    (folder / "key.pem").write_bytes(key)


def problems(folder: Path, text: str) -> list[str]:
    """Return what is wrong with a configuration."""
    path = folder / "umschlag.toml"
    path.write_text(text, encoding="utf-8")
    return [str(problem) for problem in examine(path, {"UMSCHLAG_HOME": str(folder / "home")}).problems]


def test_a_certificate_with_its_key_is_in_order(tmp_path: Path, authority: trustme.CA) -> None:
    """A pair that OpenSSL loads has no problem."""
    certificate = authority.issue_cert("gateway.example")
    write_pair(tmp_path, certificate, certificate.private_key_pem.bytes())
    assert problems(tmp_path, PAIR) == []


def test_a_key_of_another_certificate_is_told(tmp_path: Path, authority: trustme.CA) -> None:
    """A pair that does not fit is found before the listener needs it."""
    other = authority.issue_cert("other.example").private_key_pem.bytes()
    write_pair(tmp_path, authority.issue_cert("gateway.example"), other)
    assert problems(tmp_path, PAIR) == [NO_PAIR]


def test_a_key_with_a_password_is_told(tmp_path: Path, authority: trustme.CA) -> None:
    """Nobody is asked for a password: there may be no terminal."""
    certificate = authority.issue_cert("gateway.example")
    key = load_pem_private_key(certificate.private_key_pem.bytes(), password=None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"password"))
    write_pair(tmp_path, certificate, locked)
    assert problems(tmp_path, PAIR) == [NO_PAIR]


def test_each_file_of_a_pair_is_told_by_itself(tmp_path: Path, authority: trustme.CA) -> None:
    """What is missing is named, and the pair is not judged."""
    write_pair(tmp_path, authority.issue_cert("gateway.example"), b"")
    (tmp_path / "key.pem").unlink()
    assert problems(tmp_path, PAIR) == ["http.tls_key (line 3): names a file that does not exist"]


def test_a_path_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    """A NUL in a path is a problem like any other."""
    assert problems(tmp_path, '[admin]\ntoken_file = "a\\u0000b"') == [
        "admin.token_file (line 2): names a file that cannot be read (ValueError)"
    ]


def test_a_token_file_of_the_home_need_not_be_there(tmp_path: Path) -> None:
    """The one in the state folder is made when it is first needed."""
    assert problems(tmp_path, "") == []


@pytest.mark.parametrize(
    "text, problem",
    [
        ('[spool]\nurl = "sqlite:///."', "spool.url (line 2): is no place for a file"),
        ('[log]\npath = "."', "log.path (line 2): is no place for a file"),
        ('[keyring]\nurl = "dir:///umschlag.toml/keys"', "keyring.url (line 2): is no place for a folder"),
    ],
)
def test_a_place_that_cannot_be_is_told(tmp_path: Path, text: str, problem: str) -> None:
    """A folder in place of a file, and a file in place of a folder, are found before anything is written."""
    assert problems(tmp_path, text) == [problem]


def test_without_a_home_one_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the user has no home folder, the variable that names one is asked for."""
    monkeypatch.setenv("HOME", "nowhere")
    assert [str(problem) for problem in examine(None, {}).problems] == [
        "UMSCHLAG_HOME: is needed where the user has no home folder"
    ]
