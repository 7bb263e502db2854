"""The picture of a cluster, from watch events to frozen snapshots."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain import kubectl
from jetscale_tui.domain.kinds import EVENT, HPA, NODE, POD, SERVICE, Json, Kind
from jetscale_tui.domain.live import (
    Changed,
    ChangeType,
    Link,
    LinkChanged,
    LinkState,
    Listed,
    LiveSnapshot,
)
from jetscale_tui.domain.live_state import LiveState

if TYPE_CHECKING:
    from collections.abc import Iterable

KUBE = Path(__file__).parents[2] / "data" / "kube"
NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


def hpa(name: str, version: int = 1, *, current: int = 1, load: str = "5", **spec: Any) -> Json:
    metric = {"type": "AverageValue", "averageValue": "10"}
    return {
        "metadata": {
            "namespace": "default",
            "name": name,
            "uid": f"uid-{name}",
            "resourceVersion": str(version),
            "managedFields": [{"manager": "kubectl"}],
        },
        "spec": {
            "scaleTargetRef": {"kind": "Deployment", "name": name},
            "maxReplicas": 3,
            "metrics": [
                {"type": "External", "external": {"metric": {"name": "backlog"}, "target": metric}}
            ],
            **spec,
        },
        "status": {
            "currentReplicas": current,
            "desiredReplicas": current,
            "currentMetrics": [
                {"type": "External", "external": {"current": {"averageValue": load}}}
            ],
        },
    }


def pod(name: str, *, node: str = "tpu-0", chips: str = "8", namespace: str = "default") -> Json:
    return {
        "metadata": {"namespace": namespace, "name": name, "uid": f"uid-{name}"},
        "spec": {
            "nodeName": node,
            "containers": [
                {"name": "server", "resources": {"requests": {"google.com/tpu": chips}}}
            ],
        },
        "status": {"phase": "Running"},
    }


def node(name: str, chips: str = "8") -> Json:
    labels = {"cloud.google.com/gke-tpu-accelerator": "tpu-v5-lite-podslice"}
    return {
        "metadata": {"name": name, "labels": labels},
        "status": {"allocatable": {"google.com/tpu": chips}},
    }


def event(uid: str, *, count: int = 1, reason: str = "SuccessfulRescale", minute: int = 0) -> Json:
    stamp = f"2026-11-23T14:{minute:02}:00Z"
    return {
        "metadata": {"namespace": "default", "name": uid, "uid": uid},
        "involvedObject": {"kind": "HorizontalPodAutoscaler", "name": "web"},
        "type": "Normal",
        "reason": reason,
        "message": "New size: 2",
        "count": count,
        "firstTimestamp": stamp,
        "lastTimestamp": stamp,
        "source": {"component": "horizontal-pod-autoscaler"},
    }


def listed(kind: Kind, *objects: Json) -> Listed:
    return Listed(kind, objects)


def changed(kind: Kind, item: Json, change: ChangeType = ChangeType.MODIFIED) -> Changed:
    return Changed(kind, change, item)


def snapshot_after(*events: Any, state: LiveState | None = None) -> LiveSnapshot:
    state = state or LiveState()
    for each in events:
        state.take(each, NOW)
    return state.snapshot(NOW)


def test_the_recorded_watch_shows_cell_for_cell_what_kubectl_printed() -> None:
    state = LiveState()
    started = datetime(2026, 11, 23, 14, 23, 25, 200_000, tzinfo=UTC)
    shown = []
    for line in (KUBE / "hpa-watch.jsonl").read_text().splitlines():
        recorded = json.loads(line)
        if recorded["type"] == "BOOKMARK":
            continue
        now = started + timedelta(seconds=recorded["t"])
        state.take(Changed(HPA, ChangeType(recorded["type"]), recorded["object"]), now)
        view = state.snapshot(now).hpa("default", recorded["object"]["metadata"]["name"])
        assert view is not None
        assert view.created is not None
        replicas = (view.min_replicas, view.max_replicas, view.current_replicas)
        age = kubectl.human_age(now - view.created)
        shown.append([view.name, view.reference, view.targets, *map(str, replicas), age])
    printed = (KUBE / "kubectl-get-hpa-watch.txt").read_text().splitlines()[1:]
    # kubectl listed what was there a second before the recording began.
    assert shown[0][-1] == "70s"
    shown[0][-1] = "69s"
    assert shown == [re.split(" {2,}", line) for line in printed]
    assert state.snapshot(now).changes == len(printed)


def test_the_recorded_watch_leaves_its_history() -> None:
    state = LiveState()
    for line in (KUBE / "hpa-watch.jsonl").read_text().splitlines():
        recorded = json.loads(line)
        if recorded["type"] != "BOOKMARK":
            change = Changed(HPA, ChangeType(recorded["type"]), recorded["object"])
            state.take(change, NOW + timedelta(seconds=recorded["t"]))
    history = state.snapshot(NOW).history("default", "jetstream-hpa")
    assert list(history.current.values) == [1, 2, 1]
    assert list(history.limit.values) == [2]
    pods_metric, external = history.metrics
    readings = [value for _, value in pods_metric.since(0)]
    assert readings == [3, 25, 60, None, 1]
    assert external.latest == 1


def test_rows_come_in_order_whatever_order_they_arrive_in() -> None:
    snapshot = snapshot_after(listed(HPA, hpa("c"), hpa("a"), hpa("b")))
    assert [view.name for view in snapshot.hpas] == ["a", "b", "c"]
    assert snapshot.hpa("default", "b") is snapshot.hpas[1]
    assert snapshot.hpa("default", "d") is None


def test_an_object_that_did_not_change_stays_the_same_value() -> None:
    state = LiveState()
    before = snapshot_after(listed(HPA, hpa("a"), hpa("b")), listed(POD, pod("p")), state=state)
    after = snapshot_after(listed(HPA, hpa("a"), hpa("b", 2)), listed(POD, pod("p")), state=state)
    assert after.hpas[0] is before.hpas[0]
    assert after.hpas[1] is not before.hpas[1]
    assert after.pods[0] is before.pods[0]
    assert after.version == before.version + 1


def test_parts_that_did_not_change_are_the_same_values() -> None:
    state = LiveState()
    before = snapshot_after(listed(HPA, hpa("a")), listed(NODE, node("tpu-0")), state=state)
    after = snapshot_after(listed(POD), state=state)
    assert after.hpas is before.hpas
    assert after.histories is before.histories


def test_a_new_list_removes_what_it_does_not_name_and_keeps_the_history_of_the_rest() -> None:
    state = LiveState()
    snapshot_after(listed(HPA, hpa("a", 1, current=1), hpa("b")), state=state)
    snapshot = snapshot_after(listed(HPA, hpa("a", 9, current=2)), state=state)
    assert [view.name for view in snapshot.hpas] == ["a"]
    assert list(snapshot.history("default", "a").current.values) == [2]
    state.take(listed(HPA, hpa("a", 10, current=3)), NOW + timedelta(seconds=15))
    assert list(state.snapshot(NOW).history("default", "a").current.values) == [2, 3]
    assert len(snapshot.history("default", "b").current) == 0


def test_a_list_of_several_pages_removes_only_when_it_ends() -> None:
    state = LiveState()
    first = snapshot_after(listed(HPA, hpa("gone"), hpa("z")), state=state)
    assert first.complete
    page = Listed(HPA, (hpa("a"),), first=True, last=False)
    assert len(snapshot_after(page, state=state).hpas) == 3
    page = Listed(HPA, (hpa("z"),), first=False, last=True)
    assert [view.name for view in snapshot_after(page, state=state).hpas] == ["a", "z"]


def test_the_picture_is_complete_when_the_last_page_of_hpas_came() -> None:
    state = LiveState()
    assert not snapshot_after(listed(POD), state=state).complete
    assert not snapshot_after(Listed(HPA, (hpa("a"),), True, False), state=state).complete
    assert snapshot_after(Listed(HPA, (hpa("b"),), False, True), state=state).complete


def test_deleted_objects_leave() -> None:
    state = LiveState()
    snapshot_after(
        listed(HPA, hpa("a")), listed(POD, pod("p")), listed(NODE, node("tpu-0")), state=state
    )
    snapshot = snapshot_after(
        changed(HPA, hpa("a"), ChangeType.DELETED),
        changed(POD, pod("p"), ChangeType.DELETED),
        changed(NODE, node("tpu-0"), ChangeType.DELETED),
        changed(HPA, hpa("never-seen"), ChangeType.DELETED),
        state=state,
    )
    assert (snapshot.hpas, snapshot.pods, snapshot.nodes) == ((), (), ())
    assert snapshot.histories == {}


def test_chips_are_counted_where_pods_hold_them() -> None:
    waiting = {**pod("waiting", node=""), "status": {"phase": "Pending"}}
    done = {**pod("done"), "status": {"phase": "Succeeded"}}
    snapshot = snapshot_after(
        listed(NODE, node("tpu-0"), node("tpu-1")),
        listed(POD, pod("serving", chips="4"), waiting, done, pod("plain", chips="0")),
    )
    assert [(row.name, row.used, row.free) for row in snapshot.nodes] == [
        ("tpu-0", 4, 4),
        ("tpu-1", 0, 8),
    ]


def test_chips_come_free_when_a_pod_ends_or_goes() -> None:
    state = LiveState()
    snapshot_after(listed(NODE, node("tpu-0")), listed(POD, pod("a"), pod("b")), state=state)
    ended = {**pod("a"), "status": {"phase": "Failed"}}
    snapshot = snapshot_after(changed(POD, ended), state=state)
    assert snapshot.nodes[0].used == 8
    snapshot = snapshot_after(listed(POD, ended), state=state)
    assert snapshot.nodes[0].used == 0


def test_pods_of_other_namespaces_take_chips_but_no_rows() -> None:
    state = LiveState(namespace="default")
    snapshot = snapshot_after(
        listed(NODE, node("tpu-0")), listed(POD, pod("theirs", namespace="other")), state=state
    )
    assert snapshot.pods == ()
    assert snapshot.nodes[0].used == 8
    assert snapshot_after(listed(POD), state=state).nodes[0].used == 0


def test_a_node_that_loses_its_chips_leaves_the_picture() -> None:
    state = LiveState()
    snapshot_after(listed(NODE, node("tpu-0")), state=state)
    plain: Json = {"metadata": {"name": "tpu-0"}, "status": {}}
    assert snapshot_after(changed(NODE, plain), state=state).nodes == ()


def test_the_pods_of_an_hpa_are_those_of_its_target() -> None:
    owned = pod("web-abc-1")
    owned["metadata"]["labels"] = {"pod-template-hash": "abc"}
    owned["metadata"]["ownerReferences"] = [
        {"kind": "ReplicaSet", "name": "web-abc", "controller": True}
    ]
    snapshot = snapshot_after(listed(HPA, hpa("web")), listed(POD, owned, pod("other")))
    assert [row.name for row in snapshot.pods_of(snapshot.hpas[0])] == ["web-abc-1"]


def test_equal_events_are_one_row_that_counts() -> None:
    state = LiveState()
    snapshot = snapshot_after(
        listed(EVENT, event("e1", count=3), event("e2", count=2, minute=9)),
        changed(EVENT, event("e1", count=4, minute=5)),
        state=state,
    )
    (row,) = snapshot.events
    assert (row.count, row.reason, row.involved) == (
        6,
        "SuccessfulRescale",
        "HorizontalPodAutoscaler/web",
    )
    assert row.first is not None
    assert row.last is not None
    assert (row.first.minute, row.last.minute) == (0, 9)


def test_events_stay_when_the_server_forgets_them() -> None:
    state = LiveState()
    snapshot_after(listed(EVENT, event("e1", count=3)), state=state)
    snapshot = snapshot_after(
        changed(EVENT, event("e1", count=3), ChangeType.DELETED),
        changed(EVENT, event("unseen"), ChangeType.DELETED),
        listed(EVENT),
        changed(EVENT, event("e2")),
        state=state,
    )
    assert [row.count for row in snapshot.events] == [4]


def test_the_newest_events_come_first_and_the_oldest_go_when_there_are_too_many() -> None:
    many = [event(f"e{n}", reason=f"R{n:03}", minute=n % 60) for n in range(700)]
    many[0]["lastTimestamp"] = "2026-11-23T15:00:00Z"
    snapshot = snapshot_after(listed(EVENT, *many))
    assert len(snapshot.events) == 500
    assert snapshot.events[0].reason == "R000"
    stamps = [row.last for row in snapshot.events if row.last]
    assert stamps == sorted(stamps, reverse=True)


@pytest.mark.parametrize(
    ("fields", "count", "minute"),
    [
        ({"eventTime": "2026-11-23T14:07:00.000001Z", "reportingComponent": "kubelet"}, 1, 7),
        ({"series": {"count": 9, "lastObservedTime": "2026-11-23T14:08:00Z"}}, 9, 8),
        ({"deprecatedCount": 4, "metadata": {"creationTimestamp": "2026-11-23T14:06:00Z"}}, 4, 6),
    ],
)
def test_events_of_newer_reporters_are_read_too(fields: Json, count: int, minute: int) -> None:
    snapshot = snapshot_after(listed(EVENT, fields))
    (row,) = snapshot.events
    assert row.count == count
    assert row.last is not None
    assert row.last.minute == minute


def test_the_state_of_each_watch_is_part_of_the_picture() -> None:
    state = LiveState()
    heard = NOW - timedelta(seconds=30)
    snapshot = snapshot_after(
        LinkChanged(Link(HPA.plural, LinkState.LIVE, heard=NOW)),
        LinkChanged(Link(POD.plural, LinkState.FORBIDDEN, reason="may not list pods")),
        state=state,
    )
    assert snapshot.connection.state is LinkState.LIVE
    assert snapshot.connection.stale_since is None
    assert snapshot.connection.link("pods").reason == "may not list pods"
    assert snapshot.connection.link("nodes").state is LinkState.CONNECTING
    broken = Link(HPA.plural, LinkState.RECONNECTING, heard=heard, attempt=2)
    snapshot = snapshot_after(LinkChanged(broken), state=state)
    assert snapshot.connection.stale_since == heard
    assert not snapshot.connection.link(HPA.plural).live


def test_a_change_says_that_the_server_was_heard_just_now() -> None:
    state = LiveState("default")
    state.take(LinkChanged(Link(HPA.plural, LinkState.LIVE, heard=NOW)), NOW)
    later = NOW + timedelta(seconds=20)
    state.take(Changed(HPA, ChangeType.MODIFIED, hpa("one", 2)), later)
    assert state.snapshot(later).connection.link(HPA.plural).heard == later


def test_kinds_the_dashboard_does_not_show_are_ignored() -> None:
    service: Json = {"metadata": {"namespace": "default", "name": "svc"}}
    snapshot = snapshot_after(
        listed(SERVICE, service), changed(SERVICE, service, ChangeType.DELETED)
    )
    assert snapshot.hpas == ()


def test_a_metric_keeps_its_history_when_its_place_in_the_spec_changes() -> None:
    state = LiveState()

    def named(*names: str) -> list[Json]:
        target = {"type": "AverageValue", "averageValue": "10"}
        return [
            {"type": "External", "external": {"metric": {"name": name}, "target": target}}
            for name in names
        ]

    state.take(listed(HPA, hpa("web", 1, load="5", metrics=named("a"))), NOW)
    later = NOW + timedelta(seconds=15)
    state.take(changed(HPA, hpa("web", 2, load="7", metrics=named("b", "a"))), later)
    fresh, kept = state.snapshot(later).history("default", "web").metrics
    assert list(fresh.values) == [7]
    assert len(kept) == 2
    assert kept.values[0] == 5


def everything_wrong() -> Iterable[Json]:
    yield {}
    yield {"metadata": None, "spec": [], "status": "ok"}
    yield {"metadata": {"name": 1, "namespace": {}, "labels": [], "ownerReferences": "x"}}
    yield {
        "metadata": {"name": "x", "creationTimestamp": "soon", "resourceVersion": 5},
        "spec": {
            "minReplicas": "one",
            "maxReplicas": None,
            "metrics": [None, {"type": []}, {"type": "Pods", "pods": "x"}],
            "behavior": "fast",
            "containers": [None, {"resources": {"requests": {"google.com/tpu": "many"}}}],
            "scaleTargetRef": "web",
        },
        "status": {
            "currentMetrics": {"a": 1},
            "conditions": [None, {"type": 1}],
            "allocatable": {"google.com/tpu": {}},
            "containerStatuses": [{"state": "x", "restartCount": "2"}],
        },
        "involvedObject": "web",
        "series": [],
        "count": "many",
    }


@pytest.mark.parametrize("kind", [HPA, POD, NODE, EVENT], ids=lambda kind: kind.name)
def test_misshapen_objects_read_as_empty_ones(kind: Kind) -> None:
    snapshot = snapshot_after(*[changed(kind, item) for item in everything_wrong()])
    assert snapshot.changes == 4


def test_ten_thousand_hpas_keep_a_bounded_history() -> None:
    state = LiveState()
    state.take(listed(HPA, *[hpa(f"h{n:05}") for n in range(10_000)]), NOW)
    snapshot = state.snapshot(NOW)
    assert len(snapshot.hpas) == 10_000
    capacities = [snapshot.history("default", f"h{n:05}").current.capacity for n in (0, 9_999)]
    assert capacities == [720, 60]


def test_what_the_server_keeps_about_fields_is_left_out() -> None:
    view = snapshot_after(listed(HPA, hpa("web"))).hpas[0]
    assert "managedFields" not in view.raw["metadata"]
    assert view.raw["spec"]["maxReplicas"] == 3


def test_a_history_says_what_is_known_of_the_controllers_writes() -> None:
    state = LiveState()
    listed = hpa("web")
    listed["metadata"]["managedFields"] = [
        {"manager": "kubectl", "time": "2026-11-23T14:29:59Z"},
        {"manager": "kcm", "subresource": "status", "time": "2026-11-23T14:29:50Z"},
        {"manager": "kcm", "subresource": "status", "time": "soon"},
    ]
    state.take(Listed(HPA, (listed,)), NOW)
    history = state.snapshot(NOW).history("default", "web")
    assert (history.since, history.written) == (NOW.timestamp(), NOW.timestamp() - 10)

    def later(seconds: int, version: int, **changes: Any) -> Any:
        now = NOW + timedelta(seconds=seconds)
        changed = Changed(HPA, ChangeType.MODIFIED, hpa("web", version, **changes))
        state.take(changed, now)
        history = state.snapshot(now).history("default", "web")
        times = (history.written, history.edited, history.retargeted)
        return tuple(None if time is None else time - NOW.timestamp() for time in times)

    assert later(5, 2, load="6") == (5, None, None)
    assert later(6, 3, load="6", maxReplicas=9) == (5, 6, None)
    assert later(7, 4, load="6", maxReplicas=9, metrics=[]) == (5, 7, 7)


def test_an_hpa_that_was_not_evaluated_yet_has_no_write() -> None:
    state = LiveState()
    state.take(Changed(HPA, ChangeType.ADDED, hpa("web")), NOW)
    assert state.snapshot(NOW).history("default", "web").written is None
