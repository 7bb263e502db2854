from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def test_the_demo_does_the_whole_job_without_a_question_and_leaves_nothing_behind(
    home: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jetscale_tui", "demo", "--auto", "--speed", "30"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "TERM": "dumb", "TMPDIR": str(home.parent)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    said = done.stdout
    for step in (
        "Enable Google services",
        "Scrape server metrics",
        "Scrape TPU metrics",
        "Adapter identity",
        "Metrics adapter",
        "Autoscaler",
    ):
        assert f"✓ {step}" in said
    assert "100 of 100 requests answered, 0 failed" in said
    rows = [line.split() for line in said.splitlines() if line.startswith("jetstream-hpa")]
    assert rows[0][1] == "Deployment/maxengine-server"
    assert (rows[0][5], rows[-1][5]) == ("1", "2")
    assert not list(home.parent.glob("jetscale-demo-*"))
    assert [path.name for path in home.rglob("*") if path.is_file()] == ["jetscale.log"]
