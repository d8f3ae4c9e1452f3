"""A text in sections, as the notice and the record are made of; and how it is written as Markdown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# What Markdown would read as its own (CommonMark 2.4), and what a reader would take for HTML.
_SIGNS: Final = re.compile(r"([\\`*_\[\]<>#|])")


@dataclass(frozen=True, slots=True)
class Fact:
    """A term with what is said of it; `url` where the text is to lead somewhere."""

    term: str
    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of several: a heading, a remark beside it, and facts."""

    title: str
    facts: tuple[Fact, ...] = ()
    remark: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with a paragraph, facts, a list of lines, or entries; `name` is its anchor."""

    name: str
    title: str
    lead: str = ""
    facts: tuple[Fact, ...] = ()
    lines: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """A whole text; `stamp` says which version it is."""

    title: str
    lead: str
    stamp: str
    sections: tuple[Section, ...]


def markdown(paper: Paper) -> str:
    """Return the text as Markdown (CommonMark)."""
    return "\n".join(_lines(paper)).rstrip() + "\n"


def _lines(paper: Paper) -> Iterator[str]:
    yield from (f"# {_plain(paper.title)}", "", _plain(paper.lead), "", _plain(paper.stamp), "")
    for section in paper.sections:
        yield from (f"## {_plain(section.title)}", "")
        yield from _paragraph(section.lead)
        yield from _list(section.facts, section.lines)
        for entry in section.entries:
            remark = f" ({_plain(entry.remark)})" if entry.remark else ""
            yield from (f"### {_plain(entry.title)}{remark}", "")
            yield from _list(entry.facts, entry.lines)


def _paragraph(text: str) -> Iterator[str]:
    if text:
        yield from (_plain(text), "")


def _list(facts: Sequence[Fact], lines: Sequence[str]) -> Iterator[str]:
    yield from (f"* {_plain(fact.term)}: {_linked(fact)}" for fact in facts)
    yield from (f"* {_plain(line)}" for line in lines)
    if facts or lines:
        yield ""


def _linked(fact: Fact) -> str:
    return f"<{fact.url}>" if fact.url is not None and fact.text == fact.url else _plain(fact.text)


def _plain(text: str) -> str:
    return _SIGNS.sub(r"\\\1", " ".join(text.split()))
