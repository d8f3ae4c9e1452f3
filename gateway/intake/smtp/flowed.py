"""Paragraphs of format=flowed (RFC 3676) put together again, and lines made lines of LF."""

from collections.abc import Iterator
from typing import Final

SIGNATURE: Final = "-- "


def unix_lines(text: str) -> str:
    """Return the text with LF as its only line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def unflow(text: str, *, deletes_space: bool) -> str:
    """Return text whose soft line breaks are gone; quoted paragraphs keep their marks (RFC 3676 §4)."""
    return "".join(_paragraphs(text, deletes_space=deletes_space))


def _paragraphs(text: str, *, deletes_space: bool) -> Iterator[str]:
    open_depth: int | None = None  # of a paragraph that goes on
    for line in _split(text):
        content = line.removesuffix("\n")
        depth = len(content) - len(content.lstrip(">"))
        content = content[depth:].removeprefix(" ")
        if open_depth is not None and (open_depth != depth or content == SIGNATURE):
            yield "\n"
            open_depth = None
        if open_depth is None and depth:
            yield ">" * depth + " "
        is_soft = content.endswith(" ") and content != SIGNATURE and line.endswith("\n")
        if is_soft:
            yield content[:-1] if deletes_space else content
            open_depth = depth
        else:
            yield content + line[len(line.removesuffix("\n")) :]
            open_depth = None


def _split(text: str) -> list[str]:
    """Split at LF alone: str.splitlines knows more line ends than mail does."""
    *lines, last = text.split("\n")
    return [line + "\n" for line in lines] + ([last] if last else [])
