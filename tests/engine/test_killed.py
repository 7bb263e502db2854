"""Killed at any instant, then resumed: the same end. Undone: what was there before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.engine.journal import RunState, runs
from jetscale_tui.errors import ExitCode
from jetscale_tui.sandbox.kube.server import CutConnection
from jetscale_tui.setupfile.save import dump_setup
from tests.engine.runs import QUICK, SETUP, SPEED, Operator
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.ports import Cluster
    from jetscale_tui.sandbox.environment import Sandbox
    from jetscale_tui.sandbox.kube.handlers import Reply, Stream
    from jetscale_tui.sandbox.kube.routes import Request
    from tests.conftest import StartSandbox


@pytest.fixture(scope="module")
def quick(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox(QUICK, speed=SPEED)


@pytest.fixture
def operator(quick: Sandbox, tmp_path: Path) -> Operator:
    return Operator(quick, tmp_path / "runs-by-hand")


class Killed(BaseException):
    """The process ends here; nothing after this runs."""


class Mortal:
    """A cluster whose caller dies right after so many writes, before it can note the last."""

    def __init__(self, cluster: Cluster, writes: int) -> None:
        self._cluster = cluster
        self._left = writes

    def __getattr__(self, name: str) -> object:
        return getattr(self._cluster, name)

    def apply(self, manifest: Json, *, dry_run: bool = False, force: bool = False) -> Json:
        result = self._cluster.apply(manifest, dry_run=dry_run, force=force)
        if not dry_run:
            self._left -= 1
            if self._left == 0:
                raise Killed
        return result


def test_killed_again_and_again_it_still_arrives_and_can_be_undone(
    operator: Operator, tmp_path: Path
) -> None:
    operator.folder.mkdir()
    before, bindings, alive = operator.contents(), operator.bindings(), operator.cluster
    deaths = 0
    while True:
        operator.cluster = Mortal(alive, writes=2)  # type: ignore[assignment]
        try:
            operator.run(operator.plan())
        except Killed:
            deaths += 1
        else:
            break
    operator.cluster = alive
    assert deaths == 8
    assert operator.plan().changes == 0
    (run,) = runs(operator.folder)
    assert run.state is RunState.DONE
    assert len(run.writes) == 17
    assert run.in_doubt == ()

    operator.undo_last()
    assert operator.contents() == before
    assert operator.bindings() == bindings


class Terminal:
    """Runs the real command in processes of its own."""

    def __init__(self, sandbox: Sandbox, home: Path) -> None:
        self.home = home
        self.setup = home.parent / "setup.yaml"
        self.setup.write_text(dump_setup(SETUP))
        self.environment = {
            **os.environ,
            "KUBECONFIG": str(sandbox.kubeconfig),
            "JETSCALE_HOME": str(home),
        }

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "jetscale_tui", *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def apply(self) -> subprocess.Popen[str]:
        return self.start("apply", "--yes", "-f", str(self.setup))

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Exit code, and what it said on stderr."""
        _, said = process.communicate(timeout=PATIENCE)
        return process.returncode, said

    def heard(self, process: subprocess.Popen[str], words: str) -> str:
        """What it says on stderr up to the line with these words."""
        lines = []
        for line in process.stderr or ():
            lines.append(line)
            if words in line:
                return "".join(lines)
        raise AssertionError(f"it never said {words!r}: {lines}")

    def records(self) -> int:
        """Lines in the journals so far."""
        return sum(
            path.read_bytes().count(b"\n") for path in (self.home / "state/runs").glob("*.jsonl")
        )


class Hold:
    """Answers no request from when there are so many records until it is let go."""

    def __init__(self, sandbox: Sandbox, terminal: Terminal, records: int) -> None:
        self._server = sandbox.kube
        self._otherwise = sandbox.kube.interceptor
        self._terminal = terminal
        self._records = records
        self._let_go = threading.Event()
        self._answering = True
        self.reached = threading.Event()

    def __enter__(self) -> Hold:
        self._server.interceptor = self
        return self

    def __exit__(self, *raised: object) -> None:
        self.let_go(answering=False)
        self._server.interceptor = self._otherwise

    def let_go(self, *, answering: bool) -> None:
        """Answer what is held, or hang up on it."""
        self._answering = answering
        self._let_go.set()

    def __call__(self, request: Request) -> Reply | Stream | None:
        if self._terminal.records() >= self._records:
            self.reached.set()
            assert self._let_go.wait(PATIENCE), "the test never let it go"
            if not self._answering:
                raise CutConnection
        return self._otherwise(request) if self._otherwise else None


@pytest.fixture
def terminal(quick: Sandbox, home: Path) -> Terminal:
    home.mkdir()
    return Terminal(quick, home)


@pytest.mark.parametrize("records", [1, 6, 20, 38])
def test_kill_9_then_apply_again_then_undo(
    operator: Operator, terminal: Terminal, records: int
) -> None:
    before, bindings = operator.contents(), operator.bindings()
    with Hold(operator.sandbox, terminal, records) as hold:
        process = terminal.apply()
        assert hold.reached.wait(PATIENCE)
        process.send_signal(signal.SIGKILL)
        assert terminal.finish(process)[0] == -signal.SIGKILL

    code, said = terminal.finish(terminal.apply())
    assert code == ExitCode.DONE, said
    assert operator.plan().changes == 0
    code, said = terminal.finish(terminal.start("undo", "--yes"))
    assert code == ExitCode.DONE, said
    assert operator.contents() == before
    assert operator.bindings() == bindings


def test_ctrl_c_stops_after_the_current_write_and_says_how_to_go_on(
    operator: Operator, terminal: Terminal
) -> None:
    before = operator.contents()
    with Hold(operator.sandbox, terminal, 10) as hold:
        process = terminal.apply()
        assert hold.reached.wait(PATIENCE)
        process.send_signal(signal.SIGINT)
        until_then = terminal.heard(process, "Stopping after the current write")
        hold.let_go(answering=True)
        code, said = terminal.finish(process)
    assert code == ExitCode.INTERRUPTED
    assert f"Go on: jetscale apply -f {terminal.setup}" in said
    assert "Traceback" not in until_then + said
    undo = next(line for line in said.splitlines() if "jetscale undo" in line).split()[-1]
    code, said = terminal.finish(terminal.start("undo", undo, "--yes"))
    assert code == ExitCode.DONE, said
    assert operator.contents() == before
