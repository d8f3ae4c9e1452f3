"""Judges what an SMTP server answers: stage, three-digit code and enhanced code → an outcome."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.provider import Blame, Deferred, InDoubt, Outcome, Reason, Rejected


class Stage(StrEnum):
    """Which of our words the server answered."""

    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    RSET = "rset"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CONTENT = "content"  # the final dot; only here the server may have taken the mail


# The message has no part in what is said here.
_SESSION: Final = frozenset({Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.RSET})

# RFC 2034 §4: the first word of an answer's text.
_ENHANCED: Final = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?!\S)", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What an outcome needs: one of the codes, of the stages and of the details; empty stands for any.

    A detail is subject and detail of an enhanced code (`7.1`), or a subject alone (`7`).
    """

    outcome: Outcome
    codes: frozenset[int] = frozenset()
    stages: frozenset[Stage] = frozenset()
    details: frozenset[str] = frozenset()

    def matches(self, stage: Stage, code: int, detail: str) -> bool:
        """Whether the rule speaks of this answer."""
        return (
            (not self.codes or code in self.codes)
            and (not self.stages or stage in self.stages)
            and (not self.details or not self.details.isdisjoint((detail, detail.partition(".")[0])))
        )


def _rule(outcome: Outcome, *codes: int, stages: frozenset[Stage] | Stage = frozenset(), details: str = "") -> _Rule:
    where = frozenset({stages}) if isinstance(stages, Stage) else stages
    return _Rule(outcome, frozenset(codes), where, frozenset(details.split()))


# What a bad address or text can cause must never open the circuit: it is the recipient's, the sender's or the
# content's fault, or the provider's only where the code says so.
_BUSY: Final = Deferred(Blame.PROVIDER, Reason.UNAVAILABLE)
_TOO_FAST: Final = Deferred(Blame.PROVIDER, Reason.RATE_LIMITED)
_LOCKED_OUT: Final = Deferred(Blame.ACCOUNT, Reason.CREDENTIALS)
_RECIPIENT_LATER: Final = Deferred(Blame.RECIPIENT, Reason.UNAVAILABLE)
_BAD_RECIPIENT: Final = Rejected(Blame.RECIPIENT, Reason.INVALID_RECIPIENT)
_MAILBOX_FULL: Final = Rejected(Blame.RECIPIENT, Reason.UNAVAILABLE)
_BAD_SENDER: Final = Rejected(Blame.SENDER, Reason.INVALID_SENDER)
_TOO_LONG: Final = Rejected(Blame.CONTENT, Reason.TOO_LONG)
_BAD_CONTENT: Final = Rejected(Blame.CONTENT, Reason.CONTENT_REJECTED)
_OUR_FAULT: Final = Rejected(Blame.PROVIDER, Reason.PROVIDER_ERROR)

# `550 5.7.1` and its kin: relaying denied, or a policy. Another provider may do better, so it is not the recipient's.
POLICY: Final = Rejected(Blame.SENDER, Reason.REFUSED)
# A local part outside ASCII where SMTPUTF8 is not offered, or not further on (RFC 6531 §3.5). Another provider may
# offer it; and as a client can cause it at will, it is not the provider's.
NO_SMTPUTF8: Final = Rejected(Blame.SENDER, Reason.UNROUTABLE)
TOO_LARGE: Final = _TOO_LONG

# RFC 5321 §4.2, RFC 3463, RFC 4954 §6, RFC 7372, RFC 7504, RFC 7505 and IANA's "SMTP Enhanced Status Codes".
# The first that matches.
_TEMPORARY: Final = (
    _rule(_TOO_FAST, 421, details="7"),
    _rule(_TOO_FAST, details="7.28"),
    _rule(_LOCKED_OUT, 432),
    _rule(_BUSY, stages=_SESSION),
    _rule(_BUSY, 421, 431, 454),
    _rule(Deferred(Blame.SENDER, Reason.INVALID_SENDER), details="1.7 1.8"),
    _rule(Deferred(Blame.SENDER, Reason.INVALID_SENDER), stages=Stage.MAIL, details="1"),
    _rule(_RECIPIENT_LATER, details="1 2"),
    _rule(_RECIPIENT_LATER, stages=Stage.RCPT, details="4"),
    _rule(Deferred(Blame.CONTENT, Reason.CONTENT_REJECTED), details="6"),
    # At RCPT it can be the recipient's own limit.
    _rule(Deferred(Blame.RECIPIENT, Reason.RATE_LIMITED), 450, stages=Stage.RCPT, details="7"),
    _rule(_TOO_FAST, 450, details="7"),
    _rule(_RECIPIENT_LATER, details="7"),  # greylisting
    _rule(_BUSY, details="3 4 5"),
    _rule(_RECIPIENT_LATER, stages=Stage.RCPT),
    _rule(_BUSY),
)

_PERMANENT: Final = (
    _rule(_LOCKED_OUT, 530, 534, 535, 538),
    _rule(_LOCKED_OUT, stages=Stage.AUTH),
    _rule(_BUSY, stages=_SESSION),
    _rule(Deferred(Blame.ACCOUNT, Reason.REFUSED), details="7.10"),  # wants encryption: our settings
    _rule(_OUR_FAULT, 500, 502, 503, 504, 555),
    _rule(_BAD_SENDER, details="1.7 1.8"),
    _rule(_TOO_LONG, details="2.3 3.4"),
    _rule(_BAD_SENDER, stages=Stage.MAIL, details="1 2 4"),
    _rule(_MAILBOX_FULL, details="2.2"),
    _rule(_BAD_RECIPIENT, details="1 2"),
    _rule(Rejected(Blame.RECIPIENT, Reason.UNROUTABLE), details="4"),
    # Not 3.0 and 5.0, "undefined": with them servers say what they have no code for, unknown users too.
    _rule(_OUR_FAULT, details="3.1 3.2 3.3 3.5 5.1 5.2 5.3 5.4 5.5 5.6"),
    _rule(NO_SMTPUTF8, details="6.7 6.9"),
    _rule(_BAD_CONTENT, details="6"),
    _rule(Rejected(Blame.PROVIDER, Reason.RATE_LIMITED), details="7.28"),
    _rule(_BAD_SENDER, details="7.20 7.21 7.22 7.23 7.24 7.25 7.26 7.27"),
    _rule(_TOO_LONG, 552, stages=frozenset({Stage.MAIL, Stage.DATA, Stage.CONTENT})),
    _rule(_BAD_CONTENT, stages=Stage.CONTENT),
    _rule(_OUR_FAULT, 521, stages=frozenset({Stage.MAIL, Stage.DATA})),
    _rule(_BAD_SENDER, stages=Stage.MAIL),
    _rule(_BAD_SENDER, 553, details="7"),  # the sender is not this account's; many say it at RCPT
    _rule(POLICY, details="7"),
    _rule(POLICY, stages=Stage.DATA),
    _rule(_MAILBOX_FULL, 552),
    _rule(POLICY, 554),
    _rule(_BAD_RECIPIENT),
)


def judge(stage: Stage, code: int, text: str = "") -> Outcome:
    """Return the outcome of an answer that is not the one hoped for; of its text only the enhanced code is read.

    The three-digit code decides: an enhanced code of another class is not believed. What is no refusal, or no code
    at all, is unclear: in doubt after the final dot, else certainly not taken. A refusal is never `Accepted`.
    """
    kind = str(code)[0] if 400 <= code < 600 else ""  # noqa: PLR2004 (RFC 5321 §4.2.1: 4yz and 5yz refuse)
    if not kind:
        unclear = Reason.UNCLEAR_ANSWER
        return InDoubt(unclear) if stage is Stage.CONTENT else Deferred(Blame.PROVIDER, unclear)
    found = _ENHANCED.match(text)
    detail = f"{int(found[2])}.{int(found[3])}" if found and found[1] == kind else ""
    rules = _TEMPORARY if kind == "4" else _PERMANENT
    return next(rule.outcome for rule in rules if rule.matches(stage, code, detail))
