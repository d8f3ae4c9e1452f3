"""The retention classes as they are declared: the same as the settings, each explained in every language."""

from datetime import timedelta

import pytest

from gateway.logs.field import RetentionClass as LoggedClass
from gateway.privacy.classes import CLASSES, NO_END, Language, RetentionClass, written_term
from gateway.settings import RetentionSection


def test_classes_are_those_of_the_settings() -> None:
    """A setting and a declaration each, by the same name, and the words of the log."""
    names = [each.name for each in CLASSES]
    without = {"erasures", "consents", "standings"}
    assert list(RetentionSection.model_fields) == [name for name in names if name not in without]
    assert set(names) == set(LoggedClass)


def test_what_persons_asked_for_has_no_end() -> None:
    """No setting ends it: whoever asked for it does."""
    assert [each.name for each in CLASSES if each.lifetime(RetentionSection()) == NO_END] == ["standings"]
    assert (written_term(NO_END), written_term(timedelta(days=2))) == ("until_withdrawn", "2d")


def test_a_notice_outlives_what_was_accepted_under_it() -> None:
    """However short its own limit is, scheduled messages included."""
    [notices] = [each for each in CLASSES if each.name == "notices"]
    section = RetentionSection.model_validate({"notices": "1d", "metadata": "90d", "scheduled": "30d"})
    assert notices.lifetime(section) == timedelta(days=120)
    assert notices.lifetime(RetentionSection()) == timedelta(days=3 * 365.25)


def test_scheduled_content_is_a_class_where_the_operator_wants_it() -> None:
    """It is declared with its own lifetime, else not at all."""
    [scheduled] = [each for each in CLASSES if each.name == "scheduled"]
    sections = [RetentionSection(), RetentionSection.model_validate({"scheduled": "30d"})]
    assert [scheduled.is_declared(section) for section in sections] == [False, True]
    assert [timedelta(days=2), timedelta(days=32)] == [scheduled.lifetime(section) for section in sections]


def test_logs_live_no_longer_than_what_is_known() -> None:
    """The log holds message ids: it dies with the rows at the latest."""
    lives = {each.name: each.lifetime(RetentionSection.model_validate({"metadata": "3d"})) for each in CLASSES}
    assert lives["metadata"] == lives["logs"]


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.name)
def test_every_class_is_explained(each: RetentionClass) -> None:
    """What it keeps, why and on which basis, in every language of the notice."""
    for texts in (each.keeps, each.purpose, each.legal_basis):
        assert set(Language) == set(texts)
        assert all(texts.values())
