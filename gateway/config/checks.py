"""What no single key shows: bounds between keys, files that have to be there, routes that name providers."""

import difflib
import re
import ssl
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Final

import phonenumbers

from gateway.config.finding import Finding
from gateway.config.key import Key
from gateway.config.state_places import may_hold, state_findings, state_warnings
from gateway.core.duration import format_duration
from gateway.core.epoch import epoch_length
from gateway.core.step import Step, names_in
from gateway.core.written import host_and_port, is_loopback
from gateway.settings import AdminSection, HttpSection, Settings, SmtpSection

LONGEST_DEADLINE: Final = timedelta(hours=47)  # the privacy promise, whatever retention.content says
SHORTEST_LEASE: Final = timedelta(seconds=1)
# In labels of metrics, in paths of callbacks and, with dashes made underscores, in names of variables.
_PROVIDER_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]|_(?!_)){0,62}", re.ASCII)


Rule = Callable[[Settings, Callable[[Key], bool]], Iterable[Finding]]


def findings(settings: Settings, is_given: Callable[[Key], bool]) -> Iterator[Finding]:
    """Yield what is wrong with keys that are each well-formed; `is_given` tells those that no default filled."""
    for rule in _RULES:
        yield from rule(settings, is_given)


def _durations(settings: Settings, _given: Callable[[Key], bool]) -> Iterator[Finding]:
    delivery, content = settings.delivery, settings.retention.content
    key = ("delivery", "deadline")
    # The key of an epoch is destroyed at its start plus `content`: what is sealed in its last second lives shorter.
    epoch = epoch_length(content)
    if delivery.deadline > LONGEST_DEADLINE:
        yield Finding(key, f"must not be longer than {format_duration(LONGEST_DEADLINE)}")
    elif delivery.deadline > content - epoch:
        text = f"must be at least {format_duration(epoch)} shorter than retention.content ({format_duration(content)})"
        yield Finding(key, text, (("retention", "content"),))
    if delivery.backoff_first > delivery.backoff_longest:
        yield Finding(
            ("delivery", "backoff_first"),
            "must not be longer than delivery.backoff_longest",
            (("delivery", "backoff_longest"),),
        )
    if delivery.lease < SHORTEST_LEASE:
        yield Finding(("delivery", "lease"), f"must not be shorter than {format_duration(SHORTEST_LEASE)}")


def _listeners(settings: Settings, _given: Callable[[Key], bool]) -> Iterator[Finding]:
    seen: dict[str, Key] = {}
    smtp = settings.smtp
    listens: list[tuple[Key, str | None]] = [
        (("http", "listen"), settings.http.listen),
        (("admin", "listen"), settings.admin.listen),
        (("smtp", "listen"), smtp.listen if smtp else None),
        (("smtp", "listen_tls"), smtp.listen_tls if smtp else None),
    ]
    for key, listen in listens:
        if listen is None or host_and_port(listen)[1] == 0:
            continue
        other = seen.setdefault(listen, key)
        if other != key:
            yield Finding(key, f"is the same as {other[0]}.{other[1]}", (other,))


def _buffer(settings: Settings, _given: Callable[[Key], bool]) -> Iterator[Finding]:
    if settings.smtp and settings.smtp.max_buffer < settings.smtp.max_size:
        text = "is smaller than smtp.max_size: a mail of that size would never find room"
        yield Finding(("smtp", "max_buffer"), text, (("smtp", "max_size"),))


def _tls(settings: Settings, _given: Callable[[Key], bool]) -> Iterator[Finding]:
    sections: list[tuple[str, HttpSection | AdminSection | SmtpSection | None]] = [
        ("http", settings.http), ("admin", settings.admin), ("smtp", settings.smtp),
    ]  # fmt: skip
    for name, section in sections:
        if section is not None:
            yield from _certificate(name, section.tls_cert, section.tls_key)
    if settings.smtp and settings.smtp.listen_tls and not settings.smtp.tls_cert:
        yield Finding(("smtp", "listen_tls"), "needs smtp.tls_cert and smtp.tls_key", (("smtp", "tls_cert"),))
    yield from _client_ca(settings.http)


def _client_ca(http: HttpSection) -> Iterator[Finding]:
    key = ("http", "client_ca")
    if http.client_ca is None:
        return
    if http.tls_cert is None:
        yield Finding(key, "needs http.tls_cert and http.tls_key", (("http", "tls_cert"),))
    if fault := _fault(http.client_ca):
        yield Finding(key, fault)
    elif not _is_ca(http.client_ca):
        yield Finding(key, "is no certificate (PEM)")


def _is_ca(path: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_verify_locations(path)
    except (OSError, ValueError):
        return False
    return True


def _certificate(section: str, cert: Path | None, private_key: Path | None) -> Iterator[Finding]:
    files = {(section, "tls_cert"): cert, (section, "tls_key"): private_key}
    given = {key: path for key, path in files.items() if path is not None}
    faults = {key: fault for key, path in given.items() if (fault := _fault(path))}
    yield from (Finding(key, fault) for key, fault in faults.items())
    for missing in files.keys() - given.keys() if given else ():
        yield Finding(missing, "is missing: certificate and key go together", tuple(given))
    if len(given) == len(files) and not faults and not _is_pair(*given.values()):
        text = f"is no certificate (PEM) that goes with {section}.tls_key, or that key has a password"
        yield Finding((section, "tls_cert"), text, ((section, "tls_key"),))


def _is_pair(cert: Path, key: Path) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key, password=lambda: "")  # else OpenSSL would ask on the terminal
    except (OSError, ValueError):
        return False
    return True


def _files(settings: Settings, given: Callable[[Key], bool]) -> Iterator[Finding]:
    key = ("admin", "token_file")
    # The one in the state folder is made when it is first needed.
    if given(key) and settings.admin.token_file and (fault := _fault(settings.admin.token_file)):
        yield Finding(key, fault)
    if settings.log.path and (settings.log.path.is_dir() or not may_hold(settings.log.path.parent)):
        yield Finding(("log", "path"), "is no place for a file")


def _fault(path: Path) -> str | None:
    """Return why a file cannot be used, or None."""
    try:
        with path.open("rb") as file:
            file.read(1)
    except FileNotFoundError:
        return "names a file that does not exist"
    except IsADirectoryError:
        return "names a folder, not a file"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        return f"names a file that cannot be read ({type(error).__name__})"
    return None


def _state(settings: Settings, _given: Callable[[Key], bool]) -> Iterator[Finding]:
    yield from state_findings(settings)


def _region(settings: Settings, _given: Callable[[Key], bool]) -> Iterator[Finding]:
    if not phonenumbers.country_code_for_region(settings.sms.default_region):
        yield Finding(("sms", "default_region"), "is no country with phone numbers")


def _provider_names(settings: Settings, _given: Callable[[Key], bool]) -> Iterator[Finding]:
    for name in settings.providers:
        if _PROVIDER_NAME.fullmatch(name) is None:
            text = "the name of a provider is up to 63 letters, digits, dashes and single underscores"
            yield Finding(("providers", name), text)


def _routes(settings: Settings, _given: Callable[[Key], bool]) -> Iterator[Finding]:
    routes = settings.routes
    lists: list[tuple[Key, Sequence[Step]]] = [(("routes", "email"), routes.email), (("routes", "sms"), routes.sms)]
    lists += [(("routes", "rules", number, "use"), rule.use) for number, rule in enumerate(routes.rules)]
    for key, steps in lists:
        for position, name in names_in(steps):
            if name not in settings.providers:
                yield Finding((*key, position), "names no configured provider" + _meant(name, settings))


def _meant(name: str, settings: Settings) -> str:
    close = difflib.get_close_matches(name, settings.providers, n=1)
    return f"; did you mean {close[0]}?" if close else ""


_RULES: Final[tuple[Rule, ...]] = (
    _durations, _listeners, _buffer, _tls, _files, _state, _region, _provider_names, _routes,
)  # fmt: skip


def warnings(settings: Settings) -> Iterator[Finding]:
    """Yield what works and is probably not meant."""
    if settings.smtp is not None and not is_loopback(settings.smtp.listen) and settings.smtp.tls_cert is None:
        yield Finding(("smtp", "listen"), "is not loopback and has no TLS: no client can log in there")
    if not is_loopback(settings.http.listen) and settings.http.tls_cert is None:
        text = "is not loopback and has no TLS: keys and messages are readable unless a TLS proxy stands in front"
        yield Finding(("http", "listen"), text)
    if not is_loopback(settings.admin.listen) and settings.admin.tls_cert is None:
        text = "is not loopback and has no TLS: the admin token is readable unless a TLS proxy stands in front"
        yield Finding(("admin", "listen"), text)
    yield from state_warnings(settings)
    is_live = any(settings.providers[name].get("type") != "sandbox" for _, name in names_in(settings.routes.email))
    if is_live and settings.gateway.name == "gateway.invalid":
        yield Finding(("gateway", "name"), "is not set: mail servers refuse mail from gateway.invalid")
    if settings.log.path and settings.retention.logs > settings.retention.metadata:
        yield Finding(("retention", "logs"), "log files are kept for retention.metadata at most")
