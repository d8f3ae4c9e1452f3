"""Pages for people: templates that escape every value, files of the package, and a policy without other hosts."""

from pathlib import Path
from typing import Final

import jinja2

from gateway.http_server.answer import Answer, HeaderPairs
from gateway.http_server.routes import Handler

HTML: Final = "text/html; charset=utf-8"
CSS: Final = "text/css; charset=utf-8"

# The colours and the letters of every page; what a page has of its own comes behind it.
_PAPER: Final = Path(__file__).with_name("paper.css")


def policy(**allowed: str) -> tuple[tuple[str, str], ...]:
    """Return the headers of a page: nothing is loaded but what is `allowed`, such as `style_src="'self'"`."""
    rules = {"default-src": "'none'", **{name.replace("_", "-"): value for name, value in allowed.items()}}
    rules |= {"frame-ancestors": "'none'", "base-uri": "'none'"}
    return (
        ("Content-Security-Policy", "; ".join(f"{name} {value}" for name, value in rules.items())),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )


def templates(folder: Path) -> jinja2.Environment:
    """Return the templates of a folder; every value is escaped, and a value that is missing is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def asset(path: Path, media_type: str, headers: HeaderPairs = ()) -> Handler:
    """Return the handler of a file that a page asks for; it is read once. Styles begin with those of every page."""
    body = (_PAPER.read_bytes() if media_type == CSS else b"") + path.read_bytes()
    headers = tuple(headers)

    async def answer(_request: object) -> Answer:
        return Answer(200, body, media_type, headers=headers)

    return answer
