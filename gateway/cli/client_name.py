"""The name of a client, as it is given on the command line."""

from typing import Final

MAX_NAME: Final = 64  # characters


def parse_name(text: str) -> str:
    """Return the name of a client, which travels in Basic credentials (RFC 7617 §2). Raises ValueError."""
    if not text.isprintable() or text != text.strip() or ":" in text or not 0 < len(text) <= MAX_NAME:
        raise ValueError(f"a name of up to {MAX_NAME} characters without colons is expected")
    return text
