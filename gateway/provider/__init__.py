"""The plug-in contract: all that an adapter imports."""

from gateway.callback import (
    SIGNED,
    Acknowledgement,
    Basic,
    Bound,
    Callback,
    Ed25519,
    Hint,
    Hmac,
    Jwt,
    Plivo,
    Refused,
    SecretPath,
    Stamp,
    Twilio,
    Verified,
    Verifier,
)
from gateway.config.sentences import sentence
from gateway.core.address import ascii_address, ascii_domain, parse_mailbox
from gateway.core.base_url import parse_base_url
from gateway.core.errors import FieldError
from gateway.core.ids import now_seconds
from gateway.core.mail import needs_smtputf8, wire_address, write_mail
from gateway.core.message import DOCUMENTED_FIELDS, Channel, Email, Mailbox, Message, Sms
from gateway.core.outcome import Accepted, Blame, Deferred, InDoubt, Outcome, Reason, Rejected
from gateway.core.problem import Problem
from gateway.core.report import REPORTED, Report
from gateway.core.secret import Secret
from gateway.core.sms import Encoding, Segments, segments
from gateway.core.state import State
from gateway.guard import ForbiddenAddressError, connect_socket, is_public, tls_context
from gateway.http_client import Connection, HttpClient, HttpRequest, HttpResponse, Unsent
from gateway.provider.adapter import Adapter, DryRuns, Environment, Handover, Outbox, TakenMessage
from gateway.provider.declared import AdapterType, Capabilities, Judgement, Processor
from gateway.provider.erasing import Erases, Erasure, Gone, NotPossible, NotYet
from gateway.provider.http import (
    HttpAdapter,
    HttpBalance,
    HttpErasure,
    HttpExchange,
    HttpPoll,
    converse,
    default_erasure,
    default_outcome,
)
from gateway.provider.reports import Announces, Asked, Balance, Balances, Polls, Reports, Taker
from gateway.provider.settings import CallbackSettings, HttpProviderSettings, ProviderSettings
from gateway.settings import AsList, Country, Duration, RateSetting

__all__ = [
    "DOCUMENTED_FIELDS",
    "REPORTED",
    "SIGNED",
    "Accepted",
    "Acknowledgement",
    "Adapter",
    "AdapterType",
    "Announces",
    "AsList",
    "Asked",
    "Balance",
    "Balances",
    "Basic",
    "Blame",
    "Bound",
    "Callback",
    "CallbackSettings",
    "Capabilities",
    "Channel",
    "Connection",
    "Country",
    "Deferred",
    "DryRuns",
    "Duration",
    "Ed25519",
    "Email",
    "Encoding",
    "Environment",
    "Erases",
    "Erasure",
    "FieldError",
    "ForbiddenAddressError",
    "Gone",
    "Handover",
    "Hint",
    "Hmac",
    "HttpAdapter",
    "HttpBalance",
    "HttpClient",
    "HttpErasure",
    "HttpExchange",
    "HttpPoll",
    "HttpProviderSettings",
    "HttpRequest",
    "HttpResponse",
    "InDoubt",
    "Judgement",
    "Jwt",
    "Mailbox",
    "Message",
    "NotPossible",
    "NotYet",
    "Outbox",
    "Outcome",
    "Plivo",
    "Polls",
    "Problem",
    "Processor",
    "ProviderSettings",
    "RateSetting",
    "Reason",
    "Refused",
    "Rejected",
    "Report",
    "Reports",
    "Secret",
    "SecretPath",
    "Segments",
    "Sms",
    "Stamp",
    "State",
    "TakenMessage",
    "Taker",
    "Twilio",
    "Unsent",
    "Verified",
    "Verifier",
    "ascii_address",
    "ascii_domain",
    "connect_socket",
    "converse",
    "default_erasure",
    "default_outcome",
    "is_public",
    "needs_smtputf8",
    "now_seconds",
    "parse_base_url",
    "parse_mailbox",
    "segments",
    "sentence",
    "tls_context",
    "wire_address",
    "write_mail",
]
