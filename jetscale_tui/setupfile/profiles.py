"""Profiles of inference servers: the shipped ones by name, a person's own by path."""

from __future__ import annotations

from pathlib import Path

from jetscale_tui import resources
from jetscale_tui.domain.profile import Profile
from jetscale_tui.errors import ConfigError
from jetscale_tui.setupfile.load import parse_model, read


def shipped() -> tuple[str, ...]:
    """Names of the profiles that come with JetScale."""
    return tuple(sorted(path.stem for path in resources.asset("profiles").glob("*.yaml")))


def load_profile(name: str, *, relative_to: Path | None = None) -> Profile:
    """The profile of that name, or from the file at that path.

    Anything with a path separator or a YAML ending is a path.

    Raises:
        ConfigError: no such profile, or a file that is not one.
    """
    if name in shipped():
        path = resources.asset(f"profiles/{name}.yaml")
    elif "/" in name or name.endswith((".yaml", ".yml")):
        path = (relative_to or Path()) / Path(name).expanduser()
    else:
        raise ConfigError(
            f"There is no profile {name!r}.",
            why=f"Known: {', '.join(shipped())}, or the path of a profile file.",
            fix="`jetscale config schema --profile` describes a profile file.",
        )
    profile, _ = parse_model(Profile, read(path), path.name)
    return profile
