"""What changed from one version of the disclosure to the next, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from gateway.core.message import Channel
from gateway.privacy.classes import Language
from gateway.privacy.disclosure import Controller, DisclosedProcessor, Disclosure, Kept
from gateway.privacy.written import Writer

_NOTHING = "–"


def changes(old: Disclosure, new: Disclosure, language: Language) -> Sequence[str]:
    """Return a sentence for each difference; none where both say the same."""
    writer = Writer(language)
    return [
        *_of_controller(old.controller, new.controller, writer),
        *_of_processors(old.processors, new.processors, writer),
        *_of_retention(old.retention, new.retention, writer),
    ]


def _of_controller(old: Controller, new: Controller, writer: Writer) -> Iterator[str]:
    words = writer.words
    for field in fields(Controller):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before != after:
            texts = (before or words["not_stated"], after or words["not_stated"])
            yield words["change.controller"].format(words[field.name], *texts)


def _of_processors(
    old: Sequence[DisclosedProcessor], new: Sequence[DisclosedProcessor], writer: Writer
) -> Iterator[str]:
    words = writer.words
    before, after = {each.name: each for each in old}, {each.name: each for each in new}
    for name, each in after.items():
        if name in before:
            yield from _of_processor(before[name], each, writer)
            continue
        received = "; ".join(
            f"{writer.fields(names)} ({words[f'channel.{channel}']})" for channel, names in each.fields.items()
        )
        yield words["change.added"].format(name, writer.company(each.company), writer.country(each.country), received)
    for name, each in before.items():
        if name not in after:
            yield words["change.removed"].format(name, writer.company(each.company))


def _of_processor(old: DisclosedProcessor, new: DisclosedProcessor, writer: Writer) -> Iterator[str]:
    before, after = _facts(old, writer), _facts(new, writer)
    for name in before:
        if before[name] != after[name]:
            yield writer.words["change.processor"].format(
                new.name, writer.words[name], before[name] or _NOTHING, after[name] or _NOTHING
            )


def _facts(processor: DisclosedProcessor, writer: Writer) -> Mapping[str, str]:
    received = {f"receives_{channel}": writer.fields(processor.fields.get(channel, ())) for channel in Channel}
    return {
        "company": writer.company(processor.company),
        "country": writer.country(processor.country),
        "processes_in": writer.countries(processor.processes_in),
        **received,
        "transfer": writer.transfer(processor),
        "erases": writer.erases(processor),
        "privacy_url": processor.privacy_url or "",
        "dpa_url": processor.dpa_url or "",
    }


def _of_retention(old: Sequence[Kept], new: Sequence[Kept], writer: Writer) -> Iterator[str]:
    words = writer.words
    before, after = {each.name: each for each in old}, {each.name: each for each in new}
    for name, each in after.items():
        title, keeps = writer.kept_class(name), writer.duration(each.keeps)
        if name not in before:
            yield words["change.class_added"].format(title, keeps)
            continue
        was = before[name]
        pairs = {
            "keeps": (writer.duration(was.keeps), keeps),
            "keeps_data": (was.data[writer.language], each.data[writer.language]),
            "purpose": (was.purpose[writer.language], each.purpose[writer.language]),
            "legal_basis": (was.legal_basis[writer.language], each.legal_basis[writer.language]),
        }
        for word, (then, now) in pairs.items():
            if then != now:
                yield words["change.class"].format(title, words[word], then, now)
    for name in before:
        if name not in after:
            yield words["change.class_removed"].format(writer.kept_class(name))
