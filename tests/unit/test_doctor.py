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
