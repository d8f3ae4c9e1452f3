"""What every command has: `--config`, an exit status, and errors of one line that repeat no value."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from gateway.config import Configuration

FAILED: Final = 1
WRONG_USE: Final = 2


class Failure(click.ClickException):
    """A command could not be done; the message is one line without values."""

    exit_code = FAILED


class Wrong(click.UsageError):
    """A command was given what it cannot take; the message is one line without values."""


@dataclass(slots=True)
class Invocation:
    """What a command is called with besides its own options."""

    path: Path | None = None

    @property
    def environ(self) -> Mapping[str, str]:
        """The environment of the process."""
        return os.environ

    @property
    def file(self) -> Path | None:
        """The configuration file: `--config`, else `UMSCHLAG_CONFIG`, else none."""
        named = self.environ.get("UMSCHLAG_CONFIG")
        return self.path or (Path(named) if named else None)

    def load(self) -> "Configuration":
        """Read the configuration. Raises ConfigError."""
        from gateway.config import load

        return load(self.file, self.environ)


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _keep_path(context: click.Context, _option: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.find_root().ensure_object(Invocation).path = value


def _config_option() -> click.Option:
    return click.Option(
        ["--config"],
        type=click.Path(path_type=Path),
        expose_value=False,
        callback=_keep_path,
        help="Configuration file; else UMSCHLAG_CONFIG names it, else the embedded default holds.",
    )


class Command(click.Command):
    """A command that takes `--config`, wherever it stands on the line."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 (click's own signature)
        super().__init__(*arguments, **named)
        self.params.append(_config_option())


class Group(click.Group):
    """A group of commands, which takes `--config` too."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 (click's own signature)
        super().__init__(*arguments, **named)
        self.params.append(_config_option())


class OneOf(click.Choice[str]):
    """One of a few words; click's own would repeat a wrong one."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ANN401, ARG002 (click's own signature)
        """Name what there is to choose from."""
        return f"one of {', '.join(map(str, self.choices))} is expected"


class Parsed(click.ParamType[Any]):
    """A value that `parse` reads; its ValueErrors are sentences without the value."""

    def __init__(self, name: str, parse: Any) -> None:  # noqa: ANN401 (any function of one text)
        self.name = name
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 (click's own signature)
        """Return what `parse` makes of the text."""
        if not isinstance(value, str):
            return value
        try:
            return self._parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Count(click.IntRange):
    """A whole number within bounds; click's own would repeat a wrong one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:  # noqa: ANN401 (click's own signature)
        """Read the number."""
        try:
            number: int = super().convert(value, param, ctx)
        except click.BadParameter:
            bounds = f"from {self.min}" + ("" if self.max is None else f" to {self.max}")
            self.fail(f"a whole number {bounds} is expected", param, ctx)
        return number


def json_option(command: Any) -> Any:  # noqa: ANN401 (a decorator of click commands)
    """Add `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(command)


def usage_text(error: click.UsageError) -> str:
    """Return what is wrong with a line, naming options and never what was given with them."""
    if isinstance(error, click.NoSuchOption):
        hint = f"; did you mean {error.possibilities[0]}?" if error.possibilities else ""
        return f"there is no option {error.option_name}{hint}"
    if isinstance(error, click.MissingParameter | click.BadParameter):
        name = error.param_hint or (error.param.get_error_hint(error.ctx) if error.param and error.ctx else "")
        text = "is missing" if isinstance(error, click.MissingParameter) else error.message
        return f"{_joined(name)}: {text}".removeprefix(": ")
    if isinstance(error, Wrong | click.BadOptionUsage):
        return error.message
    return "this is not what it takes"


def _joined(hint: Sequence[str] | str) -> str:
    return (hint if isinstance(hint, str) else " / ".join(hint)).replace("'", "")
