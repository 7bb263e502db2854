"""The replay itself: it has to notice, and it has to take any directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.vectors.conftest import DEFAULT
from tests.vectors.differences import differences
from tests.vectors.test_hpa_vectors import counted, replayed

if TYPE_CHECKING:
    from pathlib import Path


def first(file: str) -> dict[str, Any]:
    return next(counted(DEFAULT / file))


@pytest.mark.parametrize("file", sorted(path.name for path in DEFAULT.glob("*.jsonl")))
def test_a_changed_record_is_noticed(file: str) -> None:
    vector = first(file)
    key = next(iter(vector["out"]))
    assert replayed(vector) == []
    vector["out"][key] = -1.5
    assert replayed(vector)


def test_an_exception_is_reported_as_a_difference() -> None:
    vector = first("replica_calculator.jsonl")
    del vector["in"]["tolerance"]
    assert replayed(vector) == ["KeyError: 'tolerance'"]


def test_lines_that_are_no_vectors_are_passed_over(tmp_path: Path) -> None:
    known = first("quantity.jsonl")
    overflow = {**known, "tags": ["float_overflow"]}
    lines = ["", "no json", "[1]", '{"kind": "another"}', json.dumps(overflow), json.dumps(known)]
    file = tmp_path / "mixed.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert list(counted(file)) == [known]


def test_differences_name_the_place() -> None:
    assert differences({"a": [1, 2]}, {"a": [1, 3], "b": 4}) == [".a[1]: expected 2, got 3"]
    assert differences({"a": 1}, {}) == [".a: expected 1, got nothing"]
    assert differences([1], [1, 2]) == [": 1 entries expected, got 2"]
    assert differences(True, 1) == [": expected True, got 1"]
    assert differences(0.1, 0.1 + 1e-15) == []
    assert differences(0.1, 0.2) == [": expected 0.1, got 0.2"]
