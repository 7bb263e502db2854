"""Where JetScale keeps its own files; nothing else on disk is ever written unasked.

`JETSCALE_HOME` moves all of them below one folder. Folders are made on first use, mode 0700; what
makes one raises ConfigError where that cannot be done.
"""

from __future__ import annotations

import os
from pathlib import Path

from jetscale_tui.errors import ConfigError


def _home(kind: str) -> Path:
    return made(_place(kind))


def made(path: Path) -> Path:
    """The folder, made where it is not there yet.

    Raises:
        ConfigError: there is no way to make it.
    """
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"JetScale cannot keep its files in {path}.",
            why=error.strerror or str(error),
            fix="Make room for a folder there, or set JETSCALE_HOME to one that can be written.",
        ) from error
    return path


def _place(kind: str) -> Path:
    override = os.environ.get("JETSCALE_HOME")
    if override:
        return Path(override).expanduser() / kind
    import platformdirs

    finder = {"state": platformdirs.user_state_path, "config": platformdirs.user_config_path}
    return finder[kind]("jetscale", appauthor=False)


_state_elsewhere: list[Path] = []


def keep_state_in(folder: Path) -> None:
    """Keep what runs leave behind in this folder, for as long as this process lives."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _state_elsewhere[:] = [folder]


def state_dir() -> Path:
    """Journals, drafts and other things that a run leaves behind."""
    return _state_elsewhere[0] if _state_elsewhere else _home("state")


def config_dir() -> Path:
    """What the person sets once: theme, keys, settings."""
    return _home("config")


def keys_file() -> Path:
    """The person's own keys; nothing is made where there is none."""
    return _place("config") / "keys.yaml"


def log_file() -> Path:
    """The log; the only place a traceback may appear."""
    return _home("state") / "jetscale.log"
