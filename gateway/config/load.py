"""Reads environment, file and state folder into settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import PydanticBaseSettingsSource

from gateway.config.checks import findings, warnings
from gateway.config.environment import read_variables
from gateway.config.file import File, embedded, in_home, read_file
from gateway.config.finding import Finding
from gateway.config.key import Key, parse_key, with_parents, written
from gateway.config.places import absolute, home_folder
from gateway.config.sentences import sentence
from gateway.core.problem import Problem
from gateway.settings import Settings

_SECTION_AND_KEY = 2


class ConfigError(Exception):
    """The configuration is wrong; holds every problem, and no value."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Take all the problems, in the order to tell them in."""
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Origins:
    """Who said what: the file with its lines, or a variable."""

    lines: Mapping[Key, int] = field(default_factory=dict)
    variables: Mapping[Key, str] = field(default_factory=dict)

    def given(self, key: Key) -> bool:
        """Whether a key was set by anyone."""
        return key in self.lines or key in self.variables

    def problem(self, key: Key, text: str) -> Problem:
        """Return a problem of `key`, with its variable, or with its line or that of the table it is missing in."""
        for near in with_parents(key):
            if near in self.variables:
                return Problem(written(key), f"{text} (set by {self.variables[near]})")
            if near in self.lines:
                return Problem(written(key), text, self.lines[near])
        return Problem(written(key), text)


@dataclass(frozen=True, slots=True)
class Configuration:
    """Settings with where they come from: all their paths and URLs are absolute.

    `path` is the file, None for the embedded default; relative paths in it begin at `folder`, where `providers.d`
    is looked for too. `home` is the state folder. With `problems`, wrong keys have their defaults in `settings`.
    """

    settings: Settings
    path: Path | None
    folder: Path
    home: Path
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    origins: Origins = field(default_factory=Origins)

    def locate(self, problem: Problem) -> Problem:
        """Return a problem that was found later, such as in a provider's table, with its line or variable."""
        if problem.line is not None:
            return problem
        return replace(self.origins.problem(parse_key(problem.key), problem.text), key=problem.key)


def load(path: Path | None, environ: Mapping[str, str]) -> Configuration:
    """Read the configuration; without a file, the embedded default with the environment over it.

    Raises ConfigError with everything that is wrong.
    """
    configuration = examine(path, environ)
    if configuration.problems:
        raise ConfigError(configuration.problems)
    return configuration


def examine(path: Path | None, environ: Mapping[str, str]) -> Configuration:
    """Read the configuration and return it with everything that is wrong."""
    problems: list[Problem] = []
    try:
        home = home_folder(environ)
    except ValueError as error:
        home = Path("/")
        problems.append(Problem("UMSCHLAG_HOME", str(error)))
    file = read_file(path) if path else File(embedded(home))
    folder = path.absolute().parent if path else home
    variables = read_variables(environ, _provider_names(file))
    problems += variables.problems
    if file.problem:
        return Configuration(Settings(), path, folder, home, problems=(file.problem, *problems))
    origins = Origins(file.lines, variables.names)
    trees = [absolute(variables.tree, Path.cwd()), absolute(file.tree, folder), in_home(home)]
    settings, found = _validate(trees, origins)
    problems = [*found, *problems]
    worries = () if problems else tuple(origins.problem(worry.key, worry.text) for worry in warnings(settings))
    return Configuration(settings, path, folder, home, tuple(in_order(problems)), worries, origins)


class _Tree(PydanticBaseSettingsSource):
    """One source, read already: a tree of tables as the file would have it."""

    def __init__(self, tree: dict[str, Any]) -> None:
        super().__init__(Settings)
        self._tree = tree

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 (the library's signature)
        """Return one table; whole trees are asked for, but the library demands this too."""
        return self._tree.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the tree."""
        return self._tree


def _validate(trees: Sequence[dict[str, Any]], origins: Origins) -> tuple[Settings, list[Problem]]:
    """Lay the trees over each other, the first on top; without the wrong keys, so that all the others are looked at."""
    problems = []
    dropped: set[Key] = set()
    try:
        settings = _build(trees)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        problems = [origins.problem(detail["loc"], sentence(detail)) for detail in details]
        dropped = {detail["loc"][:_SECTION_AND_KEY] for detail in details}
        settings = _build([_without(tree, dropped) for tree in trees])
    told = [finding for finding in findings(settings, origins.given) if not _rests_on(finding, dropped)]
    return settings, [*problems, *(origins.problem(finding.key, finding.text) for finding in told)]


def _build(trees: Sequence[dict[str, Any]]) -> Settings:
    return Settings(_build_sources=(tuple(map(_Tree, trees)), {}))


def _without(tree: dict[str, Any], dropped: Iterable[Key]) -> dict[str, Any]:
    """Return a copy of `tree` without some sections and keys."""
    return {
        name: {key: item for key, item in table.items() if (name, key) not in dropped}
        if isinstance(table, dict)
        else table
        for name, table in tree.items()
        if (name,) not in dropped
    }


def _rests_on(finding: Finding, dropped: Iterable[Key]) -> bool:
    """Whether a finding speaks of a key that is wrong already, so that its value is the default's."""
    spoken_of = [key for read in (finding.key, *finding.reads) for key in with_parents(read)]
    return any(key in spoken_of for key in dropped)


def _provider_names(file: File) -> tuple[str, ...]:
    tables = file.tree.get("providers")
    return tuple(tables) if isinstance(tables, Mapping) else ()


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sort by line; what has none comes last."""
    return sorted(problems, key=lambda problem: (problem.line is None, problem.line or 0))
