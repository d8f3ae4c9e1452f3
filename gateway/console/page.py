"""The console's pages: what is shown, as HTML that needs no script."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup

from gateway import __version__
from gateway.console.api import fields_of, written_time
from gateway.console.snapshot import ListedMessage, OutboxMessage, Status
from gateway.console.texts import LANGUAGES, NAMES
from gateway.http_server.pages import templates

CARDS: Final = 20  # outbox messages on the page
LONGEST_TEXT: Final = (
    2_000  # characters of a text on the page: a mail may have 256 KB, and the page is fetched anew often
)

_MINUTE: Final = 60
_HOUR: Final = 3_600
_DAY: Final = 86_400

FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """What the page shows; `messages` is None while the spool cannot be read."""

    status: Status
    messages: Sequence[ListedMessage] | None
    outbox: Sequence[OutboxMessage]
    has_outbox: bool


class Pages:
    """Renders the pages from their templates, which escape every value."""

    def __init__(self) -> None:
        self._templates = templates(FOLDER)

    def console(self, shown: Shown, language: str, now: int) -> bytes:
        """Return the operator's page."""
        cards = [_card(message) for message in shown.outbox[:CARDS]]
        more = max(0, len(shown.outbox) - CARDS)
        return self._render("console.html", language, now, shown=shown, cards=cards, more=more, version=__version__)

    def door(self, language: str, remark: str | None) -> bytes:
        """Return the page that explains how to get in; `remark` is a key of the texts."""
        return self._render("door.html", language, 0, remark=remark)

    def _render(self, name: str, language: str, now: int, **values: Any) -> bytes:  # noqa: ANN401 (a template takes anything)
        words = LANGUAGES[language]
        written: Mapping[str, Callable[..., str]] = {
            "age": lambda seconds: _age(seconds, words),
            "ago": lambda then: words["ago"].format(_age(max(0, now - then), words)),
            "time": written_time,
            "number": _number,
            "clock": lambda then: written_time(then)[11:19],
            "code": _code,
        }
        return (
            self._templates
            .get_template(name)
            .render(t=words, now=now, language=language, languages=NAMES, **written, **values)
            .encode()
        )


def _card(message: OutboxMessage) -> Mapping[str, Any]:
    fields = fields_of(message.taken.message)
    text = fields["text"]
    return {
        **fields,
        "text": text[:LONGEST_TEXT],
        "cut": max(0, len(text) - LONGEST_TEXT),
        "provider": message.provider,
        "reference": message.taken.reference,
        "taken_at": message.taken.taken_at,
    }


def _age(seconds: int, words: Mapping[str, str]) -> str:
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < 2 * _DAY:
        return f"{seconds // _HOUR} h"
    return words["days"].format(_number(seconds // _DAY))


def _number(number: int) -> str:
    # thousands apart by a narrow no-break space, which reads the same in every language
    return f"{number:,}".replace(",", "\u202f")


def _code(text: str) -> Markup:
    """Set apart what stands between backticks."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if odd % 2 else part for odd, part in enumerate(parts)
    )
