"""The real command in a terminal of 80 by 24."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios

from tests.waiting import eventually

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A process in a terminal."""

    def __init__(self, *arguments: str, variables: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        os.set_blocking(self._ours, False)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "jetscale_tui", *arguments],
            env={**environment, "TERM": "xterm-256color", **variables},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.raw = ""

    def says(self, text: str) -> bool:
        """Whether it has said so by now."""
        self._read()
        return text in self.text

    @property
    def text(self) -> str:
        """What it wrote, without colours."""
        return _ESCAPES.sub("", self.raw).replace("\r", "")

    def answer(self, text: str) -> None:
        """Types a line."""
        os.write(self._ours, f"{text}\n".encode())

    def interrupt(self) -> None:
        """Ctrl-C."""
        os.killpg(self._process.pid, signal.SIGINT)

    def ends(self) -> bool:
        """Whether it has ended by now."""
        self._read()
        return self._process.poll() is not None

    @property
    def code(self) -> int:
        """Exit code, once it has ended."""
        eventually(self.ends)
        self._read()
        return int(self._process.returncode)

    def close(self) -> None:
        """End it, whatever it does."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def _read(self) -> None:
        try:
            while chunk := os.read(self._ours, 65536):
                self.raw += chunk.decode(errors="replace")
        except (BlockingIOError, OSError):
            return
