"""Who is noted in the audit: the user that a command runs as, and the person behind it where that is known."""

import os
import pwd
from pathlib import Path

import pytest

from gateway.cli.operator import operator

ME = pwd.getpwuid(os.geteuid()).pw_name
STRANGER = 4_000_000_000  # has no name here


@pytest.mark.parametrize(
    "login, sudo, expected",
    [
        (None, None, f"os:{ME}"),
        (None, "anna", f"os:{ME} (sudo: anna)"),
        ("4294967295", None, f"os:{ME}"),
        ("4294967295", "anna", f"os:{ME} (sudo: anna)"),
        (str(os.geteuid()), None, f"os:{ME}"),
        # A variable says what whoever set it wanted: the system knows better.
        (str(os.geteuid()), "anna", f"os:{ME}"),
        (str(STRANGER), "anna", f"os:{ME} (login: {STRANGER})"),
        ("S3NT", None, f"os:{ME}"),
    ],
)
def test_the_person_behind_a_user_is_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: str | None, sudo: str | None, expected: str
) -> None:
    """Whoever logged in, however many users were changed to since; without that, whom sudo names."""
    monkeypatch.delenv("SUDO_USER", raising=False)
    if sudo is not None:
        monkeypatch.setenv("SUDO_USER", sudo)
    if login is not None:
        (tmp_path / "loginuid").write_text(login, encoding="ascii")
    assert operator(tmp_path / "loginuid") == expected
