"""Query parameters of the client API; those that nobody documented are ignored."""

import re
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from gateway.core.errors import FieldError, Flaw
from gateway.core.ids import is_message_id
from gateway.core.message import Channel
from gateway.core.state import State
from gateway.http_server.request import Request
from gateway.spool.dates import month_of
from gateway.spool.store import MAX_PAGE, Listing

_PAGE: Final = 50
_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


def read_listing(request: Request, client_id: int) -> Listing | tuple[FieldError, ...]:
    """Read `status`, `channel`, `cursor` and `limit`, all optional; or return what is wrong."""
    given = _parameters(request)
    errors = tuple(FieldError(name, Flaw.VALUE) for name, is_good in _LISTED.items() if not is_good(given.get(name)))
    if errors:
        return errors
    return Listing(
        client_id=client_id,
        state=State(given["status"]) if "status" in given else None,
        channel=Channel(given["channel"]) if "channel" in given else None,
        before=given.get("cursor"),
        limit=int(given.get("limit", _PAGE)),
    )


def read_month(request: Request, now: int) -> str | tuple[FieldError, ...]:
    """Read `month` (`YYYY-MM`), which is the present one in UTC where it is not given."""
    month = _parameters(request).get("month")
    if month is None:
        return month_of(now)
    return month if _MONTH.fullmatch(month) else (FieldError("month", Flaw.VALUE),)


def read_dry_run(request: Request) -> bool | tuple[FieldError, ...]:
    """Read `dry_run`, which is `true` or `false`, or not given."""
    if "?" not in request.raw_path:
        return False
    wanted = _parameters(request).get("dry_run", "false")
    return wanted == "true" if wanted in {"true", "false"} else (FieldError("dry_run", Flaw.VALUE),)


def _parameters(request: Request) -> dict[str, str]:
    """Return the parameters; of one that is given twice the last."""
    return dict(parse_qsl(request.rel_url.raw_query_string, keep_blank_values=True))


def _is_limit(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_PAGE)) and 1 <= int(text) <= MAX_PAGE


def _optional(is_good: Callable[[str], bool]) -> Callable[[str | None], bool]:
    return lambda text: text is None or is_good(text)


_LISTED: Final[Mapping[str, Callable[[str | None], bool]]] = {
    "status": _optional(frozenset(State).__contains__),
    "channel": _optional(frozenset(Channel).__contains__),
    "cursor": _optional(is_message_id),
    "limit": _optional(_is_limit),
}
