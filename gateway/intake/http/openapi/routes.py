"""The calls that describe the client API."""

from collections.abc import Sequence
from functools import lru_cache

import msgspec

from gateway.http_server.answer import Answer
from gateway.http_server.pages import CSS, HTML, asset
from gateway.http_server.request import Request
from gateway.http_server.routes import Route
from gateway.intake.http.openapi.document import Bounds, document
from gateway.intake.http.openapi.page import FOLDER, HEADERS, render


def description_routes(bounds: Bounds) -> Sequence[Route]:
    """Return the calls that describe an API with these bounds; nothing is made before it is asked for."""

    async def get_openapi(_request: Request) -> Answer:
        return Answer(200, _encoded(bounds))

    async def get_docs(_request: Request) -> Answer:
        return Answer(200, _rendered(bounds), HTML, headers=HEADERS)

    return (
        Route("GET", "/openapi.json", get_openapi),
        Route("GET", "/docs", get_docs),
        Route("GET", "/docs.css", asset(FOLDER / "docs.css", CSS, HEADERS)),
    )


@lru_cache(maxsize=4)
def _encoded(bounds: Bounds) -> bytes:
    return msgspec.json.encode(document(bounds))


@lru_cache(maxsize=4)
def _rendered(bounds: Bounds) -> bytes:
    return render(document(bounds))
