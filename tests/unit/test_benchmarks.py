"""The benchmark command, with the fastest benchmark there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.__main__ import main, names
from tests.benchmarks.figure import Figure

if TYPE_CHECKING:
    from pathlib import Path


def test_one_line_is_printed_and_the_figures_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    main(["hpa-ticks", "--json", str(file)])
    line = capsys.readouterr().out
    assert line.startswith("hpa-ticks: ")
    assert "ticks/s (bar at least 20,000 ticks/s" in line
    (record,) = json.loads(file.read_text(encoding="utf-8"))
    assert record["name"] == "hpa-ticks"
    assert record["value"] == min(record["parts"].values())


def test_an_unknown_benchmark_is_refused_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["no-such"])
    assert stopped.value.code == 2
    assert "hpa-ticks" in capsys.readouterr().err
    assert "hpa-ticks" in names()


def test_a_missed_bar_is_said() -> None:
    assert Figure(1.5, "times", "at most 1.3 times", met=False).line("first-paint") == (
        "first-paint: 1.5 times (bar at most 1.3 times, missed)"
    )
