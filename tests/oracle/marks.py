"""Unique marks, each named after the place where it is put in."""

import random
import string
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

PREFIX: Final = "S3NT-"
_LENGTH: Final = 12
_NUMBER_LENGTH: Final = 14


class Kind(Enum):
    """What a mark stands for, and so where it may come out."""

    CONTENT = auto()  # a documented field: allowed at the provider, nowhere else
    CLIENT = auto()  # what the operator calls a client: allowed in the spool's records and the console
    GRANTED = auto()  # a documented field that the client's record grants: allowed in both of them
    AMBIENT = auto()  # everything that comes along: allowed nowhere


AT_PROVIDER: Final = frozenset({Kind.CONTENT, Kind.GRANTED})
IN_RECORDS: Final = frozenset({Kind.CLIENT, Kind.GRANTED})


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: a text, or a phone number in E.164."""

    where: str
    value: str
    kind: Kind

    @property
    def is_phone(self) -> bool:
        """Whether it is a phone number, which has other spellings and no prefix of ours."""
        return self.value.startswith("+")


class Mint:
    """Makes marks and remembers them; the same seed makes the same marks."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        # All numbers end alike, so that one quick search tells whether any of them is somewhere.
        self._ending = "".join(self._chance.choices(string.digits, k=7))
        self.marks: list[Mark] = []

    def content(self, where: str) -> str:
        """Return a new mark for a documented field."""
        return self._keep(where, self._text(where), Kind.CONTENT)

    def ambient(self, where: str) -> str:
        """Return a new mark for something that is no documented field."""
        return self._keep(where, self._text(where), Kind.AMBIENT)

    def client(self, where: str) -> str:
        """Return a new mark for a client's name."""
        return self._keep(where, self._text(where), Kind.CLIENT)

    def phone(self, where: str, beginning: str = "+491512") -> str:
        """Return a recipient's number, 14 characters long as German mobile numbers are; `beginning` sets it apart."""
        missing = _NUMBER_LENGTH - len(beginning) - len(self._ending)
        return self._keep(where, beginning + "0" * missing + self._ending, Kind.CONTENT)

    def known(self, where: str, value: str, kind: Kind) -> str:
        """Remember a value that is no mark of ours, such as a key, as if it were one."""
        return self._keep(where, value, kind)

    def _text(self, where: str) -> str:
        return f"{PREFIX}{where}-{''.join(self._chance.choices(string.ascii_lowercase + string.digits, k=_LENGTH))}"

    def _keep(self, where: str, value: str, kind: Kind) -> str:
        assert value not in {mark.value for mark in self.marks}
        self.marks.append(Mark(where, value, kind))
        return value
