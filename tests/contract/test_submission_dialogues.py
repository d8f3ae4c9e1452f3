"""SMTP submission word for word: every file in `tests/dialogues/submission` against the real listener and spool."""

import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from gateway.core.message import Channel
from gateway.core.rate import parse_rate
from gateway.settings import LimitsSection
from tests.fakes.submission import MARK, Player, read_dialogue, serving

DIALOGUES = sorted((Path(__file__).parents[1] / "dialogues" / "submission").glob("*.txt"))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return a private certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def certificate(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the settings of a certificate for this machine."""
    folder = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    return {"tls_cert": str(folder / "cert.pem"), "tls_key": str(folder / "key.pem"), "listen_tls": "127.0.0.1:0"}


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA) -> ssl.SSLContext:
    """Return the TLS of a client that knows the authority."""
    context = ssl.create_default_context()
    context.check_hostname = False
    authority.configure_trust(context)
    return context


def _client(different: dict[str, Any]) -> dict[str, Any]:
    if "channels" in different:
        different["channels"] = frozenset(map(Channel, different["channels"]))
    return {name: tuple(value) if isinstance(value, list) else value for name, value in different.items()}


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
async def test_a_dialogue_ends_as_its_file_says(
    path: Path, certificate: dict[str, str], trusted: ssl.SSLContext, tmp_path: Path
) -> None:
    """The server says what the file says, accepts what it says, and neither echoes nor logs what the client said."""
    dialogue = read_dialogue(path)
    use = dialogue.use
    limits = LimitsSection(rate=parse_rate(use["rate"])) if "rate" in use else None
    section = use.get("section", {}) | (certificate if use.get("tls") else {})
    needs_tls = bool(use.get("needs_tls"))
    client = _client(use.get("client", {}))
    async with serving(tmp_path, section=section, client=client, limits=limits, needs_tls=needs_tls) as server:
        player = Player(server, trusted)
        await player.play(dialogue.steps, inside=bool(use.get("tls_only")))
        assert dialogue.gets == server.accepted()
        assert (server.house.room.buffered, MARK in server.desk.lines.getvalue()) == (0, False)
    assert MARK.encode() not in player.heard
