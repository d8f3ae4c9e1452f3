"""The disclosure as JSON: what `GET /v1/privacy` answers, the list of processors, and the record of processing."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from gateway.core.message import DOCUMENTED_FIELDS, Channel
from gateway.privacy.classes import Language
from gateway.privacy.disclosure import RIGHTS, DisclosedProcessor, Disclosure, Kept
from gateway.privacy.words import MEASURES, WORDS


def disclosure_members(disclosure: Disclosure, language: Language, *, since: int | None) -> dict[str, Any]:
    """Return a disclosure in the shape of `GET /v1/privacy`."""
    words = WORDS[language]
    return {
        "version": disclosure.version,
        "since": None if since is None else datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "controller": asdict(disclosure.controller),
        "processors": processor_members(disclosure),
        "retention": [_kept(each, language) for each in disclosure.retention],
        "rights": [
            {"right": name, "basis": f"{article} GDPR", "text": words[f"right.{name}"]} for name, article in RIGHTS
        ],
    }


def processor_members(disclosure: Disclosure) -> Sequence[dict[str, Any]]:
    """Return the processors alone."""
    return [_processor(each) for each in disclosure.processors]


def record_members(disclosure: Disclosure, language: Language, *, since: int | None) -> dict[str, Any]:
    """Return the record of processing: the disclosure, and what Art. 30(1) GDPR asks for besides."""
    words = WORDS[language]
    told = disclosure_members(disclosure, language, since=since)
    del told["rights"]
    details = {each.name: each for each in disclosure.processors}
    return {
        **told,
        "activity": words["record_activity_text"],
        "purpose": words["purpose_text"],
        "legal_basis": words["legal_basis_text"],
        "data_subjects": words["record_persons_text"],
        "data": {channel.value: list(DOCUMENTED_FIELDS[channel]) for channel in Channel},
        "client_data": words["record_client_text"],
        "processors": [
            {
                **each,
                "fields_by_channel": {
                    channel.value: list(names) for channel, names in details[each["name"]].fields.items()
                },
                "outside_eea": list(details[each["name"]].outside_eea),
                "dpa_url": details[each["name"]].dpa_url,
            }
            for each in told["processors"]
        ],
        "retention": [{**_kept(each, language), "data": each.data[language]} for each in disclosure.retention],
        "measures": [words[f"measure.{measure}"] for measure in MEASURES],
    }


def _processor(processor: DisclosedProcessor) -> dict[str, Any]:
    return {
        "name": processor.name,
        "company": processor.company,
        "country": processor.country,
        "processes_in": list(processor.processes_in),
        "channels": [channel.value for channel in processor.fields],
        "fields": list(processor.all_fields),
        "transfer_basis": processor.transfer_basis,
        "privacy_url": processor.privacy_url,
        "erases": processor.erases,
    }


def _kept(kept: Kept, language: Language) -> dict[str, Any]:
    return {
        "class": kept.name,
        "keeps": kept.keeps,
        "purpose": kept.purpose[language],
        "legal_basis": kept.legal_basis[language],
    }
