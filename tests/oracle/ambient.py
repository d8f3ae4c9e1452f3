"""Messages as a talkative client sends them: each documented field has a mark, and so has all that comes along."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tests.fakes.http_wire import request
from tests.oracle.marks import Kind, Mint

# Every header that tells of the client, its user, its machine, its network or its call (one mark each).
TELLING_HEADERS: Final = (
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Server",
    "X-Forwarded-User",
    "Forwarded",
    "Via",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Originating-IP",
    "X-Remote-Addr",
    "X-ProxyUser-Ip",
    "X-Azure-ClientIP",
    "X-Envoy-External-Address",
    "True-Client-IP",
    "CF-Connecting-IP",
    "CF-Ray",
    "Fastly-Client-IP",
    "User-Agent",
    "X-Mailer",
    "X-PHP-Script",
    "X-Requested-With",
    "Sec-CH-UA",
    "Sec-CH-UA-Platform",
    "Sec-CH-UA-Model",
    "Accept-Language",
    "Accept",
    "Referer",
    "Origin",
    "Cookie",
    "From",
    "Date",
    "Message-ID",
    "traceparent",
    "tracestate",
    "baggage",
    "X-Request-Id",
    "X-Correlation-Id",
    "X-B3-TraceId",
    "X-Amzn-Trace-Id",
    "X-Cloud-Trace-Context",
    "Proxy-Authorization",
    "If-None-Match",
    "SSL-Client-Cert",
    "X-Entirely-New",
)

SENDER_ID: Final = "Zq7KxPraxis"


@dataclass(frozen=True, slots=True)
class Client:
    """A client program that tells everything it knows; its name is a mark too."""

    mint: Mint
    name: str
    key: str
    headers: tuple[tuple[str, str], ...]
    query: str
    members: Mapping[str, object]

    def request(self, channel: str, fields: Mapping[str, object], **headers: str) -> bytes:
        """Write the request for one message with everything around it."""
        return self.post(f"/v1/{channel}?{self.query}", {**self.members, **fields}, **headers)

    def post(self, path: str, members: object, **headers: str) -> bytes:
        """Write any request of this client, with an idempotency key of its own that is a mark too."""
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        own.setdefault("Idempotency-Key", self.mint.ambient(f"idempotency-key-{len(self.mint.marks)}"))
        body = json.dumps(members).encode()
        return request("POST", path, headers=[*self.headers, *own.items()], body=body, key=self.key)


def client_of(mint: Mint, name: str, key: str) -> Client:
    """Return a client of this name and key with new marks for all that comes along."""
    mint.known("key", key, Kind.AMBIENT)
    headers = tuple((header, mint.ambient(f"header-{header}")) for header in TELLING_HEADERS)
    deep = {"list": [{"deep": mint.ambient("member-deep")}], mint.ambient("member-name-deep"): None}
    members = {
        mint.ambient("member-name"): mint.ambient("member"),
        "html": f"<p>{mint.ambient('member-html')}</p>",
        "attachments": [{"filename": mint.ambient("member-file"), "content": mint.ambient("member-bytes")}],
        "metadata": deep,
        "from": mint.ambient("member-from"),
        "reply_to": mint.ambient("member-reply-to"),
    }
    query = f"{mint.ambient('query-name')}={mint.ambient('query')}"
    return Client(mint, name, key, headers, query, members)


def sms(mint: Mint, number: str) -> dict[str, object]:
    """Return the fields of an SMS, with a mark in the text."""
    return {
        "recipient": number,
        "text": f"Ihr Code, {mint.content('sms-text')}, gilt 10 Minuten.",
        "sender_id": SENDER_ID,
    }


def email(mint: Mint, domain: str) -> dict[str, object]:
    """Return the fields of a mail with a mark in each part of each field; the comments are no part of them."""
    name, comment = mint.content("sender-name"), mint.ambient("sender-comment")
    to_name, to_comment = mint.content("recipient-name"), mint.ambient("recipient-comment")
    return {
        "sender": f"{name} ({comment}) <{mint.content('sender')}@{domain}>",
        "recipient": f'"{to_name}" <{mint.content("recipient")}@example.com> ({to_comment})',
        "subject": f"Grüße {mint.content('subject')}",
        "text": f"Schöne {mint.content('text')}\n😀\n",
    }
