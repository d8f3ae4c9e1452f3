"""TLS for a listener: version 1.2 at least."""

import ssl
from pathlib import Path


class TlsError(Exception):
    """A certificate and its key cannot be used."""


def server_tls(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the context of a listener with this chain and key (PEM). Raises TlsError, without paths or texts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        message = "the certificate or its key cannot be read, or they do not belong together"
        raise TlsError(message) from None
    return context


def _no_password() -> str:
    """Answer for a key that is encrypted: without this OpenSSL asks on the terminal."""
    return ""
