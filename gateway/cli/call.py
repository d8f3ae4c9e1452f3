"""One call of a running gateway's client API."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from gateway.cli.command import Failure, Wrong

_TIMEOUT: Final = 30  # seconds
_NO_URL: Final = Wrong("--url: a URL such as http://127.0.0.1:8025 is expected")
_MAX_ANSWER: Final = 1_000_000  # bytes


@dataclass(frozen=True, slots=True, repr=False)
class Api:
    """A gateway's client API at `url`, called with `key`; no proxy and nothing else of the environment is used."""

    url: str
    key: str

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> "Reply":
        """Make one call. Raises Failure where no answer comes, and Wrong for a URL that is none."""
        sent = {**headers, "Authorization": f"Bearer {self.key}", "Connection": "close"}
        data = None if body is None else json.dumps(body).encode()
        if data is not None:
            sent["Content-Type"] = "application/json"
        connection, prefix = self._connection()
        try:
            connection.request(method, prefix + path, body=data, headers=sent)
            answer = connection.getresponse()
            return Reply(answer.status, _members(answer.read(_MAX_ANSWER)))
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Failure(f"the gateway does not answer ({type(error).__name__})") from None
        finally:
            connection.close()

    def _connection(self) -> tuple[http.client.HTTPConnection, str]:
        scheme, host, port, path = _parts(self.url)
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=_TIMEOUT), path
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT, context=context), path


def _parts(text: str) -> tuple[str, str, int | None, str]:
    """Split a URL into scheme, host, port and path. Raises Wrong."""
    try:
        url = urlsplit(text)
        scheme, host, port = url.scheme, url.hostname, url.port
    except ValueError:
        raise _NO_URL from None
    if not host or scheme not in {"http", "https"}:
        raise _NO_URL
    return scheme, host, port, url.path.rstrip("/")


@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """An answer: its HTTP status and its JSON members."""

    status: int
    members: Mapping[str, Any] = field(default_factory=dict)

    @property
    def problem(self) -> str:
        """The problem as one line: its title, and the fields that are wrong with the rules that they broke."""
        title = self.members.get("title", "the gateway refuses")
        errors = self.members.get("errors") or ()
        fields = [f"{error.get('field')} {error.get('reason')}" for error in errors if isinstance(error, Mapping)]
        return f"{title} ({self.status})" + (f": {'; '.join(fields)}" if fields else "")


def _members(data: bytes) -> Mapping[str, Any]:
    try:
        members = json.loads(data)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}
