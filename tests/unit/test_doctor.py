"""What the machine could give away, and that a gateway's process gives no dump."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli.doctor import machine_findings
from tests.fakes.command_line import CommandLine

DUMPABLE = """
import ctypes, resource
from gateway.hardening import harden
harden()
print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), resource.getrlimit(resource.RLIMIT_CORE))
"""


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """Give a command line with an empty home."""
    return CommandLine(tmp_path / "home", monkeypatch, capsys)


def write(proc: Path, name: str, text: str) -> None:
    """Let the kernel tell something."""
    (proc / name).parent.mkdir(parents=True, exist_ok=True)
    (proc / name).write_text(text, encoding="ascii")


def test_a_hardened_process_is_not_dumpable() -> None:
    """Its core size is 0, and whoever has its user cannot read its memory (prctl PR_GET_DUMPABLE)."""
    done = subprocess.run([sys.executable, "-c", DUMPABLE], capture_output=True, text=True, check=True)
    assert done.stdout == "0 (0, 0)\n"


def test_a_machine_that_tells_nothing_has_no_findings(tmp_path: Path) -> None:
    """On another system, or where a container hides it."""
    assert list(machine_findings(tmp_path)) == []


def test_what_the_kernel_does_with_memory_is_told(tmp_path: Path) -> None:
    """Swap, a core handler, and dumps of what is not dumpable."""
    write(tmp_path, "swaps", "Filename Type\n/dev/vda2 partition\n")
    write(tmp_path, "sys/kernel/core_pattern", "|/usr/share/apport/apport %p\n")
    write(tmp_path, "sys/fs/suid_dumpable", "1\n")
    assert [each.what for each in machine_findings(tmp_path)] == ["swap", "core_pattern", "suid_dumpable"]


def test_open_folders_are_told(cli: CommandLine) -> None:
    """Each by what lies in it; where nothing is logged to a file, that is told too."""
    data = cli.home / "data"
    data.mkdir(parents=True)
    data.chmod(0o755)
    finished = cli("doctor", "--json")
    found = {(each["what"]) for each in finished.json()}
    assert finished.code == 1
    assert {"spool", "keyring", "log"} <= found
    assert "chmod 0700" in cli("doctor").stdout


def test_secrets_that_everybody_can_read_are_told(cli: CommandLine) -> None:
    """By the key of each: in the configuration, in files of their own; not what others cannot read, nor the value."""
    folder = cli.home.parent
    path = cli.configure(
        '[admin]\ntoken_file = "token"\n'
        '[providers.a]\ntype = "seven"\napi_key = "S3NT-a"\n'
        '[providers.b]\ntype = "seven"\napi_key_file = "b.key"\n'
        '[providers.c]\ntype = "seven"\napi_key_file = "c.key"\n'
        '[routes]\nsms = ["a", "b", "c"]\n'
    )
    for name, mode in (("token", 0o604), ("b.key", 0o644), ("c.key", 0o640)):
        (folder / name).write_text("S3NT-file", encoding="ascii")
        (folder / name).chmod(mode)
    path.chmod(0o644)
    found = [each["what"] for each in cli("doctor", "--json").json() if "every user" in each["text"]]
    assert found == ["admin.token_file", "providers.a.api_key", "providers.b.api_key_file"]
    assert "S3NT" not in cli("doctor").stdout
    path.chmod(0o600)
    assert "providers.a.api_key" not in cli("doctor").stdout


def test_secrets_of_the_environment_are_in_no_file(cli: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration may be read by all then."""
    cli.configure('[providers.a]\ntype = "seven"\n[routes]\nsms = ["a"]\n').chmod(0o644)
    monkeypatch.setenv("UMSCHLAG_PROVIDERS__A__API_KEY", "S3NT-a")
    assert "every user" not in cli("doctor").stdout
