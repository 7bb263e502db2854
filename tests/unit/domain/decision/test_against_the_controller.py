"""Explanations held against traces of the real controller, seen through a watch only."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from jetscale_tui.domain.decision.doubts import Cause
from jetscale_tui.domain.decision.explain import Explained, explain
from jetscale_tui.domain.decision.lines import lines_of
from jetscale_tui.domain.hpa.loop import Branch
from jetscale_tui.domain.kinds import HPA
from jetscale_tui.domain.live import Changed, ChangeType
from jetscale_tui.domain.live_state import LiveState
from tests.unit.domain.decision.observer import Seen, regular, watched

DATA = Path(__file__).parents[3] / "data"
Json = dict[str, Any]
UNSEEABLE = ("controller_restarts", "faults", "static_pods", "scale_selector", "spec_changes")
"""What a trace may hold that a watcher is not told of, or only afterwards."""
DECIDED = (Branch.METRICS, Branch.ABOVE_MAXIMUM, Branch.BELOW_MINIMUM, Branch.PAUSED)


@lru_cache
def traces() -> tuple[Json, ...]:
    with (DATA / "hpa" / "control_loop.jsonl").open(encoding="utf-8") as lines:
        vectors = [json.loads(line) for line in lines]
    return tuple(
        vector["in"]
        for vector in vectors
        if "float_overflow" not in vector.get("tags", ()) and regular(vector["in"])
    )


def simple(given: Json) -> bool:
    """One total, a workload that follows at once, nothing happening behind the watcher's back."""
    kinds = {metric["type"] for metric in given["hpa_spec"]["metrics"]}
    sizes_agree = given["spec_replicas"] == given["status_replicas"]
    left_alone = not any(given.get(key) for key in UNSEEABLE)
    return kinds <= {"External", "Object"} and sizes_agree and left_alone


def compared(passes: list[Seen]) -> Counter[str]:
    found: Counter[str] = Counter()
    for decision, explained in passes:
        if decision.branch not in DECIDED:
            continue
        assert isinstance(explained, Explained)
        same = explained.case.decision.desired == decision.desired
        found["same" if same else "other"] += 1
    return found


def test_every_decision_on_totals_is_found_exactly() -> None:
    total: Counter[str] = Counter()
    for given in filter(simple, traces()):
        total += compared(list(watched(given)))
    assert total["same"] > 500
    assert total["other"] == 0


def test_of_all_decisions_but_a_few_are_found_and_the_others_are_said_to_differ() -> None:
    total: Counter[str] = Counter()
    for given in traces()[::3]:
        for decision, explained in watched(given):
            if decision.branch not in DECIDED or not isinstance(explained, Explained):
                continue
            total["all"] += 1
            written = explained.case.seen.desired
            if explained.case.decision.desired != written:
                assert explained.difference is not None
                assert explained.difference.actual == written
                assert explained.difference.cause in Cause
                total["differ"] += 1
    assert total["all"] > 1000
    assert total["differ"] / total["all"] < 0.015


def test_what_is_from_before_the_watch_is_named_as_the_cause() -> None:
    """Watching begins in the middle: the window may be held by what nobody saw."""
    causes: Counter[str] = Counter()
    for given in filter(simple, traces()):
        middle = len(given["t_ms"]) // 2
        for decision, explained in watched(given, from_pass=middle):
            if decision.branch in DECIDED and isinstance(explained, Explained):
                difference = explained.difference
                causes["none" if difference is None else difference.cause.name] += 1
    assert causes["UNSEEN_WINDOW"] > 50
    assert set(causes) == {"none", "UNSEEN_WINDOW", "UNSEEN_RESCALE"}


@pytest.fixture(scope="module")
def recording() -> list[Json]:
    lines = (DATA / "kube" / "hpa-watch.jsonl").read_text(encoding="utf-8").splitlines()
    return [event for event in map(json.loads, lines) if event["type"] != "BOOKMARK"]


def test_every_version_of_a_recorded_watch_is_explained(recording: list[Json]) -> None:
    """The controller of the recording looks every 3 seconds and forgets after 10 to 60."""
    start = datetime(2026, 11, 23, 14, 22, 14, tzinfo=UTC)
    state = LiveState("default")
    said: dict[str, set[str]] = {}
    for event in recording:
        now = start + timedelta(seconds=event["t"])
        state.take(Changed(HPA, ChangeType(event["type"]), event["object"]), now)
        snapshot = state.snapshot(now)
        hpa = snapshot.hpa("default", event["object"]["metadata"]["name"])
        if hpa is None:
            continue
        lines = lines_of(explain(snapshot, hpa, now), now.timestamp())
        assert lines
        said.setdefault(hpa.name, set()).update(f"{line.label}: {line.text}" for line in lines)
    assert "maximum 2: → 2" in said["jetstream-hpa"]
    assert "prefill backlog: 25 per pod ÷ 10 → wants 5" in said["jetstream-hpa"]
    assert (
        "controller: set 1, not 2: it waits less than the window, or was restarted and forgot"
        in said["jetstream-hpa"]
    )
    assert 'no decision: deployments.apps "nosuch" not found' in said["target-missing"]
    assert any("controlled by multiple HPAs" in line for line in said["same-target"])
    assert "no such metric: <unknown>" in said["many-metrics"]
    assert "stabilization: highest of the last 10 s → 2" in said["ext-average"]
