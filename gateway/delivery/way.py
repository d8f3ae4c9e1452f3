"""The providers of one route in the order in which a message asks them; of equal ones by lot."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from random import Random
from typing import Final

from gateway.core.step import Step, weights_of

Weights = Sequence[tuple[str, int]]


class Way:
    """Steps that come one after the other; within a step the weights say how many of all messages begin where.

    `serves` leaves out names that are not asked. A name that comes twice counts where it comes first.
    """

    def __init__(self, steps: Iterable[Step], serves: Callable[[str], bool], chance: Random) -> None:
        seen: set[str] = set()
        kept: list[Weights] = []
        for step in steps:
            equals = [(name, weight) for name, weight in weights_of(step).items() if name not in seen and serves(name)]
            seen.update(name for name, _ in equals)
            if equals:
                kept.append(sorted(equals, key=lambda each: -each[1]))
        self.steps: Sequence[Weights] = tuple(kept)
        self.names = tuple(name for step in kept for name, _ in step)
        self._chance = chance
        self.is_fixed = all(len(step) == 1 for step in kept)

    def __bool__(self) -> bool:
        """Whether anybody is asked."""
        return bool(self.names)

    @property
    def weights(self) -> Mapping[str, int]:
        """The weights of those that are equal to others."""
        return {name: weight for step in self.steps if len(step) > 1 for name, weight in step}

    def __str__(self) -> str:
        """Say it in words: `a (3 of 4) or b (1 of 4), then c`."""
        return ", then ".join(map(_in_words, self.steps))

    def draw(self) -> tuple[str, ...]:
        """Return the names in the order for one message."""
        return self.names if self.is_fixed else tuple(name for step in self.steps for name in self._shuffled(step))

    def _shuffled(self, step: Weights) -> list[str]:
        # Efraimidis and Spirakis, Weighted random sampling with a reservoir (2006): the greatest of u^(1/w) is first.
        lots = [(self._chance.random() ** (1 / weight), name) for name, weight in step]
        return [name for _, name in sorted(lots, reverse=True)]


NOWHERE: Final = Way((), lambda _name: False, Random())  # noqa: S311 (nothing is drawn)


def _in_words(step: Weights) -> str:
    if len(step) == 1:
        return step[0][0]
    total = sum(weight for _, weight in step)
    return " or ".join(f"{name} ({weight} of {total})" for name, weight in step)
