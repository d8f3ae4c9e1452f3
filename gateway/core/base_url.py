"""The address of a vendor's API as settings write it: `https://api.example/v1`."""

from urllib.parse import urlsplit


def parse_base_url(text: str, *, may_be_plain: bool) -> str:
    """Return the address without a slash at its end; `may_be_plain` allows `http://`. Raises ValueError without it."""
    try:
        url = urlsplit(text)
        is_whole = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
    except ValueError:  # a port that is no number, brackets without an address
        is_whole = False
    if not is_whole or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("an address such as https://api.example/v1 is expected") from None
    if any(sign in text for sign in "@?#"):
        raise ValueError("an address without user, query and fragment is expected")
    if text.lower().startswith("http://") and not may_be_plain:
        raise ValueError("https:// is expected (http:// is possible with allow_private_network = true)")
    return text.rstrip("/")
