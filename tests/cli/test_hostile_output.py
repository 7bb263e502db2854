"""On a terminal, no text of a cluster or of a file is a command to it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import HPA
from jetscale_tui.domain.live import Listed
from jetscale_tui.domain.recording import Header
from jetscale_tui.errors import ExitCode
from jetscale_tui.recording.files import Recorder
from tests.cli.terminal import Terminal
from tests.cli.test_replay import hpa
from tests.hostile import TAILS, poisoned, trouble

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = sorted(TAILS.keys() - {"broken", "long"})
"""A recording and a command line hold no half surrogates; a length harms no terminal."""


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def recording(folder: Path, tail: str) -> Path:
    path = folder / "hostile.jsonl"
    recorder = Recorder(path, Header(START, namespace="default"))
    recorder.take(Listed(HPA, (poisoned(hpa("jetstream-hpa", 1), tail),)), START)
    recorder.close()
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_a_table_on_a_terminal(
    kind: str, tmp_path: Path, home: Path, terminals: list[Terminal]
) -> None:
    path = recording(tmp_path, TAILS[kind])
    words = ("replay", str(path), "--plain")
    terminals.append(Terminal(*words, variables={"JETSCALE_HOME": str(home)}))
    assert terminals[0].code == ExitCode.DONE
    lines = terminals[0].raw.replace("\r\n", "\n").split("\n")
    assert lines[1].startswith("jetstream-hpa")
    assert [trouble(line) for line in lines if trouble(line)] == []


@pytest.mark.parametrize("kind", ["c1", "direction", "escapes", "lines", "markup"])
def test_errors_on_a_terminal(kind: str, home: Path, terminals: list[Terminal]) -> None:
    name = f"none{TAILS[kind]}".replace("\x00", "")
    variables = {"JETSCALE_HOME": str(home), "TERM": "dumb"}
    terminals.append(Terminal("plan", "-f", name, variables=variables))
    assert terminals[0].code == ExitCode.USAGE
    lines = terminals[0].raw.replace("\r\n", "\n").split("\n")
    assert [trouble(line) for line in lines if trouble(line)] == []


def test_a_pipe_gets_kubectls_spelling_of_it(tmp_path: Path, home: Path) -> None:
    path = recording(tmp_path, TAILS["escapes"])
    done = subprocess.run(
        [sys.executable, "-m", "jetscale_tui", "replay", str(path), "--plain"],
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b"jetstream-hpa^[[31mred" in done.stdout
