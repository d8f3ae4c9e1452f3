"""The privacy notice (Art. 13 and 14 GDPR) and the record of processing (Art. 30 GDPR), out of a disclosure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from gateway.core.message import DOCUMENTED_FIELDS, Channel
from gateway.privacy.changes import changes
from gateway.privacy.classes import Language
from gateway.privacy.disclosure import RIGHTS, Controller, DisclosedProcessor, Disclosure, Kept
from gateway.privacy.paper import Entry, Fact, Paper, Section
from gateway.privacy.words import MEASURES, WORDS
from gateway.privacy.written import Writer


@dataclass(frozen=True, slots=True)
class Edition:
    """A disclosure that was in force from `since` on (seconds since 1970 UTC; None: it is not in force yet).

    `disclosure` is None where this version of the program cannot read what was stored.
    """

    version: str
    since: int | None
    disclosure: Disclosure | None


def notice(disclosure: Disclosure, editions: Sequence[Edition], language: Language, *, since: int | None) -> Paper:
    """Return the notice of what holds; `editions` are all that were published, newest first."""
    writer = Writer(language)
    words = writer.words
    sections = [
        _controller(disclosure, writer),
        Section("data", words["data"], words["data_lead"], _data(writer)),
        _processors("processors", words["processors"], disclosure, writer),
        _retention("retention", words["retention"], disclosure, writer),
        _rights(disclosure, writer),
    ]
    if editions:
        sections.append(Section("versions", words["history"], entries=tuple(history(editions, language))))
    return Paper(words["title"], words["lead"], _stamp(disclosure, since, writer), tuple(sections))


def record(disclosure: Disclosure, language: Language, *, since: int | None) -> Paper:
    """Return the record of processing of what holds, in the order of Art. 30(1) GDPR."""
    writer = Writer(language)
    words = writer.words
    activity = (
        Fact(words["record_activity"], words["record_activity_text"]),
        Fact(words["purpose"], words["purpose_text"]),
        Fact(words["legal_basis"], words["legal_basis_text"]),
    )
    categories = (
        *_message_fields(writer),
        Fact(words["record_client"], words["record_client_text"]),
    )
    sections = (
        _controller(disclosure, writer),
        Section("activity", words["record_activity"], facts=activity),
        Section("persons", words["record_persons"], words["record_persons_text"]),
        Section("categories", words["record_categories"], facts=categories),
        _processors("recipients", words["record_recipients"], disclosure, writer),
        _retention("retention", words["record_retention"], disclosure, writer),
        Section("measures", words["record_measures"], lines=tuple(words[f"measure.{measure}"] for measure in MEASURES)),
    )
    return Paper(words["record_title"], words["record_lead"], _stamp(disclosure, since, writer), sections)


def history(editions: Sequence[Edition], language: Language) -> Sequence[Entry]:
    """Say what each version changed against the one before; `editions` come newest first."""
    before = [*editions[1:], None][: len(editions)]
    return [
        Entry(
            edition.version,
            (Fact(WORDS[language]["full_text"], edition.version, version_path(edition.version, language)),),
            remark=written_day(edition.since),
            lines=_changed(edition, older, language),
        )
        for edition, older in zip(editions, before, strict=True)
    ]


def version_path(version: str, language: str) -> str:
    """Return where a running gateway shows one version."""
    return f"/privacy/versions/{version}?lang={language}"


def written_day(seconds: int | None) -> str:
    """Write the day of a time (seconds since 1970 UTC) as in ISO 8601."""
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _changed(edition: Edition, older: Edition | None, language: Language) -> tuple[str, ...]:
    words = Writer(language).words
    if older is None:
        return (words["history_first"],)
    if edition.disclosure is None or older.disclosure is None:
        return (words["history_unreadable"],)
    return tuple(changes(older.disclosure, edition.disclosure, language)) or (words["history_same"],)


def _stamp(disclosure: Disclosure, since: int | None, writer: Writer) -> str:
    if since is None:
        return writer.words["version_pending"].format(disclosure.version)
    return writer.words["version"].format(disclosure.version, written_day(since))


def _controller(disclosure: Disclosure, writer: Writer) -> Section:
    words = writer.words
    given = {field.name: getattr(disclosure.controller, field.name) for field in fields(Controller)}
    shown = [name for name, text in given.items() if text or name in {"name", "address", "email"}]
    facts = tuple(
        Fact(words[name], given[name] or words["not_stated"], _mail_link(name, given[name])) for name in shown
    )
    return Section("controller", words["controller"], words["controller_lead"], facts)


def _mail_link(name: str, text: str | None) -> str | None:
    return f"mailto:{text}" if name == "email" and text else None


def _data(writer: Writer) -> tuple[Fact, ...]:
    terms = ("purpose", "legal_basis", "source", "automated")
    return (*_message_fields(writer), *(Fact(writer.words[term], writer.words[f"{term}_text"]) for term in terms))


def _message_fields(writer: Writer) -> tuple[Fact, ...]:
    return tuple(
        Fact(writer.words[f"data_{channel}"], writer.fields(DOCUMENTED_FIELDS[channel])) for channel in Channel
    )


def _processors(name: str, title: str, disclosure: Disclosure, writer: Writer) -> Section:
    words = writer.words
    if not disclosure.processors:
        return Section(name, title, words["processors_none"])
    entries = tuple(
        Entry(each.company or each.name, _processor(each, writer), remark=each.name if each.company else "")
        for each in disclosure.processors
    )
    return Section(name, title, words["processors_lead"], entries=entries)


def _processor(processor: DisclosedProcessor, writer: Writer) -> tuple[Fact, ...]:
    words = writer.words
    received = [Fact(words[f"receives_{channel}"], writer.fields(names)) for channel, names in processor.fields.items()]
    links = [("privacy_url", processor.privacy_url), ("dpa_url", processor.dpa_url)]
    return (
        Fact(words["company"], writer.company(processor.company)),
        Fact(words["country"], writer.country(processor.country)),
        Fact(words["processes_in"], writer.countries(processor.processes_in)),
        *received,
        Fact(words["transfer"], writer.transfer(processor)),
        Fact(words["erases"], writer.erases(processor)),
        *(Fact(words[term], url, _web_link(url)) for term, url in links if url),
    )


def _web_link(url: str) -> str | None:
    # Whatever an operator's table says: nothing but the web is made a link.
    return url if url.startswith(("https://", "http://")) else None


def _retention(name: str, title: str, disclosure: Disclosure, writer: Writer) -> Section:
    entries = tuple(_kept(each, writer) for each in disclosure.retention)
    return Section(name, title, writer.words["retention_lead"], entries=entries)


def _kept(kept: Kept, writer: Writer) -> Entry:
    words, language = writer.words, writer.language
    facts = (
        Fact(words["keeps_data"], kept.data[language]),
        Fact(words["purpose"], kept.purpose[language]),
        Fact(words["legal_basis"], kept.legal_basis[language]),
    )
    return Entry(writer.kept_class(kept.name), facts, writer.duration(kept.keeps))


def _rights(disclosure: Disclosure, writer: Writer) -> Section:
    words, controller = writer.words, disclosure.controller
    lines = tuple(f"{words[f'right.{name}']} ({article} {_law(writer)})" for name, article in RIGHTS)
    where = controller.email or controller.phone or controller.address or words["not_stated"]
    return Section("rights", words["rights"], words["rights_lead"].format(where), lines=lines)


def _law(writer: Writer) -> str:
    return "DSGVO" if writer.language is Language.DE else "GDPR"
