"""TLS for a listener: version 1.2 at least."""

import ssl
from pathlib import Path


class TlsError(Exception):
    """A certificate and its key cannot be used."""


def server_tls(certificate: Path, key: Path, client_ca: Path | None = None) -> ssl.SSLContext:
    """Return the context of a listener with this chain and key (PEM). Raises TlsError, without paths or texts.

    With `client_ca` every client must have a certificate of that CA (PEM); no session is resumed without showing it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        message = "the certificate or its key cannot be read, or they do not belong together"
        raise TlsError(message) from None
    if client_ca is not None:
        _want_certificates(context, client_ca)
    return context


def _want_certificates(context: ssl.SSLContext, client_ca: Path) -> None:
    try:
        context.load_verify_locations(client_ca)
    except (OSError, ValueError):
        message = "the CA of the clients' certificates cannot be read"
        raise TlsError(message) from None
    context.verify_mode = ssl.CERT_REQUIRED
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0


def _no_password() -> str:
    """Answer for a key that is encrypted: without this OpenSSL asks on the terminal."""
    return ""
