from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`jetscale sandbox` in a process of its own; killed if a test forgets to end it."""
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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_addresses_and_runs_until_it_is_told_to_stop(
    tmp_path: Path, number: signal.Signals
) -> None:
    kubeconfig = tmp_path / "kubeconfig"
    with command("--write-kubeconfig", str(kubeconfig), "--speed", "30") as process:
        addresses = lines(process.stdout, 2)
        assert addresses["kubernetes"].startswith("https://127.0.0.1:")
        assert addresses["google"].startswith("127.0.0.1:")
        cluster = yaml.safe_load(kubeconfig.read_text())["clusters"][0]["cluster"]
        assert cluster["server"] == addresses["kubernetes"]
        assert cluster["extensions"][0]["extension"]["speed"] == 30
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def test_a_speed_it_cannot_keep_is_refused() -> None:
    with command("--speed", "1000") as process:
        _, told = process.communicate(timeout=30)
        assert process.returncode == 2
    assert "0<x<=60" in told
