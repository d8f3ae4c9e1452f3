"""Where a local spool or keyring lies: URLs with three slashes for a relative path and four for an absolute one."""

from pathlib import Path


def local_path(url: str, scheme: str, base: Path) -> Path:
    """Return the path in `sqlite:///relative/file` or `dir:////absolute/folder`, as SQLAlchemy reads them.

    A relative path is relative to `base`. Raises ValueError, which does not repeat the URL.
    """
    prefix = f"{scheme}:///"
    path = url.removeprefix(prefix)
    if not url.startswith(prefix) or not path.strip("/") or "\0" in path:
        raise ValueError(f"expected {prefix}relative/path or {prefix}/absolute/path")
    return base / path
