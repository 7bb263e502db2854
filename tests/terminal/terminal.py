"""A real terminal: tmux runs the program, types, and says what is on the screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


class Terminal:
    """`jetscale ARGUMENTS` in a terminal of its own."""

    def __init__(self, home: Path, *arguments: str, size: tuple[int, int] = (80, 24)) -> None:
        self._tmux = shutil.which("tmux") or _missing()
        self._socket = str(home / "tmux.sock")
        self._home = home
        self._arguments = arguments
        self._size = size

    def __enter__(self) -> Terminal:
        self._home.mkdir(parents=True, exist_ok=True)
        width, height = self._size
        program = [sys.executable, "-m", "jetscale_tui", *self._arguments]
        # The terminal first, at its size for certain, then the program in it.
        self._run("new-session", "-d", "-x", str(width), "-y", str(height), "cat")
        # What was on the screen when the program ended stays to be looked at.
        self._run("set-option", "-g", "remain-on-exit", "on")
        self.resize(width, height)
        self._run("respawn-pane", "-k", *program)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run("kill-server")

    def press(self, *keys: str) -> None:
        """Type keys by tmux's names: `Enter`, `b`, `C-c`."""
        self._run("send-keys", *keys)

    def screen(self) -> str:
        """The text on the screen now."""
        return self._run("capture-pane", "-p")

    def resize(self, width: int, height: int) -> None:
        """Change the terminal's size."""
        self._run("resize-window", "-x", str(width), "-y", str(height))

    def wait_for(self, *texts: str, within: float = 60.0) -> str:
        """The screen as soon as it shows all the texts; fails with the screen otherwise."""
        deadline = time.monotonic() + within
        while True:
            screen = self.screen()
            if all(text in screen for text in texts):
                return screen
            assert time.monotonic() < deadline, f"no {texts} in {within:g} s on:\n{screen}"
            time.sleep(0.1)

    def _run(self, *arguments: str) -> str:
        # Where these are set they would be believed instead of the terminal itself.
        inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
        environment = {
            **inherited,
            "JETSCALE_HOME": str(self._home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        }
        done = subprocess.run(
            [self._tmux, "-S", self._socket, "-f", os.devnull, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
        )
        return done.stdout


def _missing() -> str:
    if os.environ.get("CI") == "true":
        pytest.fail("tmux is not installed")
    pytest.skip("tmux is not installed")
