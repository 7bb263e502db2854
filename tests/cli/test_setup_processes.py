"""The prompts in a process of their own: through pipes to an autoscaler, and on a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import HPA
from jetscale_tui.errors import ExitCode
from tests.cli.terminal import Terminal
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox

WITH_DEFAULTS = "\n" * 9
"""Cluster, server, adapter, identity, metrics, target, minimum, maximum, behavior."""


@pytest.fixture
def where(quick: Sandbox, home: Path) -> dict[str, str]:
    return {"KUBECONFIG": str(quick.kubeconfig), "JETSCALE_HOME": str(home)}


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def piped(where: dict[str, str], *arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "jetscale_tui", *arguments],
        input=typed,
        env={**os.environ, **where},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_enter_and_a_yes_lead_through_a_pipe_to_an_autoscaler_at_work(
    where: dict[str, str], quick: Sandbox
) -> None:
    done = piped(where, "setup", "--prompts", typed=f"{WITH_DEFAULTS}y\n")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "✓ Autoscaler" in done.stderr
    header, row = done.stdout.splitlines()
    assert header.split()[:3] == ["NAME", "REFERENCE", "TARGETS"]
    assert row.split()[:3] == ["jetstream-hpa", "Deployment/maxengine-server", "0/10"]
    assert "Follow it: jetscale watch jetstream-hpa -n default" in done.stderr
    assert "Traceback" not in done.stderr

    undone = piped(where, "setup", "--prompts", typed="2\ny\n")
    assert undone.returncode == ExitCode.DONE, undone.stderr
    assert "Taken back." in undone.stderr
    assert quick.store.get(HPA, "default", "jetstream-hpa") is None


def test_ctrl_c_on_a_terminal_keeps_the_answers_and_the_next_one_goes_on_there(
    where: dict[str, str], terminals: list[Terminal]
) -> None:
    terminal = Terminal("setup", "--prompts", variables={**where, "TERM": "dumb"})
    terminals.append(terminal)
    for question in ("Which cluster runs", "Which server", "What brings", "As whom"):
        eventually(partial(terminal.says, question))
        terminal.answer("")
    eventually(lambda: terminal.says("Numbers, with commas between [1]:"))
    terminal.interrupt()
    assert terminal.code == ExitCode.INTERRUPTED, terminal.text
    assert "\x1b" not in terminal.raw
    assert "Nothing was changed; your answers are kept." in terminal.text
    assert "Go on: jetscale setup --prompts --resume" in terminal.text

    resumed = Terminal("setup", "--prompts", "--resume", variables={**where, "TERM": "dumb"})
    terminals.append(resumed)
    eventually(lambda: resumed.says("Numbers, with commas between [1]:"))
    assert "Which server should scale?" not in resumed.text
    resumed.interrupt()
    assert resumed.code == ExitCode.INTERRUPTED, resumed.text


def test_without_a_command_a_dumb_terminal_gets_the_prompts(
    where: dict[str, str], terminals: list[Terminal]
) -> None:
    terminal = Terminal(variables={**where, "TERM": "dumb"})
    terminals.append(terminal)
    eventually(lambda: terminal.says("== Step 1 of 7: Prerequisites"))
    terminal.interrupt()
    assert terminal.code == ExitCode.INTERRUPTED, terminal.text


def test_setup_opens_the_wizard_on_a_terminal(
    where: dict[str, str], terminals: list[Terminal]
) -> None:
    terminal = Terminal("setup", "--max", "2", variables=where)
    terminals.append(terminal)
    eventually(lambda: terminal.says("Prerequisites"))
