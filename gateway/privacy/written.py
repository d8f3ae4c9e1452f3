"""Fields, durations, countries and companies, written in the language of the reader."""

from collections.abc import Iterable
from typing import Final

from gateway.core.countries import EEA
from gateway.privacy.classes import UNTIL_WITHDRAWN, Language
from gateway.privacy.disclosure import DisclosedProcessor
from gateway.privacy.words import WORDS

# Those of the EEA and of the vendors that there are adapters for; others are written by their code (ISO 3166 alpha-2).
_GERMAN: Final = {
    "AT": "Österreich", "BE": "Belgien", "BG": "Bulgarien", "CY": "Zypern", "CZ": "Tschechien", "DE": "Deutschland",
    "DK": "Dänemark", "EE": "Estland", "ES": "Spanien", "FI": "Finnland", "FR": "Frankreich", "GR": "Griechenland",
    "HR": "Kroatien", "HU": "Ungarn", "IE": "Irland", "IS": "Island", "IT": "Italien", "LI": "Liechtenstein",
    "LT": "Litauen", "LU": "Luxemburg", "LV": "Lettland", "MT": "Malta", "NL": "Niederlande", "NO": "Norwegen",
    "PL": "Polen", "PT": "Portugal", "RO": "Rumänien", "SE": "Schweden", "SI": "Slowenien", "SK": "Slowakei",
    "AU": "Australien", "CA": "Kanada", "CH": "Schweiz", "GB": "Vereinigtes Königreich", "IN": "Indien",
    "US": "Vereinigte Staaten", "ZA": "Südafrika",
}  # fmt: skip
_ENGLISH: Final = {
    "AT": "Austria", "BE": "Belgium", "BG": "Bulgaria", "CY": "Cyprus", "CZ": "Czechia", "DE": "Germany",
    "DK": "Denmark", "EE": "Estonia", "ES": "Spain", "FI": "Finland", "FR": "France", "GR": "Greece",
    "HR": "Croatia", "HU": "Hungary", "IE": "Ireland", "IS": "Iceland", "IT": "Italy", "LI": "Liechtenstein",
    "LT": "Lithuania", "LU": "Luxembourg", "LV": "Latvia", "MT": "Malta", "NL": "Netherlands", "NO": "Norway",
    "PL": "Poland", "PT": "Portugal", "RO": "Romania", "SE": "Sweden", "SI": "Slovenia", "SK": "Slovakia",
    "AU": "Australia", "CA": "Canada", "CH": "Switzerland", "GB": "United Kingdom", "IN": "India",
    "US": "United States", "ZA": "South Africa",
}  # fmt: skip
COUNTRIES: Final = {Language.DE: _GERMAN, Language.EN: _ENGLISH}


class Writer:
    """Writes values in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self.words = WORDS[language]

    def duration(self, text: str) -> str:
        """Write `48h` as `48 Stunden`, `until_withdrawn` as what it says."""
        if text == UNTIL_WITHDRAWN:
            return self.words["until_withdrawn"]
        unit = text.lstrip("0123456789")
        number = text.removesuffix(unit)
        return f"{number} {self.words[f'one.{unit}' if number == '1' else f'unit.{unit}']}"

    def fields(self, names: Iterable[str]) -> str:
        """Write documented fields as a list."""
        return ", ".join(self.words[f"field.{name}"] for name in names)

    def country(self, code: str | None) -> str:
        """Write a country, or that it is not known."""
        return self.words["unknown"] if code is None else COUNTRIES[self.language].get(code, code)

    def countries(self, codes: Iterable[str]) -> str:
        """Write countries as a list, or that they are not known."""
        return ", ".join(map(self.country, codes)) or self.words["unknown"]

    def company(self, name: str | None) -> str:
        """Write a company, or that it is not known."""
        return name or self.words["company_unknown"]

    def kept_class(self, name: str) -> str:
        """Write the name of a retention class."""
        return self.words.get(f"class.{name}", name)

    def erases(self, processor: DisclosedProcessor) -> str:
        """Say whether what is erased here is erased there too."""
        return self.words["erases_too" if processor.erases else "erases_not"]

    def transfer(self, processor: DisclosedProcessor) -> str:
        """Say whether data leave the European Economic Area, as far as it is known."""
        outside = processor.outside_eea
        if outside:
            basis = processor.transfer_basis or self.words["not_stated"]
            return self.words["transfer_to"].format(self.countries(outside), basis)
        is_known = processor.country in EEA and bool(processor.processes_in)
        return self.words["transfer_none" if is_known else "transfer_unknown"]
