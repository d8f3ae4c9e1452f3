"""`umschlag doctor`: what the machine around the gateway could give away."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from gateway.cli.command import FAILED, Command, Invocation, json_option, pass_invocation
from gateway.cli.output import print_json
from gateway.cli.secret_files import secret_files
from gateway.config import Configuration
from gateway.core.ids import now_seconds
from gateway.spool.keyring_check import keyring_problems, keyring_warnings
from gateway.spool.location import local_path

_OF_OTHERS: Final = 0o077
_OF_EVERYBODY: Final = 0o007


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing by which data may leave, and what helps."""

    what: str
    text: str


@click.command(cls=Command)
@json_option
@pass_invocation
def doctor(invocation: Invocation, /, *, as_json: bool) -> int:
    """Name what the machine could give away.

    Swap, core dumps, open folders, shipped logs. The exit status is 1 where there is anything to do.
    """
    configuration = invocation.load()
    found = [*machine_findings(Path("/proc")), *folder_findings(configuration), *_keyring_findings(configuration)]
    if as_json:
        print_json([{"what": each.what, "text": each.text} for each in found])
    else:
        for each in found:
            click.echo(f"{each.what}: {each.text}")
        if not found:
            click.echo("nothing found")
    return FAILED if found else 0


def machine_findings(proc: Path) -> Iterator[Finding]:
    """Yield what the kernel does with memory, as it tells below `proc`."""
    # The first line is a heading.
    if len(_lines(proc / "swaps")) > 1:
        yield Finding("swap", "memory may be written to disk: use encrypted swap, or MemorySwapMax=0 in the unit")
    pattern = "".join(_lines(proc / "sys/kernel/core_pattern")[:1])
    if pattern.startswith("|"):
        yield Finding(
            "core_pattern", "dumps go to a program that does not ask for the limit; the gateway is not dumpable"
        )
    if "".join(_lines(proc / "sys/fs/suid_dumpable")[:1]) == "1":
        yield Finding("suid_dumpable", "even processes that are not dumpable can be dumped: set fs.suid_dumpable to 0")


def folder_findings(configuration: Configuration) -> Iterator[Finding]:
    """Yield folders that others can look into, where the keys lie, and where the log goes."""
    settings, base = configuration.settings, configuration.folder
    folders: dict[str, Path] = {}
    if settings.spool.url.startswith("sqlite:"):
        folders["spool"] = local_path(settings.spool.url, "sqlite", base).parent
    if settings.keyring.url.startswith("dir:"):
        folders["keyring"] = local_path(settings.keyring.url, "dir", base)
    if settings.log.path is not None:
        folders["log"] = settings.log.path.parent
    for name, folder in folders.items():
        if folder.is_dir() and folder.stat().st_mode & _OF_OTHERS:
            yield Finding(name, f"other users can look into its folder {folder.name}: chmod 0700")
    yield from secret_findings(configuration)
    yield from (Finding("keyring", each.text) for each in keyring_warnings(settings, base=base))
    if settings.log.path is None:
        yield Finding("log", "goes to standard error: whoever keeps that has to delete it after [retention] logs")


def secret_findings(configuration: Configuration) -> Iterator[Finding]:
    """Yield the files with secrets that every user can read; a group may be the service's own."""
    for key, path in secret_files(configuration):
        try:
            mode = path.stat().st_mode
        except OSError:  # not made yet, or not ours to look at
            continue
        if mode & _OF_EVERYBODY:
            yield Finding(key, f"every user can read {path.name}, which has this secret: chmod 0600, or 0640")


def _keyring_findings(configuration: Configuration) -> Iterator[Finding]:
    problems = keyring_problems(configuration.settings, base=configuration.folder, now=now_seconds())
    yield from (Finding("keyring", each.text) for each in problems)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:  # another system, or a container that hides it
        return []
