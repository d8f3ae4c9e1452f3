"""What a check of settings found: a key, what is wrong with it, and what else it read."""

from dataclasses import dataclass

from gateway.config.key import Key


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a key; `reads` are the other keys without which it could not be said."""

    key: Key
    text: str
    reads: tuple[Key, ...] = ()
