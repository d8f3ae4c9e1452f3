"""The content of a mail as it comes over the wire: dots taken off, and refused where its lines could be read twice."""

import re
from typing import Final

from gateway.intake.smtp.reply import BARE_LINE_END, HAS_NUL, LONG_TEXT_LINE, Reply

END: Final = b"\r\n.\r\n"
LINE_END: Final = b"\r\n"
# RFC 5321 §4.5.3.1.6 has 1,000; programs that write a paragraph a line go far beyond, and no line is passed on.
MAX_LINE: Final = 8192
_LONG_LINE: Final = re.compile(rb"[^\n]{%d}" % MAX_LINE)


def unstuff(data: bytes) -> bytes:
    """Return the content of DATA between a CRLF before its first line and END, both included in `data`."""
    return data[: -len(END) + len(LINE_END)].replace(b"\r\n.", b"\r\n")[len(LINE_END) :]


def refusal_of(content: bytes) -> Reply | None:
    """Say why a content is refused whatever it says, if so.

    A CR or LF alone may be a line end to one program and none to the next, so that what follows is read as commands.
    """
    ends = content.count(LINE_END)
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        return BARE_LINE_END
    if b"\0" in content:
        return HAS_NUL
    return LONG_TEXT_LINE if _LONG_LINE.search(content) else None
