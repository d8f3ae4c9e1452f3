"""Which files of a configuration have secrets in them: the file itself, those that it names, and the admin token."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateway.config import Configuration
from gateway.core.problem import Problem
from gateway.core.secret import Secret

_FILE: Final = "_file"


def secret_files(configuration: Configuration) -> Iterator[tuple[str, Path]]:
    """Yield the key of each secret, such as `admin.token_file`, with the file that has it."""
    settings = configuration.settings
    yield "admin.token_file", settings.admin.token_file or configuration.home / "admin.token"
    for section in ("http", "admin", "smtp"):
        path = getattr(getattr(settings, section), "tls_key", None)
        if path is not None:
            yield f"{section}.tls_key", path
    yield from _of_providers(configuration)


def _of_providers(configuration: Configuration) -> Iterator[tuple[str, Path]]:
    for key, value in _provider_secrets(configuration):
        if key.endswith(_FILE):
            yield key, configuration.folder / value
        # What stands in the environment has no line.
        elif configuration.path is not None and configuration.locate(Problem(key, "")).line is not None:
            yield key, configuration.path


def _provider_secrets(configuration: Configuration) -> Iterator[tuple[str, str]]:
    """Yield the key and the value of each secret, or of the path to one, that a provider's table has."""
    from gateway.delivery.built import SPECS_FOLDER
    from gateway.delivery.registry import adapter_types
    from gateway.delivery.table import has_kind

    types, _ = adapter_types(configuration.folder / SPECS_FOLDER)
    for name, table in configuration.settings.providers.items():
        found = types.get(str(table.get("type")))
        fields = found.settings.model_fields if found is not None else {}
        for setting, value in table.items():
            field = fields.get(setting.removesuffix(_FILE))
            if field is not None and has_kind(Secret, field) and isinstance(value, str):
                yield f"providers.{name}.{setting}", value
