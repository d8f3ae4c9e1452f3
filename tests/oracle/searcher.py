"""Looks for marks in every form in what was collected, and says what was found where it must not be."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from tests.oracle.encodings import VIEWS, needles, number_forms
from tests.oracle.marks import PREFIX, Kind, Mark


@dataclass(frozen=True, slots=True)
class Sink:
    """One place where something could come out, with all its bytes, and the kinds of marks that belong there."""

    name: str
    data: bytes
    allows: frozenset[Kind] = frozenset()


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A mark where it must not be."""

    sink: str
    where: str
    form: str


@dataclass(frozen=True, slots=True)
class _Family:
    """Marks that share a stem: where no form of the stem is, none of them is."""

    stem: str
    marks: tuple[Mark, ...]


def search(sinks: Iterable[Sink], marks: Sequence[Mark]) -> list[Finding]:
    """Return every mark that is in a sink where it is not allowed, with the form that gave it away."""
    families = _families(marks)
    return sorted({finding for sink in sinks for finding in _in_sink(sink, families)})


def present(sink: Sink, marks: Sequence[Mark]) -> set[str]:
    """Return `where` of every mark that is in the sink in any form, allowed or not."""
    return {finding.where for finding in search([Sink(sink.name, sink.data)], marks)}


def _families(marks: Sequence[Mark]) -> list[_Family]:
    texts = tuple(mark for mark in marks if mark.value.startswith(PREFIX))
    numbers = tuple(mark for mark in marks if mark.is_phone)
    others = [mark for mark in marks if mark not in texts and mark not in numbers]
    ending = _common_ending([mark.value.removeprefix("+49") for mark in numbers])
    families = [_Family(PREFIX, texts), _Family(ending, numbers)]
    return [family for family in families if family.marks] + [_Family(mark.value, (mark,)) for mark in others]


def _common_ending(values: Sequence[str]) -> str:
    columns = zip(*(value[::-1] for value in values), strict=False)
    return "".join(column[0] for column in takewhile(lambda column: len(set(column)) == 1, columns))[::-1]


def _in_sink(sink: Sink, families: Sequence[_Family]) -> Iterator[Finding]:
    looked_at: set[bytes] = set()
    found: set[tuple[Mark, str]] = set()
    for view, change in VIEWS.items():
        data = change(sink.data).lower()
        if data in looked_at:
            continue
        looked_at.add(data)
        for mark, form in {hit for family in families for hit in _in_view(data, family)} - found:
            found.add((mark, form))
            if mark.kind not in sink.allows:
                yield Finding(sink.name, mark.where, form if view == "as it is" else f"{view}, {form}")


def _in_view(data: bytes, family: _Family) -> Iterator[tuple[Mark, str]]:
    if not any(needle in data for _, needle in needles(family.stem)):
        return
    for mark in family.marks:
        for spelling in number_forms(mark.value) if mark.is_phone else (mark.value,):
            yield from ((mark, form) for form, needle in needles(spelling) if needle in data)
