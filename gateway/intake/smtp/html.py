"""HTML rendered as text, for a mail that has nothing else: tables keep their cells, links their targets."""

import re
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from inscriptis.model.config import ParserConfig

MAX_HTML: Final = 1 << 20  # characters: rendering takes some seconds for so many
_TRAILING: Final = re.compile(r"[ \t\xa0]+$", re.MULTILINE)
_MANY_BLANKS: Final = re.compile(r"\n{3,}")
# As the renderer writes links.
_LINK: Final = re.compile(r"\[(?P<shown>[^\[\]\n]*)\]\((?P<target>[^()\s]*)\)")
_SILENT: Final = ("mailto:", "tel:", "#")


class UnreadableHtmlError(Exception):
    """The HTML is too long or nested too deeply to be rendered."""


def render(html: str) -> str:
    """Return the text of an HTML document. Raises UnreadableHtmlError."""
    from inscriptis.html_engine import Inscriptis  # noqa: PLC0415 (takes longer than the whole start: only when needed)
    from lxml.etree import LxmlError, ParserError  # noqa: PLC0415 (as above)
    from lxml.html import HTMLParser, document_fromstring  # noqa: PLC0415 (as above)

    if len(html) > MAX_HTML:
        raise UnreadableHtmlError
    readable = html.replace("\x00", "").strip()
    if not readable:
        return ""
    try:
        # Without huge_tree the parser drops in silence what is nested deeply. As UTF-8, whatever the document says.
        parser = HTMLParser(huge_tree=True, encoding="utf-8")
        tree = document_fromstring(readable.encode("utf-8", "replace"), parser=parser)
        for table in list(tree.iter("table")):
            # The renderer begins a table in the line before it.
            table.addprevious(tree.makeelement("div"))
        text = Inscriptis(tree, _config()).get_text()
    except ParserError:  # nothing in it, such as a comment alone
        return ""
    except (RecursionError, LxmlError, ValueError, IndexError):
        raise UnreadableHtmlError from None
    return _tidy(_LINK.sub(_write_link, text))


@cache
def _config() -> "ParserConfig":
    from inscriptis.css_profiles import CSS_PROFILES  # noqa: PLC0415 (as in `render`)
    from inscriptis.model.config import ParserConfig  # noqa: PLC0415 (as in `render`)

    return ParserConfig(css=CSS_PROFILES["strict"], display_links=True)


def _write_link(link: re.Match[str]) -> str:
    """Write a target behind what is shown, unless it says the same."""
    shown, target = link["shown"], link["target"]
    if not target or target.lower().startswith(_SILENT) or _bare(shown) == _bare(target):
        return shown
    return f"{shown} <{target}>" if shown.strip() else target


def _bare(address: str) -> str:
    return address.strip().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


def _tidy(text: str) -> str:
    lines = _MANY_BLANKS.sub("\n\n", _TRAILING.sub("", text)).strip("\n")
    return lines + "\n" if lines.strip() else ""
