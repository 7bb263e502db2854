"""The arithmetic of the autoscaler against what the real controller did, vector by vector.

    pytest tests/vectors --hpa-vectors DIR -s

replays every `*.jsonl` file of a directory and prints `FILE: N of M vectors`.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.vectors.behaviors import replay_behavior
from tests.vectors.calculators import replay_calculator
from tests.vectors.differences import differences
from tests.vectors.loops import expected_loop, replay_loop
from tests.vectors.tables import expected_table, replay_table
from tests.vectors.values import expected_quantity, replay_defaulting, replay_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REPLAYS = {
    "quantity": replay_quantity,
    "defaulting": replay_defaulting,
    "replica_calculator": replay_calculator,
    "behavior": replay_behavior,
    "control_loop": replay_loop,
    "upstream_table": replay_table,
}
SHOWN = 20
"""Failed vectors named in full; a wrong rule fails hundreds."""


def test_every_recorded_vector_is_reproduced_exactly(vector_file: Path) -> None:
    failures: list[str] = []
    total = 0
    for vector in counted(vector_file):
        total += 1
        wrong = replayed(vector)
        if wrong:
            failures.append("\n    ".join([str(vector["id"]), *wrong[:10]]))
    if not total:
        pytest.skip(f"{vector_file.name} holds no vectors of a known kind")
    # A line of its own: pytest leaves its progress on the one before.
    sys.stdout.write(f"\n{vector_file.name}: {total - len(failures)} of {total} vectors\n")
    assert not failures, "\n".join([f"{len(failures)} of {total} differ:", *failures[:SHOWN]])


def counted(file: Path) -> Iterator[dict[str, Any]]:
    """The vectors of a known kind, without those whose result depends on the processor."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                vector = json.loads(line)
            except ValueError:
                continue
            known = isinstance(vector, dict) and vector.get("kind") in REPLAYS
            if known and "float_overflow" not in vector.get("tags", ()):
                yield vector


def replayed(vector: dict[str, Any]) -> list[str]:
    """Where the replay differs from the record; an exception is a difference too."""
    kind, fn, given, out = vector["kind"], vector.get("fn", ""), vector["in"], vector["out"]
    if kind == "quantity":
        out = expected_quantity(out)
    elif kind == "control_loop":
        out = expected_loop(out)
    elif kind == "upstream_table":
        out = expected_table(given, out)
    try:
        return differences(out, REPLAYS[kind](fn, given))
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
