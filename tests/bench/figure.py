"""What a measurement gives: a figure beside its yardstick, and the ratio of both."""

from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, the yardstick beside it, their ratio and what is aimed at."""

    name: str
    value: float
    unit: str
    yardstick: float | None = None
    ratio: float | None = None
    aim: str = ""


def compared(
    name: str, key: str, measured: list[dict[str, Any]], yardstick: list[dict[str, Any]], **more: str
) -> Figure:
    """Return the medians of one figure on both sides, and their ratio."""
    ours, theirs = (median(float(each[key]) for each in side) for side in (measured, yardstick))
    return Figure(name, ours, more["unit"], theirs, ours / theirs, more.get("aim", ""))
