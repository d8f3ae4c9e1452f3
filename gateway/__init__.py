"""Umschlag: an async messaging gateway proxy that keeps and passes on the documented fields only."""

from typing import Final

__version__: Final = "0.1.0"
