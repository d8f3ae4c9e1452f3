"""Countries of the European Union and of the European Economic Area, as closed lists with their date."""

from collections.abc import Iterable
from typing import Final

from gateway.core.written import check_country

AS_OF: Final = "2026-11-24"
"""When the lists below were last held against their sources."""

# https://european-union.europa.eu/principles-countries-history/eu-countries_en
EU: Final = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
    "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip

# https://www.efta.int/eea: the Union with Iceland, Liechtenstein and Norway; the GDPR holds there by the EEA agreement.
EEA: Final = EU | {"IS", "LI", "NO"}

_GROUPS: Final = {"EU": EU, "EEA": EEA}


def check_place(text: str) -> str:
    """Return a country (ISO 3166 alpha-2), or a group of them. Raises ValueError."""
    return text if text in _GROUPS else check_country(text)


def members_of(names: Iterable[str]) -> frozenset[str]:
    """Return the countries (ISO 3166 alpha-2) that the names stand for: `EU` and `EEA` stand for their members."""
    return frozenset(country for name in names for country in _GROUPS.get(name, {name}))
