"""Explaining again costs what is new, and says what explaining from scratch says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jetscale_tui.domain.decision.explain import explain
from jetscale_tui.domain.decision.recall import Recall
from jetscale_tui.domain.kinds import HPA, POD
from jetscale_tui.domain.live import Changed, ChangeType, Listed
from jetscale_tui.domain.live_state import LiveState
from tests.unit.domain.decision.observer import looks
from tests.unit.domain.decision.scene import Scene, pod
from tests.unit.domain.decision.test_against_the_controller import DATA, traces

if TYPE_CHECKING:
    from jetscale_tui.domain.decision.explain import Explained, Unexplained

HOUR = {"scaleDown": {"stabilizationWindowSeconds": 3600}}
WRITES = 200


def busy(writes: int = WRITES, pods: int = 20) -> Scene:
    """A quarter of a minute between two writes, and a window that remembers all of them."""
    rows = tuple(pod(f"server-{number}") for number in range(pods))
    scene = Scene(behavior=HOUR, high=100, pods=rows)
    for number in range(writes):
        look(scene, number)
    return scene


def look(scene: Scene, number: int) -> None:
    scene.at(1 + number * 15, 20, 20, str(5 + number % 7))


def again(scene: Scene, recall: Recall) -> Explained | Unexplained:
    """Explained with what is remembered, after it was compared with a fresh explanation."""
    snapshot = scene.snapshot
    hpa = snapshot.hpas[0]
    found = explain(snapshot, hpa, scene.now, recall=recall)
    assert found == explain(snapshot, hpa, scene.now)
    return found


def test_traces_of_the_controller_are_explained_alike() -> None:
    for given in traces()[::3]:
        recall = Recall()
        for _, snapshot, moment, flags in looks(given):
            hpa = snapshot.hpas[0]
            found = explain(snapshot, hpa, moment, flags, recall)
            assert found == explain(snapshot, hpa, moment, flags)


def test_a_recorded_watch_of_many_autoscalers_is_explained_alike_by_one_that_changes_its_mind() -> (
    None
):
    lines = (DATA / "kube" / "hpa-watch.jsonl").read_text(encoding="utf-8").splitlines()
    start, state = datetime(2026, 11, 23, 14, 22, 14, tzinfo=UTC), LiveState("default")
    own: dict[tuple[str, str], Recall] = {}
    one = Recall()
    for event in map(json.loads, lines):
        if event["type"] == "BOOKMARK":
            continue
        now = start + timedelta(seconds=event["t"])
        state.take(Changed(HPA, ChangeType(event["type"]), event["object"]), now)
        snapshot = state.snapshot(now)
        hpa = snapshot.hpa("default", event["object"]["metadata"]["name"])
        if hpa is None:
            continue
        fresh = explain(snapshot, hpa, now)
        assert explain(snapshot, hpa, now, recall=own.setdefault(hpa.key, Recall())) == fresh
        assert explain(snapshot, hpa, now, recall=one) == fresh


def test_looking_again_replays_nothing() -> None:
    scene, recall = busy(), Recall()
    again(scene, recall)
    assert recall.replayed == WRITES - 1
    for seconds in (1, 2, 3):
        again(scene.later(scene.seconds + seconds), recall)
        assert recall.replayed == 0


def test_a_new_write_replays_itself() -> None:
    scene, recall = busy(), Recall()
    again(scene, recall)
    for number in range(WRITES, WRITES + 5):
        look(scene, number)
        again(scene, recall)
        assert recall.replayed == 1


def test_other_pods_another_spec_or_a_rescale_begin_anew() -> None:
    scene, recall = busy(), Recall()
    again(scene, recall)
    scene.state.take(Listed(POD, (pod("server-0"), pod("server-new", ready=10))), scene.now)
    again(scene, recall)
    assert recall.replayed > 1
    scene.change(scene.seconds + 1, maxReplicas=50)
    again(scene, recall)
    assert recall.replayed > 1
    scene.at(scene.seconds + 15, 20, 12, "3")
    again(scene, recall)
    scene.at(scene.seconds + 15, 12, 12, "5")
    again(scene, recall)
