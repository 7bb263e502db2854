"""Where JetScale keeps its own files; nothing else on disk is ever written unasked.

`JETSCALE_HOME` moves all of them below one folder. Folders are made on first use, mode 0700.
"""

from __future__ import annotations

import os
from pathlib import Path


def _home(kind: str) -> Path:
    path = _place(kind)
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
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
