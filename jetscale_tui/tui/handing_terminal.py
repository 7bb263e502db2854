"""The terminal, handed for a while to a program that talks to the person itself, such as a login.

Nothing is run that the person has not just asked for, and no shell is involved.
"""

from __future__ import annotations

import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import App


def hand_over(app: App[int], words: Sequence[str]) -> bool:
    """Run a program in the terminal until it ends; False where that cannot be done here.

    It cannot where the program is not on PATH, and where the screen is not this machine's
    terminal. After a failure its words stay until Enter is pressed.

    Args:
        app: gives the terminal, and takes it back.
        words: program and arguments.
    """
    program = shutil.which(words[0])
    if program is None:
        return False
    try:
        with app.suspend(), _deaf():
            _say(f"$ {shlex.join(words)}")
            code = subprocess.run([program, *words[1:]], check=False).returncode
            if code:
                _say(f"\n{words[0]} ended with exit code {code}. Enter goes back to JetScale.")
                sys.stdin.readline()
    except SuspendNotSupported:
        return False
    return True


@contextmanager
def _deaf() -> Iterator[None]:
    """An interrupt is for the program in front, not for JetScale behind it."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
