"""The retention classes: what each keeps, why, on which legal basis and for how long; declared here alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from gateway.core.duration import format_duration
from gateway.settings import RetentionSection


class Language(StrEnum):
    """A language that the notice is written in (ISO 639-1)."""

    DE = "de"
    EN = "en"


@dataclass(frozen=True, slots=True)
class RetentionClass:
    """Data that lives for one time; the texts stand in the notice and in the record of processing.

    `is_declared` says whether the operator keeps such data at all; `is_recorded` is False for a class that has a
    setting and no data yet. Where either is not so, the notice leaves the class out. What has the lifetime NO_END
    stays until whoever it is about wants it otherwise.
    """

    name: str
    lifetime: Callable[[RetentionSection], timedelta]
    keeps: Mapping[Language, str]
    purpose: Mapping[Language, str]
    legal_basis: Mapping[Language, str]
    is_declared: Callable[[RetentionSection], bool] = lambda _: True
    is_recorded: bool = True


NO_END: Final = timedelta.max
UNTIL_WITHDRAWN: Final = "until_withdrawn"


def written_term(keeps: timedelta) -> str:
    """Write for how long something is kept: `48h`, or `until_withdrawn`."""
    return UNTIL_WITHDRAWN if keeps == NO_END else format_duration(keeps)


CONTENT: Final = RetentionClass(
    name="content",
    lifetime=lambda retention: retention.content,
    keeps={
        Language.DE: "Die Nachricht selbst, versiegelt: Absender, Empfänger, Betreff, Text, Absenderkennung",
        Language.EN: "The message itself, sealed: sender, recipient, subject, text, sender ID",
    },
    purpose={
        Language.DE: "Übergabe an den Anbieter, auch nach einem Fehlversuch; danach sofort vernichtet",
        Language.EN: "Handing over to the provider, again after a failure; destroyed at once after that",
    },
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. b DSGVO; im Auftrag eines Verantwortlichen Art. 28 DSGVO",
        Language.EN: "Art. 6(1)(b) GDPR; on behalf of a controller Art. 28 GDPR",
    },
)

SCHEDULED: Final = RetentionClass(
    name="scheduled",
    # Sealed with the key of a later epoch, which dies as long after the message's own time as all others.
    lifetime=lambda retention: retention.content + (retention.scheduled or timedelta()),
    keeps={
        Language.DE: "Nachrichten, die erst zu einer späteren Zeit versendet werden sollen, versiegelt bis dahin",
        Language.EN: "Messages that are to be sent at a later time, sealed until then",
    },
    purpose={
        Language.DE: "Übergabe an den Anbieter zur gewünschten Zeit; danach sofort vernichtet",
        Language.EN: "Handing over to the provider at the time asked for; destroyed at once after that",
    },
    legal_basis=CONTENT.legal_basis,
    is_declared=lambda retention: retention.scheduled is not None,
)

METADATA: Final = RetentionClass(
    name="metadata",
    lifetime=lambda retention: retention.metadata,
    keeps={
        Language.DE: "Kennung der Nachricht, Auftraggeber, Kanal, Status, Grund, Anbieter und dessen Kennung, "
        "Versuche, Segmente, Zeiten, ein Prüfwert des Empfängers unter einem Monatsschlüssel; keine Adresse, kein "
        "Inhalt",
        Language.EN: "Id of the message, client, channel, status, reason, provider and its id, attempts, segments, "
        "times, a hash of the recipient keyed by the month; no address, no content",
    },
    purpose={
        Language.DE: "Auskunft über den Verbleib einer Nachricht, Aufklärung von Störungen",
        Language.EN: "Telling what became of a message, resolving failures",
    },
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. b und f DSGVO",
        Language.EN: "Art. 6(1)(b) and (f) GDPR",
    },
)

ANSWERS: Final = RetentionClass(
    name="answers",
    # An answer tells of messages: it must not outlive what is known of them.
    lifetime=lambda retention: min(retention.answers, retention.metadata),
    keeps={
        Language.DE: "Erste Antworten auf Anfragen mit Idempotency-Key: Kennungen der Nachrichten, Status, Zeiten und "
        "Prüfwerte von Schlüssel und Anfrage; keine Adresse, kein Inhalt",
        Language.EN: "First answers to requests with an Idempotency-Key: ids of messages, status, times, and keyed "
        "hashes of key and request; no address, no content",
    },
    purpose={
        Language.DE: "Eine wiederholte Anfrage sendet nicht noch einmal",
        Language.EN: "A request that is repeated does not send again",
    },
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. b und f DSGVO",
        Language.EN: "Art. 6(1)(b) and (f) GDPR",
    },
)

USAGE: Final = RetentionClass(
    name="usage",
    lifetime=lambda retention: retention.usage,
    keeps={
        Language.DE: "Anzahl der Nachrichten und Segmente je Monat, Auftraggeber, Kanal und Anbieter; nichts über "
        "Empfänger",
        Language.EN: "Numbers of messages and segments a month, client, channel and provider; no recipient in them",
    },
    purpose={Language.DE: "Abrechnung", Language.EN: "Billing"},
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. c DSGVO mit § 147 AO und § 257 HGB",
        Language.EN: "Art. 6(1)(c) GDPR with the statutory duties to keep accounting records",
    },
)

AUDIT: Final = RetentionClass(
    name="audit",
    lifetime=lambda retention: retention.audit,
    keeps={
        Language.DE: "Welcher Benutzer des Betreibers wann was getan hat; keine Adresse, kein Inhalt",
        Language.EN: "Which user of the operator did what, and when; no address, no content",
    },
    purpose={Language.DE: "Nachweis der Zugriffe", Language.EN: "Evidence of access"},
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. c DSGVO mit Art. 5 Abs. 2 und Art. 32 DSGVO",
        Language.EN: "Art. 6(1)(c) GDPR with Art. 5(2) and Art. 32 GDPR",
    },
)

LOGS: Final = RetentionClass(
    name="logs",
    # What is known of a message must not live longer in the log than in the spool.
    lifetime=lambda retention: min(retention.logs, retention.metadata),
    keeps={
        Language.DE: "Ereignisse aus einer festen Liste mit Kennungen und Zeiten; keine Adresse, kein Inhalt, keine IP",
        Language.EN: "Events from a closed list with ids and times; no address, no content, no IP address",
    },
    purpose={
        Language.DE: "Sicherer Betrieb, Aufklärung von Störungen",
        Language.EN: "Secure operation, resolving failures",
    },
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. f DSGVO",
        Language.EN: "Art. 6(1)(f) GDPR",
    },
)

# Vendors let go of a message after minutes, seldom after days: https://www.twilio.com/docs/api/errors/20009
_ERASED_WITHIN: Final = timedelta(days=15)

ERASURES: Final = RetentionClass(
    name="erasures",
    lifetime=lambda retention: min(_ERASED_WITHIN, retention.metadata),
    keeps={
        Language.DE: "Welche Nachrichten Anbieter noch löschen sollen, bis sie gelöscht sind: der Anbieter, dessen "
        "Kennung der Nachricht, Versuche, Zeiten; kein Auftraggeber, keine Adresse, kein Inhalt",
        Language.EN: "Which messages providers are still to erase, until they are erased: the provider, its id of the "
        "message, attempts, times; no client, no address, no content",
    },
    purpose={
        Language.DE: "Löschung auch beim Anbieter",
        Language.EN: "Erasure at the provider, too",
    },
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. c DSGVO mit Art. 17 und Art. 19 DSGVO",
        Language.EN: "Art. 6(1)(c) GDPR with Art. 17 and Art. 19 GDPR",
    },
)

NOTICES: Final = RetentionClass(
    name="notices",
    # Whoever asks about a message that is known has to find what was told when it was accepted.
    lifetime=lambda retention: max(retention.notices, retention.metadata + (retention.scheduled or timedelta())),
    keeps={
        Language.DE: "Frühere Fassungen dieser Hinweise mit den damaligen Kontaktdaten des Verantwortlichen, ab ihrer "
        "Ablösung; eine Fassung, auf die sich eine Einwilligung bezieht, so lange wie diese",
        Language.EN: "Earlier versions of this notice with the controller's contacts of that time, from when they were "
        "replaced; a version that a consent refers to, for as long as that",
    },
    purpose={
        Language.DE: "Nachweis, worüber wann informiert wurde",
        Language.EN: "Evidence of what was told, and when",
    },
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. c DSGVO mit Art. 5 Abs. 2 DSGVO; Art. 6 Abs. 1 Buchst. f DSGVO mit der "
        "Verjährung von Ansprüchen (§§ 195, 199 BGB)",
        Language.EN: "Art. 6(1)(c) GDPR with Art. 5(2) GDPR; Art. 6(1)(f) GDPR with the limitation of claims",
    },
)

CONSENTS: Final = RetentionClass(
    name="consents",
    lifetime=lambda retention: retention.notices,
    keeps={
        Language.DE: "Welches Programm welchem Empfänger oder welchen Ländern wann und auf welche Fassung zugestimmt "
        "hat, ab dem Widerruf; mit dem Ende der Anmeldung gelöscht",
        Language.EN: "Which program agreed to which recipient or countries, when and on which version, from when that "
        "was withdrawn; erased when its registration ends",
    },
    purpose={
        Language.DE: "Nachweis, dass Daten nur an vereinbarte Empfänger gingen",
        Language.EN: "Evidence that data went to agreed recipients only",
    },
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. c DSGVO mit Art. 5 Abs. 2, Art. 7 Abs. 1 und Art. 28 Abs. 2 DSGVO",
        Language.EN: "Art. 6(1)(c) GDPR with Art. 5(2), Art. 7(1) and Art. 28(2) GDPR",
    },
)

STANDINGS: Final = RetentionClass(
    name="standings",
    # A time limit would end what the person asked for.
    lifetime=lambda _: NO_END,
    keeps={
        Language.DE: "Widersprüche und Einschränkungen: ein Prüfwert der Adresse unter einem eigenen Schlüssel, Art "
        "und Zeit; keine Adresse",
        Language.EN: "Objections and restrictions: a keyed hash of the address, kind and time; no address",
    },
    purpose={
        Language.DE: "Wer widersprochen oder eine Einschränkung verlangt hat, erhält nichts mehr",
        Language.EN: "Who has objected, or asked for a restriction, is sent nothing any more",
    },
    legal_basis={
        Language.DE: "Art. 6 Abs. 1 Buchst. c DSGVO mit Art. 21 Abs. 3 und Art. 18 DSGVO",
        Language.EN: "Art. 6(1)(c) GDPR with Art. 21(3) and Art. 18 GDPR",
    },
)

CLASSES: Final = (CONTENT, SCHEDULED, METADATA, ANSWERS, USAGE, AUDIT, LOGS, ERASURES, NOTICES, CONSENTS, STANDINGS)
