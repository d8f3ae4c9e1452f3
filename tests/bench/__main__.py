"""`python -m tests.bench [--json] [NAME …]`: runs the measurements and prints a table of figures and ratios."""

import asyncio
import json
import sys
from dataclasses import asdict

from tests.bench import measures
from tests.bench.measures import Figure

MEASURES = {
    "accept": measures.accepting,
    "sms": measures.handing_over,
    "mail": measures.mailing,
    "memory": measures.waiting,
    "start": measures.starting,
}


def _line(figure: Figure) -> str:
    yardstick = "" if figure.yardstick is None else f"{figure.yardstick:,.2f}"
    ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
    return f"{figure.name:<28}{figure.value:>12,.2f} {figure.unit:<4}{yardstick:>14}{ratio:>8}   {figure.aim}"


async def _run(names: list[str]) -> list[Figure]:
    return [figure for name in names for figure in await MEASURES[name]()]


def main() -> None:
    """Print what was measured; nothing is judged."""
    names = [name for name in sys.argv[1:] if name != "--json"] or list(MEASURES)
    figures = asyncio.run(_run(names))
    if "--json" in sys.argv:
        print(json.dumps([asdict(figure) for figure in figures], ensure_ascii=False))
        return
    print(f"{'':<28}{'measured':>12}     {'yardstick':>14}{'ratio':>8}   aim")
    print("\n".join(_line(figure) for figure in figures))


if __name__ == "__main__":
    main()
