"""What a text may hold: no NUL, no unpaired surrogate, and where it is one line, no line break."""

import re
from typing import Final

from gateway.core.errors import FieldError, Flaw

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# All that any mail program, log viewer or terminal takes for a new line.
_LINE_BREAK: Final = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROL: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def check_text(field: str, text: str) -> None:
    """Refuse NUL and unpaired surrogates; line breaks are welcome. Raises FieldError."""
    if "\x00" in text:
        raise FieldError(field, Flaw.NUL)
    if not text.isascii() and _SURROGATE.search(text):
        raise FieldError(field, Flaw.SURROGATE)


def check_line(field: str, text: str) -> None:
    """Refuse what `check_text` refuses, line breaks and other control characters but tab. Raises FieldError."""
    if text.isprintable():
        return
    check_text(field, text)
    if _LINE_BREAK.search(text):
        raise FieldError(field, Flaw.LINE_BREAK)
    if _CONTROL.search(text):
        raise FieldError(field, Flaw.CONTROL)
