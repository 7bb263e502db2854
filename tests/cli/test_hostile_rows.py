"""What the commands print of hostile text: a row stays a row, JSON loses nothing, no command."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cli import burst, carry_out, check, doctor, logs, output, runs
from jetscale_tui.cli.options import Options
from jetscale_tui.cli.output import Output
from jetscale_tui.engine import explain, handover
from jetscale_tui.engine.burst_report import BurstReport, PodShare
from jetscale_tui.engine.checks import CheckState, Finding
from jetscale_tui.engine.doctor import Health, Link, LinkId
from jetscale_tui.engine.journal import Run, open_journal
from jetscale_tui.engine.plan import StepEvent, StepState
from tests.hostile import TAILS, trouble
from tests.hostile_plans import failure, plan
from tests.unit.engine.scene import PROFILE

if TYPE_CHECKING:
    from collections.abc import Callable

HARMLESS = " x"
_OUR_STYLES = re.compile(r"\x1b\[[012]m")
"""Bold, dim and neither: what a line's first sign is worth without colours."""
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that folds nothing, so that lines can be counted."""
    monkeypatch.setenv("COLUMNS", "100000")
    monkeypatch.setenv("NO_COLOR", "1")


def on_screen(say: Callable[[], None]) -> list[str]:
    """The lines a terminal gets."""
    seen = Screen()
    with redirect_stdout(seen), redirect_stderr(seen):
        say()
    return _OUR_STYLES.sub("", seen.getvalue()).rstrip("\n").split("\n")


def told_plan(tail: str) -> str:
    return explain.text(plan(tail))


def told_links(tail: str) -> str:
    also = Link(LinkId.DATA, Health.NOTE, f"seen{tail}", "M1", "", f"mend{tail}")
    link = Link(LinkId.ADAPTER, Health.BROKEN, f"saw{tail}", "A1", "", f"mend{tail}", also=(also,))
    return "\n".join(doctor.lines_of(link))


def told_findings(tail: str) -> str:
    finding = Finding(CheckState.FAIL, f"saw{tail}", f"mend{tail}", id="x", title="Server")
    return check.text([finding])


def told_runs(tail: str) -> str:
    setup = {"metadata": {"name": f"s{tail}"}}
    run = Run("1", Path("1"), WHEN, setup, f"context{tail}", "https://x", None)
    return runs.table([run, replace(run, act=f"act{tail}")])


def told_burst(tail: str) -> str:
    share = PodShare(f"pod{tail}", 1, 0, 1)
    return burst.text(BurstReport(1, 1, 0, 1, 1.0, None, ((f"HTTP{tail}", 1),), (share,)))


def told_steps(tail: str) -> str:
    step = plan(tail).steps[0].id
    narrator = carry_out.Narrator(plan(tail))
    states = (StepState.STARTED, StepState.WAITING, StepState.DONE, StepState.FAILED)
    lines = [narrator.line(StepEvent(step, state, f"detail{tail}", 1.0)) for state in states]
    return "\n".join(line for line in lines if line is not None)


TOLD: list[Callable[[str], str]] = [
    told_plan,
    told_links,
    told_findings,
    told_runs,
    told_burst,
    told_steps,
]


@pytest.mark.parametrize("kind", TAILS)
@pytest.mark.parametrize("told", TOLD)
def test_a_row_stays_a_row_and_reaches_no_terminal_raw(
    told: Callable[[str], str], kind: str
) -> None:
    rows = told(HARMLESS).splitlines()
    text = told(TAILS[kind])
    assert len(text.splitlines()) == len(rows)
    shown = on_screen(lambda: Output(Options()).data(text))
    assert len(shown) == len(rows)
    assert [trouble(line) for line in shown if trouble(line)] == []


@pytest.mark.parametrize("kind", TAILS)
def test_everything_of_a_plan_is_made_visible(kind: str) -> None:
    text = explain.text(plan(TAILS[kind]), in_full=True)
    shown = on_screen(lambda: Output(Options()).data(text))
    assert [trouble(line) for line in shown if trouble(line)] == []


@pytest.mark.parametrize("kind", TAILS)
def test_an_error_says_what_it_says_in_its_own_lines(kind: str) -> None:
    first, *others = on_screen(lambda: output.report(failure(TAILS[kind])))
    assert first.startswith("✗ No")
    assert others
    assert all(line.startswith("  ") for line in others)
    assert [trouble(line) for line in (first, *others) if trouble(line)] == []


def test_json_of_a_journal_loses_nothing_in_a_pipe(home: Path) -> None:
    contexts = {f"c{tail}" for tail in (*TAILS.values(), "\ud800")} - {f"c{TAILS['broken']}"}
    for context in contexts:
        open_journal(replace(plan(""), context=context, act="x")).close()
    done = subprocess.run(
        [sys.executable, "-m", "jetscale_tui", "runs", "--json"],
        env={**os.environ, "JETSCALE_HOME": str(home)},
        capture_output=True,
        check=True,
    )
    told = json.loads(done.stdout)
    assert {run["context"] for run in told} == contexts


@pytest.mark.parametrize("kind", TAILS)
def test_a_line_of_the_log_is_one_line_of_data(kind: str, home: Path) -> None:
    logs.stop()
    logs.start("info")
    logging.getLogger("jetscale_tui.x").info("seen: %s", f"one{TAILS[kind]}")
    logs.stop()
    (file,) = home.rglob("*.log")
    (line,) = file.read_bytes().decode().rstrip("\n").split("\n")
    assert "seen: one" in line
    assert not trouble(line)


@pytest.mark.parametrize("kind", sorted(TAILS.keys() - {"broken"}))
def test_what_is_handed_over_runs_nothing_of_it(kind: str, tmp_path: Path) -> None:
    tail = f"{TAILS[kind]}\n'; touch {tmp_path}/ran; $(touch {tmp_path}/ran) `touch {tmp_path}/ran`"
    hostile = replace(plan(tail), identity=f"ana{tail}", server=f"https://x{tail}")
    written = handover.files(hostile, PROFILE, "jetscale apply -f x")
    script, text = written["hand-over.sh"], written["hand-over.md"]
    done = subprocess.run(["sh", "-n"], input=script.encode(), capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    stubs = "need() { :; }\ngcloud() { :; }\nkubectl() { cat >/dev/null; }\nhelm() { :; }\n"
    subprocess.run(
        ["sh"], input=(stubs + script).encode(), capture_output=True, check=False, cwd=tmp_path
    )
    assert not (tmp_path / "ran").exists()
    for line in text.split("\n"):
        assert not trouble(line.replace("\t", " ")), line
