"""What several benchmarks stand on: a sandbox in a process of its own, terminals, quantiles."""

from __future__ import annotations

import base64
import fcntl
import http.client
import json
import os
import pty
import select
import ssl
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PYTHON = (sys.executable, "-m")
PATIENCE = 60.0
"""Seconds until something that has to happen counts as failed."""


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    ranked = sorted(values)
    return ranked[min(int(len(ranked) * share), len(ranked) - 1)]


def environment(home: Path) -> dict[str, str]:
    """What measured programs see: nothing of the person who measures."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "JETSCALE_HOME": str(home / "jetscale"),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
    }


def beside(home: Path, module: str, *arguments: object) -> subprocess.Popen[str]:
    """A module of the benchmarks in a process of its own, with its words and ours in pipes."""
    return subprocess.Popen(
        [*PYTHON, f"tests.benchmarks.{module}", *map(str, arguments)],
        env=environment(home),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def sandbox(directory: Path, speed: float = 1.0) -> Iterator[Path]:
    """A sandbox in a process of its own; its kubeconfig."""
    kubeconfig = directory / "kubeconfig"
    command = [*PYTHON, "jetscale_tui", "sandbox", "--write-kubeconfig", str(kubeconfig)]
    with subprocess.Popen(
        [*command, "--speed", f"{speed:g}"],
        env=environment(directory),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise RuntimeError("the sandbox did not start")
            yield kubeconfig
        finally:
            process.terminate()


class Stalls:
    """How late this process is woken while others are measured: what the machine itself adds."""

    _NAP = 0.002
    """Seconds."""

    def __init__(self) -> None:
        self._late: list[float] = []
        self._over = threading.Event()
        threading.Thread(target=self._nap, daemon=True).start()

    def _nap(self) -> None:
        while not self._over.is_set():
            began = time.perf_counter()
            time.sleep(self._NAP)
            self._late.append((time.perf_counter() - began - self._NAP) * 1000)

    def end(self) -> dict[str, float]:
        """Parts of a figure: milliseconds."""
        self._over.set()
        return {"machine stalls p99 ms": quantile(self._late, 0.99)}


def calmest(values: Sequence[float], share: float, rounds: int) -> tuple[float, dict[str, float]]:
    """A quantile in the best of several rounds, and of all: whatever else runs only adds to it.

    Args:
        values: in the order they were measured.
        share: which quantile.
        rounds: into how many parts of the same length the values are cut.
    """
    size = len(values) // rounds
    found = [quantile(values[i * size : (i + 1) * size], share) for i in range(rounds)]
    name = f"p{share * 100:g}"
    return min(found), {f"{name} round {i + 1}": each for i, each in enumerate(found)}


class Api:
    """Requests to the API server of a kubeconfig, over one connection."""

    def __init__(self, kubeconfig: Path) -> None:
        document = yaml.safe_load(kubeconfig.read_text())
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        self._token = user["token"]
        self._connection = http.client.HTTPSConnection(
            urlsplit(cluster["server"]).netloc,
            context=ssl.create_default_context(cadata=authority),
            timeout=PATIENCE,
        )

    def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to a request; merge patches only."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        data = None if body is None else json.dumps(body)
        self._connection.request(method, path, data, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:200]!r}")
        return json.loads(text)


class Arrivals:
    """Reads a stream in a thread, and knows when each piece of text came."""

    def __init__(self, read: Callable[[], bytes]) -> None:
        self._read = read
        self._text = b""
        self._at: list[tuple[int, float]] = []
        self._more = threading.Condition()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        while data := self._read():
            now = time.perf_counter()
            with self._more:
                self._text += data
                self._at.append((len(self._text), now))
                self._more.notify_all()

    def ended(self) -> None:
        """Waits for the stream's end; before it, its file number must not become another's."""
        self._listener.join(PATIENCE)

    @property
    def length(self) -> int:
        """Bytes so far: a place to search from."""
        with self._more:
            return len(self._text)

    def when(self, wanted: bytes, since: int = 0) -> float:
        """When some text was complete, in `perf_counter` seconds; waits for it.

        Raises:
            RuntimeError: it did not come in time.
        """
        with self._more:
            if not self._more.wait_for(lambda: wanted in self._text[since:], PATIENCE):
                raise RuntimeError(f"{wanted!r} did not come, but {self._text[-300:]!r}")
            end = self._text.index(wanted, since) + len(wanted)
            return next(at for reached, at in self._at if reached >= end)


@contextmanager
def terminal(
    command: Sequence[str], home: Path, size: tuple[int, int] = (140, 45)
) -> Iterator[Arrivals]:
    """A program in a terminal of its own; what it draws."""
    ours, theirs = pty.openpty()
    width, height = size
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        # Textual draws on the error stream, so that the output may be redirected.
        stderr=theirs,
        env=environment(home),
        start_new_session=True,
    )
    os.close(theirs)

    def read() -> bytes:
        try:
            select.select([ours], [], [])
            return os.read(ours, 65_536)
        except (OSError, ValueError):
            return b""

    arrivals = Arrivals(read)
    try:
        yield arrivals
    finally:
        process.kill()
        process.wait()
        arrivals.ended()
        os.close(ours)
