"""What a running gateway follows of a changed configuration, and what takes a restart."""

from pathlib import Path

import pytest

from gateway.config import Configuration
from gateway.config.live import LIVE, fixed_changes, followed, is_live
from gateway.settings import SECTIONS, Settings


def settings(**sections: object) -> Settings:
    """Return settings with some sections given."""
    return Settings.model_validate(sections)


def test_every_key_that_is_followed_exists() -> None:
    """The list names no section and no key that is not there."""
    assert LIVE.keys() - Settings.model_fields.keys() == set()
    named = {(section, key) for section, keys in LIVE.items() for key in keys or ()}
    known = {(section, key) for section, model in SECTIONS.items() for key in model.model_fields}
    assert named - known == set()


@pytest.mark.parametrize(
    "key, expected",
    [
        (("providers", "seven", "api_key"), True),
        (("routes", "sms", 0), True),
        (("retention", "content"), True),
        (("log", "level"), True),
        (("log", "path"), False),
        (("log",), False),
        (("gateway", "name"), False),
        (("http", "listen"), False),
        (("smtp", "sms_domain"), False),
        (("spool", "url"), False),
        (("keyring", "url"), False),
        (("delivery", "lease"), False),
    ],
)
def test_what_is_followed(key: tuple[str | int, ...], expected: bool) -> None:
    """Providers, routes, limits, retention and the level are; sockets, names, files and the lease are not."""
    assert is_live(key) == expected


def test_changes_that_take_a_restart_are_named() -> None:
    """A key that is followed is not among them; a section that came is named as a whole."""
    old = settings(gateway={"name": "a.example"}, limits={"daily": 5})
    new = settings(gateway={"name": "b.example"}, limits={"daily": 6}, smtp={}, log={"format": "console"})
    assert list(fixed_changes(old, new)) == [("gateway", "name"), ("smtp",), ("log", "format")]


def test_what_takes_a_restart_stays_as_it_was() -> None:
    """Of a changed configuration the followed keys are taken, also in a section that has both kinds."""
    old = settings(log={"level": "info", "format": "json"}, delivery={"lease": "30s", "deadline": "24h"})
    new = settings(log={"level": "debug", "format": "console"}, delivery={"lease": "9s", "deadline": "2h"}, smtp={})
    effective = followed(old, Configuration(new, None, Path("/"), Path("/"))).settings
    assert (effective.log.level, effective.log.format, effective.smtp) == ("debug", "json", None)
    assert (effective.delivery.lease, effective.delivery.deadline) == (old.delivery.lease, new.delivery.deadline)


def test_a_section_that_went_stays() -> None:
    """A listener that is taken out of the file listens until the restart."""
    old, new = settings(smtp={"sms_domain": "sms.example"}), settings()
    assert followed(old, Configuration(new, None, Path("/"), Path("/"))).settings.smtp == old.smtp
    assert list(fixed_changes(old, new)) == [("smtp",)]
