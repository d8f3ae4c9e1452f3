"""`python -m tests.bench [--json] [NAME …]`: runs the measurements and prints a table of figures and ratios."""

import asyncio
import json
import sys
from dataclasses import asdict

from tests.bench import batches, measures, purging, searching, submission
from tests.bench.figure import Figure

MEASURES = {
    "accept": measures.accepting,
    "batch": batches.batching,
    "sms": measures.handing_over,
    "mail": measures.mailing,
    "smtp": submission.submitting,
    "memory": measures.waiting,
    "start": measures.starting,
    "purge": purging.purging,
    "search": searching.searching,
    "count": searching.counting,
}


def _line(figure: Figure) -> str:
    yardstick = "" if figure.yardstick is None else f"{figure.yardstick:,.2f}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return f"{figure.name:<28}{figure.value:>12,.2f} {figure.unit:<4}{yardstick:>14}{ratio:>8}   {figure.aim}"


def main() -> None:
    """Print what was measured, as soon as it is known; nothing is judged."""
    names = [name for name in sys.argv[1:] if name != "--json"] or list(MEASURES)
    as_json = "--json" in sys.argv
    if not as_json:
        print(f"{'':<28}{'measured':>12}     {'yardstick':>14}{'ratio':>8}   aim", flush=True)
    whole: list[Figure] = []
    for name in names:
        figures = asyncio.run(MEASURES[name]())
        whole += figures
        if not as_json:
            print("\n".join(_line(figure) for figure in figures), flush=True)
    if as_json:
        print(json.dumps([asdict(figure) for figure in whole], ensure_ascii=False))


if __name__ == "__main__":
    main()
