"""A table of paths and methods, and who answers them."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.http_server.answer import Answer
from gateway.http_server.problem import METHOD_NOT_ALLOWED, NOT_FOUND, problem_answer
from gateway.http_server.request import Request

# Takes the request, and as texts what stands in the path's placeholders.
Handler = Callable[..., Awaitable[Answer]]

_PLACEHOLDER: Final = re.compile(r"\\{[a-z]+\\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One call: `path` may hold placeholders such as `/v1/messages/{id}`, each for one segment."""

    method: str
    path: str
    handler: Handler


class Routes:
    """Answers each request by the first route that has its path.

    HEAD is answered as GET without the body; OPTIONS and other methods by what the path allows.
    """

    def __init__(self, table: Sequence[Route]) -> None:
        self._fixed: dict[str, dict[str, Handler]] = {}
        by_template: dict[str, dict[str, Handler]] = {}
        for route in table:
            paths = by_template if "{" in route.path else self._fixed
            paths.setdefault(route.path, {})[route.method] = route.handler
        for handlers in (*self._fixed.values(), *by_template.values()):
            if "GET" in handlers:
                handlers.setdefault("HEAD", handlers["GET"])
        self._templates = [(_compile(path), handlers) for path, handlers in by_template.items()]

    def answer(self, request: Request) -> Awaitable[Answer]:
        """Answer one request."""
        parts: tuple[str, ...] = ()
        handlers = self._fixed.get(request.raw_path)
        if handlers is None:
            handlers, parts = self._find(path_of(request))
        handler = handlers and handlers.get(request.method)
        return handler(request, *parts) if handler else _answer_without(request.method, handlers)

    def _find(self, path: str) -> tuple[dict[str, Handler] | None, tuple[str, ...]]:
        handlers = self._fixed.get(path)
        if handlers is not None:
            return handlers, ()
        for pattern, found in self._templates:
            match = pattern.fullmatch(path)
            if match is not None:
                return found, match.groups()
        return None, ()


async def _answer_without(method: str, handlers: Mapping[str, Handler] | None) -> Answer:
    """Answer a request that nobody handles."""
    if handlers is None:
        return problem_answer(NOT_FOUND)
    allow = [("Allow", ", ".join(sorted({*handlers, "OPTIONS"})))]
    return Answer(204, headers=allow) if method == "OPTIONS" else problem_answer(METHOD_NOT_ALLOWED, headers=allow)


def path_of(request: Request) -> str:
    """Return the path as it was sent, without the query; percent-encoding stays."""
    target = request.raw_path
    if target.startswith("/"):
        return target.partition("?")[0].partition("#")[0]
    return request.rel_url.raw_path  # an absolute form (RFC 9112 §3.2.2)


def _compile(template: str) -> re.Pattern[str]:
    return re.compile(_PLACEHOLDER.sub("([^/]+)", re.escape(template)))
