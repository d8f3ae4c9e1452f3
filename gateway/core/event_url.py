"""The address at which a client's program is told of events: `https://client.example/umschlag?for=praxis`."""

from gateway.core.base_url import parse_base_url

MAX_LENGTH = 2000  # characters


def parse_event_url(text: str, *, may_be_plain: bool) -> str:
    """Return the address as it was written; `may_be_plain` allows `http://`. Raises ValueError without it."""
    address, _, query = text.partition("?")
    parse_base_url(address, may_be_plain=may_be_plain)
    is_query = query.isascii() and query.isprintable() and not any(sign in query for sign in ' #"<>')
    if not is_query or len(text) > MAX_LENGTH:
        raise ValueError(f"an address of up to {MAX_LENGTH} characters without a fragment is expected")
    return text
