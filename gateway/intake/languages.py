"""What is told about data, in the language that was asked for, and not again to who has it."""

from collections.abc import Sequence
from typing import Final

from gateway.http_server import Answer
from gateway.http_server.negotiation import has_tag
from gateway.http_server.pages import policy
from gateway.http_server.request import Request
from gateway.privacy.classes import Language

# no-referrer: where a reader goes from here is nobody's business.
HEADERS: Final[Sequence[tuple[str, str]]] = (*policy(style_src="'self'"), ("Referrer-Policy", "no-referrer"))


def asked(request: Request) -> Language | None:
    """Return the language that the query asks for, if it is one of ours."""
    wanted = request.query.get("lang", "")
    return Language(wanted) if wanted in list(Language) else None


def tagged(request: Request, body: bytes, tag: str, language: Language, media_type: str) -> Answer:
    """Return a text with its entity tag, or 304 where the caller has it."""
    headers = [("ETag", tag), ("Content-Language", language.value), ("Vary", "Accept-Language"), *HEADERS]
    if has_tag(request.headers, tag):
        return Answer(304, headers=headers).may_be_kept()
    return Answer(200, body, media_type, headers=headers).may_be_kept()
