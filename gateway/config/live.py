"""Which keys a running gateway follows when its configuration changes; all others take a restart."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from gateway.config.key import Key
from gateway.settings import SECTIONS, Settings

if TYPE_CHECKING:
    from gateway.config.load import Configuration

# A section without a list is followed with all its keys.
_ALL: Final = None

LIVE: Final[Mapping[str, frozenset[str] | None]] = MappingProxyType({
    "http": frozenset({"max_body", "max_batch_body"}),
    "spool": frozenset({"max_messages", "min_free"}),
    "retention": _ALL,
    "delivery": frozenset({"deadline", "on_doubt_email", "on_doubt_sms", "backoff_first", "backoff_longest", "drain"}),
    "email": _ALL,
    "sms": _ALL,
    "limits": _ALL,
    "log": frozenset({"level"}),
    "controller": _ALL,
    "providers": _ALL,
    "routes": _ALL,
})
"""By section, the keys that are followed; None: all of them."""


def is_live(key: Key) -> bool:
    """Whether a running gateway follows a key, or a section as a whole."""
    if key[0] not in LIVE:
        return False
    keys = LIVE[str(key[0])]
    return keys is None or (len(key) > 1 and key[1] in keys)


def fixed_changes(old: Settings, new: Settings) -> Iterator[Key]:
    """Yield the keys that differ and take a restart; a section that came or went is one key."""
    for section in SECTIONS:
        before, after = getattr(old, section), getattr(new, section)
        if before is None or after is None:
            if before is not after:
                yield (section,)
            continue
        yield from ((section, name) for name in _fixed(section) if getattr(before, name) != getattr(after, name))


def followed(old: Settings, new: "Configuration") -> "Configuration":
    """Return a configuration as far as a running gateway follows it: what takes a restart is as it was."""
    sections: dict[str, Any] = {}
    for section in SECTIONS:
        before, after = getattr(old, section), getattr(new.settings, section)
        if before is None or after is None:
            sections[section] = before
        else:
            kept = {name: getattr(before, name) for name in _fixed(section)}
            sections[section] = after.model_copy(update=kept)
    return replace(new, settings=new.settings.model_copy(update=sections))


def _fixed(section: str) -> Iterator[str]:
    return (name for name in SECTIONS[section].model_fields if not is_live((section, name)))
