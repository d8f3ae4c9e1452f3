"""A client API that answers from a list, and keeps what it was asked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

ID = "0" * 32

# A status and what JSON is made of, or bytes that are none; perhaps headers. None hangs up.
Answer = tuple[int, Mapping[str, Any] | bytes] | tuple[int, Mapping[str, Any] | bytes, Mapping[str, str]] | None


class ScriptedApi(ThreadingHTTPServer):
    """Listens on a port of its own."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = list(answers)
        self.asked: list[tuple[str, str, dict[str, Any] | None]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that are gone."""


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedApi

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, json.loads(body) if body else None))
        self.server.headers.append(dict(self.headers))
        answer = self.server.answers.pop(0)
        if answer is None:
            return
        status, members = answer[:2]
        self.send_response(status)
        for name, value in (answer[2] if len(answer) > 2 else {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(members if isinstance(members, bytes) else json.dumps(members).encode())


@contextmanager
def api(*answers: Answer) -> Iterator[ScriptedApi]:
    """Serve a client API for a while."""
    with ScriptedApi(answers) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def status(word: str) -> dict[str, Any]:
    """Return a status resource."""
    times = {"created_at": "2026-11-24T08:00:00Z", "updated_at": "2026-11-24T08:00:01Z"}
    return {"id": ID, "channel": "sms", "status": word, "attempts": 1, **times, "stripped": 0}
