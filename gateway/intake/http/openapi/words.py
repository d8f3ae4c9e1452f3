"""What the closed lists of the client API mean, word by word."""

from collections.abc import Mapping
from typing import Final

from gateway.core.outcome import Reason
from gateway.core.sms import Encoding
from gateway.core.state import State

OF_STATE: Final[Mapping[State, str]] = {
    State.QUEUED: "durable, waits for its turn",
    State.SENDING: "is being handed over",
    State.DEFERRED: "certainly not taken yet, will be tried again",
    State.IN_DOUBT: "the provider may or may not have taken it",
    State.SENT: "the provider took it",
    State.DELIVERED: "taken, then reported as arrived",
    State.UNDELIVERED: "taken, then reported as not arrived",
    State.FAILED: "never taken, and never will be",
    State.EXPIRED: "not taken before its deadline",
    State.CANCELLED: "withdrawn before it was handed over",
}

OF_REASON: Final[Mapping[Reason, str]] = {
    Reason.INVALID_RECIPIENT: "there is no such recipient",
    Reason.UNROUTABLE: "the provider has no way to this recipient",
    Reason.OPTED_OUT: "the recipient wants no messages",
    Reason.INVALID_SENDER: "the provider does not take this sender",
    Reason.CONTENT_REJECTED: "the provider does not take this text",
    Reason.TOO_LONG: "the message is too long for the provider",
    Reason.CREDENTIALS: "the gateway's account at the provider is refused",
    Reason.NO_CREDIT: "the gateway's account at the provider has no credit",
    Reason.QUOTA: "the gateway's quota at the provider is used up",
    Reason.RATE_LIMITED: "the provider was asked too often",
    Reason.UNAVAILABLE: "the provider cannot be reached",
    Reason.TIMEOUT: "the provider did not answer in time",
    Reason.CONNECTION_LOST: "the connection to the provider broke",
    Reason.UNCLEAR_ANSWER: "the provider's answer says neither yes nor no",
    Reason.REFUSED: "the provider refuses without a reason that is known",
    Reason.NOT_DISCLOSABLE: "no agreement covers telling this provider",
    Reason.NO_ROUTE: "no provider is configured for it any more",
    Reason.DEADLINE: "its time was over",
    Reason.PROVIDER_ERROR: "the provider is at fault",
}

OF_ENCODING: Final[Mapping[Encoding, str]] = {
    Encoding.GSM7: "the alphabet of GSM: 160 septets in one segment, 153 in each of several",
    Encoding.UCS2: "everything else: 70 UTF-16 units in one segment, 67 in each of several",
}
