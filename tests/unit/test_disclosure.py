"""The disclosure: what is told of which configuration, in which words, and what changes make a version."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.core.countries import EEA, EU, members_of
from gateway.core.message import DOCUMENTED_FIELDS, Channel
from gateway.privacy.changes import changes
from gateway.privacy.classes import CLASSES, Language
from gateway.privacy.disclosure import (
    Disclosure,
    Recipient,
    UnreadableDisclosureError,
    disclose,
    read_stored,
)
from gateway.privacy.editions import editions_of
from gateway.privacy.members import disclosure_members, record_members
from gateway.privacy.notice import Edition, history, notice, record, version_path
from gateway.privacy.paper import Entry, Fact, Paper, Section, markdown
from gateway.privacy.words import WORDS
from gateway.privacy.written import COUNTRIES, Writer
from gateway.provider import Processor
from gateway.settings import ControllerSection, RetentionSection, Settings
from gateway.spool.disclosures import StoredDisclosure

NOW = 1_800_000_000  # 2027-01-15
SMS = frozenset({Channel.SMS})
BOTH = frozenset(Channel)
ALL = dict(DOCUMENTED_FIELDS)


def recipient(name: str = "seven", channels: frozenset[Channel] = SMS, **different: Any) -> Recipient:  # noqa: ANN401 (any part of a processor)
    """Return a provider of a German company that receives everything."""
    values: dict[str, Any] = {"company": "seven GmbH", "country": "DE", "fields": ALL, "processes_in": ("DE",)}
    return Recipient(name, Processor(**(values | different)), channels)


def told(*recipients: Recipient, **sections: Any) -> Disclosure:  # noqa: ANN401 (any sections)
    """Return the disclosure of some settings."""
    return disclose(Settings(**sections), recipients)


def test_only_the_fields_of_the_routed_channels_are_told() -> None:
    """A provider of both channels that is used for SMS alone receives no subject."""
    [processor] = told(recipient()).processors
    assert processor.fields == {Channel.SMS: ("recipient", "text", "sender_id")}
    [processor] = told(recipient(channels=BOTH)).processors
    assert processor.all_fields == ("sender", "recipient", "subject", "text", "sender_id")


def test_who_receives_nothing_is_no_processor() -> None:
    """The sandbox is not told: nothing leaves the process."""
    assert told(recipient("sandbox", fields={}, company=None)).processors == ()


def test_retention_is_what_the_classes_say() -> None:
    """Every class that is kept is told, with its limit; one that is not declared is not."""
    default = [kept.name for kept in told().retention]
    assert default == [each.name for each in CLASSES if each.is_recorded and each.name != "scheduled"]
    section = RetentionSection(scheduled=timedelta(days=7), content=timedelta(minutes=5), metadata=timedelta(days=5))
    kept = {each.name: each.keeps for each in told(retention=section).retention}
    assert (kept["content"], kept["metadata"], kept["answers"], kept["logs"]) == ("5m", "5d", "24h", "5d")
    assert told().retention[0].keeps == "48h"


def test_the_same_is_the_same_version() -> None:
    """The order of the routes does not matter; fields, companies, limits and the controller do."""
    first, second = recipient("a"), recipient("b")
    disclosure = told(first, second)
    assert disclosure.version == told(second, first).version
    others = [
        told(first),
        told(first, recipient("b", country="US")),
        told(first, recipient("b", fields={Channel.SMS: ("recipient", "text")})),
        told(first, second, retention=RetentionSection(content=timedelta(hours=24))),
        told(first, second, controller=ControllerSection(name="Praxis")),
    ]
    assert len({disclosure.version, *(other.version for other in others)}) == 6


def test_what_is_stored_is_read_again() -> None:
    """A stored version is the same; what this program cannot read is said to be so."""
    disclosure = told(recipient(channels=BOTH), controller=ControllerSection(name="Praxis"))
    assert read_stored(disclosure.stored()) == disclosure
    for body in ("", "[]", '{"controller": 7}'):
        with pytest.raises(UnreadableDisclosureError):
            read_stored(body)
    stored = [StoredDisclosure("b", NOW, "[]"), StoredDisclosure("a", NOW - 1, disclosure.stored())]
    assert editions_of(stored) == [Edition("b", NOW, None), Edition("a", NOW - 1, disclosure)]


def test_changes_are_sentences() -> None:
    """Whatever changes is said, with what was and what is."""
    old = told(recipient("gone", company="Old Ltd"), recipient("seven"))
    moved = recipient("seven", country="US", processes_in=("US",), fields={Channel.SMS: ("recipient",)})
    new = told(
        moved,
        recipient("new", BOTH, company=None, country=None, privacy_url="https://new.example"),
        controller=ControllerSection(email="rights@praxis.example"),
        retention=RetentionSection(content=timedelta(hours=24), scheduled=timedelta(days=7)),
    )
    everything = "sender, recipient, subject, text (mail); recipient, text, sender ID (SMS)"
    assert changes(old, new, Language.EN) == [
        "Controller, E-mail: not stated by the operator → rights@praxis.example",
        # What is not known is told as well.
        f"New recipient new: not known: the operator has to name it (not known) receives {everything}",
        "seven, Seat: Germany → United States",
        "seven, Processes in: Germany → United States",
        "seven, Receives of an SMS: recipient, text, sender ID → recipient",
        "seven, Transfer out of the EEA: no → yes (United States); basis: not stated by the operator",
        "No longer a recipient: gone (Old Ltd)",
        "Content, Kept for: 48 hours → 24 hours",
        "Newly kept: Scheduled content, 8 days",
    ]
    assert changes(new, old, Language.DE)[-1] == "Nicht mehr aufbewahrt: Vorgemerkter Inhalt"
    assert changes(old, old, Language.DE) == []
    linked = told(recipient("seven", privacy_url="https://seven.example"), recipient("gone", company="Old Ltd"))
    assert changes(old, linked, Language.EN) == ["seven, Its privacy notice: – → https://seven.example"]


def test_the_history_says_what_each_version_changed() -> None:
    """The first one began; one that says the same is told so, and one that cannot be read."""
    old, new = told(recipient("a")), told()
    editions = [
        Edition("4", NOW + 86_400, new),
        Edition("3", NOW, new),
        Edition("2", NOW - 1, None),
        Edition("1", NOW - 2, old),
    ]
    lines = [entry.lines for entry in history(editions, Language.EN)]
    assert lines == [
        ("Unchanged in substance",),
        ("Published by another version of the program: differences cannot be shown",),
        ("Published by another version of the program: differences cannot be shown",),
        ("The oldest version that is kept",),
    ]
    assert history([], Language.EN) == []
    assert history(editions, Language.EN)[0].remark == "2027-01-16"
    assert history([Edition("2", NOW, new), Edition("1", NOW, old)], Language.EN)[0].lines == (
        "No longer a recipient: a (seven GmbH)",
    )


@pytest.mark.parametrize("language", list(Language))
def test_the_notice_says_everything(language: Language) -> None:
    """Controller, data, recipients, limits, rights and versions, each in a section of its own."""
    controller = ControllerSection(name="Praxis", email="rights@praxis.example", phone="+49 30 1")
    disclosure = told(recipient(privacy_url="https://seven.example/privacy", dpa_url="ftp://x"), controller=controller)
    paper = notice(disclosure, [Edition(disclosure.version, NOW, disclosure)], language, since=NOW)
    names = ["controller", "data", "processors", "retention", "rights", "versions"]
    assert [section.name for section in paper.sections] == names
    text = markdown(paper)
    for words in ("Praxis", "rights@praxis.example", "seven GmbH", "<https://seven.example/privacy>", "2027-01-15"):
        assert words in text
    urls = {fact.url for section in paper.sections for entry in section.entries for fact in entry.facts}
    assert urls == {None, "https://seven.example/privacy", version_path(disclosure.version, language)}


def test_what_the_operator_has_not_said_is_said_to_be_so() -> None:
    """No controller, no company, no version in force, nobody who receives: no sentence is left out."""
    text = markdown(notice(told(), [], Language.EN, since=None))
    assert "Name: not stated by the operator" in text
    assert "not in force yet" in text
    assert "Nobody: the running configuration hands no messages to the outside." in text
    assert "in any form, with: not stated by the operator" in text
    unknown = told(recipient(company=None, country=None, processes_in=()))
    text = markdown(notice(unknown, [], Language.EN, since=None))
    assert "Company: not known: the operator has to name it" in text
    assert "Transfer out of the EEA: not known" in text


def test_the_record_has_what_art_30_asks_for() -> None:
    """Controller, purposes, persons, data, recipients, transfers, limits and measures, on paper and as JSON."""
    disclosure = told(recipient(country="US", transfer_basis="SCC"))
    paper = record(disclosure, Language.EN, since=NOW)
    names = ["controller", "activity", "persons", "categories", "recipients", "retention", "measures"]
    assert [section.name for section in paper.sections] == names
    assert "yes (United States); basis: SCC" in markdown(paper)
    members = record_members(disclosure, Language.EN, since=NOW)
    [processor] = members["processors"]
    assert (processor["outside_eea"], processor["fields_by_channel"]) == (
        ["US"],
        {"sms": ["recipient", "text", "sender_id"]},
    )
    assert {"activity", "purpose", "legal_basis", "data_subjects", "data", "measures"} <= members.keys()
    assert all(each["data"] for each in members["retention"])


def test_the_json_has_the_shape_of_the_contract() -> None:
    """Programs find the members that are documented, and no others."""
    members = disclosure_members(told(recipient()), Language.EN, since=NOW)
    assert list(members) == ["version", "since", "controller", "processors", "retention", "rights"]
    assert members["since"] == "2027-01-15T08:00:00Z"
    assert list(members["controller"]) == ["name", "address", "email", "phone", "dpo", "authority"]
    [processor] = members["processors"]
    assert processor == {
        "name": "seven",
        "company": "seven GmbH",
        "country": "DE",
        "processes_in": ["DE"],
        "channels": ["sms"],
        "fields": ["recipient", "text", "sender_id"],
        "transfer_basis": None,
        "privacy_url": None,
        "erases": False,
    }
    assert {tuple(each) for each in members["retention"]} == {("class", "keeps", "purpose", "legal_basis")}
    assert members["rights"][0]["basis"] == "Art. 15 GDPR"
    assert disclosure_members(told(), Language.DE, since=None)["since"] is None


@pytest.mark.parametrize("language", list(Language))
def test_who_erases_is_told(language: Language) -> None:
    """In the notice, in the record, to programs, and where it changes."""
    can, cannot = replace(recipient(), erases=True), recipient()
    words = WORDS[language]
    for disclosure, said, other in (
        (told(can), "erases_too", "erases_not"),
        (told(cannot), "erases_not", "erases_too"),
    ):
        for text in (
            markdown(notice(disclosure, [], language, since=None)),
            markdown(record(disclosure, language, since=None)),
        ):
            assert (words[said] in text, words[other] in text) == (True, False)
    members = [disclosure_members(told(each), language, since=None)["processors"][0] for each in (can, cannot)]
    assert [each["erases"] for each in members] == [True, False]
    [sentence] = changes(told(cannot), told(can), language)
    assert f"{words['erases_not']} → {words['erases_too']}" in sentence
    assert told(can).version != told(cannot).version


def test_both_languages_have_every_word() -> None:
    """What is said in one language is said in the other, for all retention classes and countries too."""
    assert WORDS[Language.DE].keys() == WORDS[Language.EN].keys()
    assert {f"class.{each.name}" for each in CLASSES} <= WORDS[Language.DE].keys()
    assert COUNTRIES[Language.DE].keys() == COUNTRIES[Language.EN].keys()
    assert COUNTRIES[Language.DE].keys() >= EEA


@pytest.mark.parametrize(
    "text,expected",
    [
        ("1h", "1 Stunde"),
        ("48h", "48 Stunden"),
        ("90d", "90 Tage"),
        ("10y", "10 Jahre"),
        ("500ms", "500 Millisekunden"),
    ],
)
def test_durations_are_words(text: str, expected: str) -> None:
    """A limit is written out, one of something too."""
    assert Writer(Language.DE).duration(text) == expected


def test_an_unknown_country_is_its_code() -> None:
    """What has no name here is written as ISO 3166 has it."""
    assert Writer(Language.DE).countries(["DE", "ZZ"]) == "Deutschland, ZZ"


def test_markdown_is_not_what_was_typed() -> None:
    """A name in the configuration is text: no heading, no link, no HTML comes of it."""
    entry = Entry("[x](y)", lines=("<b>",))
    paper = Paper("a\n# b", "*x*", "s", (Section("n", "t", facts=(Fact("t", "`c`"),), entries=(entry,)),))
    assert markdown(paper).splitlines() == [
        r"# a \# b", "", r"\*x\*", "", "s", "", "## t", "", r"* t: \`c\`", "", r"### \[x\](y)", "", r"* \<b\>",
    ]  # fmt: skip


def test_the_lists_of_countries() -> None:
    """27 members of the Union, 30 of the Area; groups stand for their members, and add up."""
    assert (len(EU), len(EEA), EU < EEA) == (27, 30, True)
    assert members_of(["EU", "CH"]) == EU | {"CH"}
    assert members_of(["EEA"]) == EEA
    assert members_of([]) == frozenset()


def test_a_version_depends_on_nothing_else() -> None:
    """Names alone make the order: the same disclosure on another machine has the same version."""
    disclosure = told(recipient())
    assert disclosure.version == replace(disclosure).version
    assert len(disclosure.version) == 16
