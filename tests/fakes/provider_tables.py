"""The configuration tables of providers that listen on this machine."""

from tests.fakes.capture_http import HttpCapture


def seven(capture: HttpCapture | str, **settings: object) -> dict[str, object]:
    """Return a table of type `seven` for a capture or an URL."""
    url = capture if isinstance(capture, str) else capture.url
    return {"type": "seven", "base_url": url, "api_key": "made-up", "allow_private_network": True, **settings}


def smtp(port: int, **settings: object) -> dict[str, object]:
    """Return a table of type `smtp` for a server without TLS."""
    return {"type": "smtp", "host": "127.0.0.1", "port": port, "tls": "none", "allow_private_network": True, **settings}
