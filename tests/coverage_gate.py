"""Holds the parts that Umschlag exists for to every line and branch; run on what `coverage json` wrote."""

import json
import sys
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

# In fnmatch a star crosses folders too.
COMPLETE = ("gateway/core/*.py", "gateway/intake/fields.py", "gateway/spool/sealing.py", "providers/*.py")


def shortfalls(files: Mapping[str, Mapping[str, Any]], patterns: Sequence[str]) -> list[str]:
    """Return a line for each file that has something missing, and for each pattern that names no file.

    `files` is the table of that name in coverage's JSON report: path → measurements.
    """
    found = []
    for pattern in patterns:
        matching = [path for path in sorted(files) if fnmatchcase(path, pattern)]
        if not matching:
            found.append(f"{pattern}: no measured file has this name")
        found += [line for path in matching for line in _missing(path, files[path])]
    return found


def _missing(path: str, measured: Mapping[str, Any]) -> list[str]:
    lines = [f"{path}:{line}: not run" for line in measured["missing_lines"]]
    branches = [f"{path}:{start}: never goes on to {_target(end)}" for start, end in measured["missing_branches"]]
    return lines + branches


def _target(line: int) -> str:
    # coverage writes the way out of a function as the negative of the line that the function begins at
    return f"line {line}" if line > 0 else "the end of the function"


def main() -> int:
    """Print what falls short in the report named on the command line; 1 if anything does, else 0."""
    report = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    if not report["meta"]["branch_coverage"]:
        print("coverage gate: no branch was measured")
        return 1
    found = shortfalls(report["files"], COMPLETE)
    for line in found:
        print(line)
    print(f"coverage gate: {len(found)} shortfalls in {', '.join(COMPLETE)}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
