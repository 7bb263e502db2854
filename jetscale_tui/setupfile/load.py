"""Reading documents: from bytes to a validated value, or every problem at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from jetscale_tui.domain.spec import Setup
from jetscale_tui.domain.validation import problems, resolved
from jetscale_tui.errors import ConfigError
from jetscale_tui.setupfile import yaml_source
from jetscale_tui.setupfile.problems import dotted, translate

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.problem import Problem
    from jetscale_tui.domain.profile import Profile

Model = TypeVar("Model", bound=BaseModel)

_COMMENTED = "`jetscale config init` prints a commented file that is right."


class SetupProblems(ConfigError):
    """All problems of one document."""

    def __init__(
        self,
        name: str,
        found: tuple[Problem, ...],
        lines: dict[str, int],
        *,
        fix: str = _COMMENTED,
    ) -> None:
        count = "1 problem" if len(found) == 1 else f"{len(found)} problems"
        described = "\n".join(_described(problem, lines) for problem in found)
        super().__init__(
            f"{name} has {count}.",
            why=described,
            fix=fix,
        )
        self.problems = found


def read(path: Path, *, fix: str = "") -> bytes:
    """The bytes of a file the person named; `fix` is what to do where it does not exist.

    Raises:
        ConfigError: missing, a folder, or not readable.
    """
    try:
        if path.is_dir():
            raise ConfigError(f"{path} is a folder, not a file.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ConfigError(
            f"{path} does not exist.",
            fix=fix or f"`jetscale config init -o {path}` writes a commented one.",
        ) from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be read.", why=error.strerror or "") from error


def parse_model(
    model: type[Model],
    content: bytes,
    name: str,
    *,
    fix: str = _COMMENTED,
) -> tuple[Model, dict[str, int]]:
    """Parse and validate strictly; also the line of each field by its dotted path.

    `fix` is where a person finds a file that is right.

    Raises:
        ConfigError: not the plain subset of YAML.
        SetupProblems: fields that do not fit the model.
    """
    source = yaml_source.parse(content, name)
    lines = {dotted(path): line for path, line in source.lines.items()}
    if not isinstance(source.data, dict):
        raise ConfigError(
            f"{name} is not a mapping of names to values.",
            fix=fix,
        )
    try:
        # Strict JSON mode takes text for enumerations and lists for tuples, and coerces nothing.
        value = model.model_validate_json(json.dumps(source.data), strict=True)
    except ValidationError as error:
        found = translate(model, error.errors(include_url=False))
        raise SetupProblems(name, found, lines, fix=fix) from error
    return value, lines


def parse_setup(content: bytes, name: str = "setup") -> tuple[Setup, dict[str, int]]:
    """A setup document as written; rules that need the profile are not applied yet."""
    return parse_model(Setup, content, name)


def load_setup(path: Path) -> Setup:
    """Read, validate and resolve a setup document.

    Relative profile paths are taken from the document's folder.

    Raises:
        ConfigError: the file cannot be used; `SetupProblems` lists every problem it has.
    """
    from jetscale_tui.setupfile.profiles import load_profile

    setup, lines = parse_setup(read(path), path.name)
    profile = load_profile(setup.workload.profile, relative_to=path.parent)
    return checked(setup, profile, name=path.name, lines=lines)


def checked(
    setup: Setup, profile: Profile, *, name: str = "setup", lines: dict[str, int] | None = None
) -> Setup:
    """The setup with percentages resolved, once every rule holds.

    Raises:
        SetupProblems: some rule does not hold.
    """
    found = problems(setup, profile)
    if found:
        raise SetupProblems(name, found, lines or {})
    return resolved(setup)


def _described(problem: Problem, lines: dict[str, int]) -> str:
    line = lines.get(problem.path)
    place = f"{problem.path} (line {line})" if line else problem.path
    return " ".join(part for part in (f"  {place}: {problem.what}.", problem.fix) if part)
