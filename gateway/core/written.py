"""Texts of settings with a form of their own: lists, listeners, domains, countries, prefixes of numbers."""

import ipaddress
import json
import re
from collections.abc import Sequence
from typing import Any, Final

_MAX_PORT: Final = 65_535
_LISTEN: Final = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):(?P<port>\d{1,5})", re.ASCII)
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"  # RFC 1123 §2.1
_DOMAIN: Final = re.compile(rf"{_LABEL}(\.{_LABEL})+", re.ASCII)
# ISO 3166-1 alpha-2 as of 2026-11-24, the second letters by the first one; with AC, TA and XK, which are reserved or in
# use, for they have telephone numbers: https://www.iso.org/obp/ui/#search
_COUNTRIES: Final = {
    "A": "CDEFGILMOQRSTUWXZ", "B": "ABDEFGHIJLMNOQRSTVWYZ", "C": "ACDFGHIKLMNORUVWXYZ", "D": "EJKMOZ", "E": "CEGHRST",
    "F": "IJKMOR", "G": "ABDEFGHILMNPQRSTUWY", "H": "KMNRTU", "I": "DELMNOQRST", "J": "EMOP", "K": "EGHIMNPRWYZ",
    "L": "ABCIKRSTUVY", "M": "ACDEFGHKLMNOPQRSTUVWXYZ", "N": "ACEFGILOPRUZ", "O": "M", "P": "AEFGHKLMNRSTWY",
    "Q": "A", "R": "EOSUW", "S": "ABCDEGHIJKLMNORSTVXYZ", "T": "ACDFGHJKLMNORTVWZ", "U": "AGMSYZ", "V": "ACEGINU",
    "W": "FS", "X": "K", "Y": "ET", "Z": "AMW",
}  # fmt: skip
_PREFIX: Final = re.compile(r"\+[1-9]\d{0,14}", re.ASCII)

# Each raises ValueError with a sentence that does not hold the value.


def parse_list(text: str) -> Sequence[Any]:
    """Read `a,b` as its items, and what begins with a bracket as a JSON list: the environment has texts only."""
    if not text.lstrip().startswith("["):
        return [item.strip() for item in text.split(",") if item.strip()]
    try:
        items: Sequence[Any] = json.loads(text)
    except ValueError:
        raise ValueError("a list such as a,b or a JSON list is expected") from None
    return items


def check_listen(text: str) -> str:
    """Return an address with a port: `127.0.0.1:8025`, `[::1]:8025`."""
    found = _LISTEN.fullmatch(text)
    if found is None or int(found["port"]) > _MAX_PORT:
        raise ValueError("an address with a port, such as 127.0.0.1:8025 or [::1]:8025, is expected")
    return text


def host_and_port(listen: str) -> tuple[str, int]:
    """Split what `check_listen` returned into host, without the brackets of IPv6, and port."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def is_loopback(listen: str) -> bool:
    """Whether only this machine can reach what listens there."""
    host = host_and_port(listen)[0]
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def check_domain(text: str) -> str:
    """Return a domain name of at least two labels in lower case."""
    if _DOMAIN.fullmatch(text) is None:
        raise ValueError("a domain name such as gateway.example is expected")
    return text.lower()


def check_country(text: str) -> str:
    """Return a country as ISO 3166 alpha-2."""
    first, second = text[:1], text[1:]
    if len(second) != 1 or second not in _COUNTRIES.get(first, ""):
        raise ValueError("a country of two capital letters (ISO 3166 alpha-2), such as DE, is expected")
    return text


def check_prefix(text: str) -> str:
    """Return the beginning of a number in E.164."""
    if _PREFIX.fullmatch(text) is None:
        raise ValueError("the beginning of a number in E.164, such as +4366, is expected")
    return text
