"""`jetscale sandbox` in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run it; killed if a test forgets to end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "jetscale_tui", "sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def lines(stream: IO[str] | None, count: int) -> dict[str, str]:
    """The first `name: address` lines of an output."""
    assert stream is not None
    return dict(stream.readline().rstrip("\n").split(": ", 1) for _ in range(count))


@contextmanager
def running(kubeconfig: Path, *arguments: str) -> Iterator[None]:
    """Run it until the block is left, with a kubeconfig that leads there."""
    with command("--write-kubeconfig", str(kubeconfig), *arguments) as process:
        assert "kubernetes" in lines(process.stdout, 3)
        yield
        process.terminate()
        assert process.wait(timeout=PATIENCE) == 0
