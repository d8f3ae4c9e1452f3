"""A published version of the notice, in force or not any more: its whole text, and what it changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.core.moment import write_moment
from gateway.privacy.classes import Language
from gateway.privacy.members import disclosure_members
from gateway.privacy.notice import Edition, history, notice, version_path, written_day
from gateway.privacy.paper import Fact, Paper, Section
from gateway.privacy.words import LANGUAGE_NAMES, WORDS

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """One version; `after` is what replaced it, `before` what it replaced: None where there is none."""

    edition: Edition
    after: Edition | None
    before: Edition | None

    @property
    def until(self) -> int | None:
        """Return until when it was in force (seconds since 1970 UTC), None while it is."""
        return None if self.after is None else self.after.since


def versions(editions: Sequence[Edition]) -> Sequence[Past]:
    """Return each version with its neighbours; `editions` come newest first, and so does this."""
    afters, befores = [None, *editions][: len(editions)], [*editions[1:], None][: len(editions)]
    return [Past(*each) for each in zip(editions, afters, befores, strict=True)]


def find(editions: Sequence[Edition], version: str) -> Past | None:
    """Return a version by its digits; of one that came back, the last time."""
    return next((past for past in versions(editions) if past.edition.version == version), None)


def summary_members(past: Past, language: Language) -> Json:
    """Return which version it is, when it was in force, and what it changed."""
    return {
        "version": past.edition.version,
        "since": _written(past.edition.since),
        "until": _written(past.until),
        "changes": list(_changes(past, language)),
    }


def past_members(past: Past, language: Language) -> Json:
    """Return a version in the shape of `GET /v1/privacy`, and those members; bare where its text cannot be read."""
    disclosure = past.edition.disclosure
    told = {} if disclosure is None else disclosure_members(disclosure, language, since=past.edition.since)
    return {**told, **summary_members(past, language)}


def past_notice(past: Past, language: Language) -> Paper:
    """Return the text that was told; at its head stand when it was in force, and where the other texts are."""
    words, edition = WORDS[language], past.edition
    stamp = words["version"].format(edition.version, written_day(edition.since))
    section = Section("version", words["this_version"], facts=_facts(past, language), lines=_changes(past, language))
    if edition.disclosure is None:
        return Paper(words["title"], words["history_unreadable"], stamp, (section,))
    told = notice(edition.disclosure, (), language, since=edition.since)
    return Paper(told.title, told.lead, told.stamp, (section, *told.sections))


def _facts(past: Past, language: Language) -> tuple[Fact, ...]:
    words = WORDS[language]
    others = [(code, name) for code, name in LANGUAGE_NAMES.items() if code != language]
    ended = () if past.after is None else (Fact(words["until"], written_day(past.until)),)
    return (
        Fact(words["since"], written_day(past.edition.since)),
        *ended,
        Fact(words["in_force_now"], words["title"], f"/privacy?lang={language}"),
        *(Fact(words["language"], name, version_path(past.edition.version, code)) for code, name in others),
    )


def _changes(past: Past, language: Language) -> tuple[str, ...]:
    pair = [past.edition] if past.before is None else [past.edition, past.before]
    return history(pair, language)[0].lines


def _written(seconds: int | None) -> str | None:
    return None if seconds is None else write_moment(seconds)
