"""kubectl's text, judged by what kubectl printed of a real control plane."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from jetscale_tui.domain import kubectl

KUBE = Path(__file__).parents[2] / "data" / "kube"
LISTED = datetime(2026, 11, 23, 14, 23, 24, tzinfo=UTC)
"""When kubectl listed what was there."""
RECORDED = datetime(2026, 11, 23, 14, 23, 25, 200_000, tzinfo=UTC)
"""When the recording of the watch began; the one that every printed age agrees with."""


def recorded_events() -> list[tuple[datetime, dict[str, Any]]]:
    events = map(json.loads, (KUBE / "hpa-watch.jsonl").read_text().splitlines())
    moments = [
        (RECORDED + timedelta(seconds=event["t"]), event["object"])
        for event in events
        if event["type"] != "BOOKMARK"
    ]
    return [(LISTED, moments[0][1]), *moments[1:]]


def test_the_recorded_watch_prints_what_kubectl_printed() -> None:
    writer = kubectl.TableWriter(kubectl.hpa_header())
    rows = [
        line for now, hpa in recorded_events() for line in writer.block([kubectl.hpa_row(hpa, now)])
    ]
    assert rows == (KUBE / "kubectl-get-hpa-watch.txt").read_text().splitlines()


def test_one_moment_prints_what_kubectl_printed() -> None:
    moment = json.loads((KUBE / "kubectl-get-hpa.json").read_text())
    now = datetime(2026, 11, 23, 14, 25, 24, tzinfo=UTC)
    rows = [kubectl.hpa_row(hpa, now) for hpa in moment["items"]]
    lines = kubectl.TableWriter(kubectl.hpa_header()).block(rows)
    assert lines == (KUBE / "kubectl-get-hpa.txt").read_text().splitlines()


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-3), "<invalid>"),
        (timedelta(seconds=-1.9), "0s"),
        (timedelta(seconds=0.9), "0s"),
        (timedelta(seconds=119), "119s"),
        (timedelta(seconds=120), "2m"),
        (timedelta(seconds=149), "2m29s"),
        (timedelta(minutes=9, seconds=59), "9m59s"),
        (timedelta(minutes=10, seconds=30), "10m"),
        (timedelta(minutes=179), "179m"),
        (timedelta(hours=3), "3h"),
        (timedelta(hours=7, minutes=59), "7h59m"),
        (timedelta(hours=8, minutes=59), "8h"),
        (timedelta(hours=47), "47h"),
        (timedelta(hours=48), "2d"),
        (timedelta(days=7, hours=23), "7d23h"),
        (timedelta(days=8, hours=5), "8d"),
        (timedelta(days=729), "729d"),
        (timedelta(days=730), "2y"),
        (timedelta(days=2919), "7y364d"),
        (timedelta(days=2920), "8y"),
    ],
)
def test_ages_lose_precision_as_kubectls_do(age: timedelta, text: str) -> None:
    assert kubectl.human_age(age) == text


def hpa(*metrics: dict[str, Any], current: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"maxReplicas": 3, "metrics": list(metrics)},
        "status": {"currentMetrics": current} if current is not None else {},
    }


def metric(kind: str, target: dict[str, Any], **source: Any) -> dict[str, Any]:
    key = kind[0].lower() + kind[1:]
    return {"type": kind, key: {**source, "target": target}}


def reading(kind: str, current: dict[str, Any]) -> dict[str, Any]:
    key = kind[0].lower() + kind[1:]
    return {"type": kind, key: {"current": current}}


UTILIZATION = {"type": "Utilization", "averageUtilization": 80}
AVERAGE = {"type": "AverageValue", "averageValue": "10"}
TOTAL = {"type": "Value", "value": "600m"}


@pytest.mark.parametrize(
    ("spec", "status", "text"),
    [
        (metric("Resource", UTILIZATION, name="cpu"), None, "cpu: <unknown>/80%"),
        (
            metric("Resource", UTILIZATION, name="cpu"),
            reading("Resource", {"averageUtilization": 10, "averageValue": "25m"}),
            "cpu: 10%/80%",
        ),
        (
            metric("Resource", {"type": "AverageValue", "averageValue": "1Gi"}, name="memory"),
            reading("Resource", {"averageValue": "1073741824"}),
            "memory: 1073741824/1Gi",
        ),
        (metric("Resource", {"type": "Utilization"}, name="cpu"), None, "cpu: <unknown>/<auto>"),
        (
            metric("ContainerResource", UTILIZATION, name="cpu", container="server"),
            reading("ContainerResource", {"averageUtilization": 0}),
            "cpu: 0%/80%",
        ),
        (metric("Pods", AVERAGE), reading("Pods", {"averageValue": "12500m"}), "12500m/10"),
        (metric("Pods", AVERAGE), reading("Pods", {}), "<nil>/10"),
        (metric("Object", TOTAL), reading("Object", {"value": "1k"}), "1k/600m"),
        (metric("Object", AVERAGE), reading("Object", {"averageValue": "2"}), "2/10 (avg)"),
        (metric("External", AVERAGE), reading("External", {"value": "2"}), "<unknown>/10 (avg)"),
        (metric("External", TOTAL), reading("External", {"averageValue": "2"}), "<nil>/600m"),
        (metric("External", AVERAGE), {"type": ""}, "<unknown>/10 (avg)"),
        ({"type": "Dice"}, None, "<unknown type>"),
    ],
)
def test_targets_are_written_for_every_kind_of_metric(
    spec: dict[str, Any], status: dict[str, Any] | None, text: str
) -> None:
    assert kubectl.hpa_targets(hpa(spec, current=None if status is None else [status])) == text


def test_targets_count_what_they_leave_out() -> None:
    many = hpa(*[metric("External", AVERAGE)] * 4)
    assert kubectl.hpa_targets(many) == "<unknown>/10 (avg), <unknown>/10 (avg) + 2 more..."


def test_an_hpa_without_metrics_or_creation_time_is_still_a_row() -> None:
    cells = kubectl.hpa_row(hpa(), LISTED, with_namespace=True)
    assert cells == ("default", "web", "/", "<none>", "<unset>", "3", "0", "<unknown>")


def test_text_from_the_cluster_cannot_drive_the_terminal() -> None:
    assert kubectl.printable("a\x1b[2Jb\x07") == "a^[[2Jb\\x07"
    assert kubectl.printable("first\nsecond") == "first..."


def test_rows_of_all_namespaces_begin_with_the_namespace() -> None:
    header, row = kubectl.TableWriter(kubectl.hpa_header(with_namespace=True)).block(
        [kubectl.hpa_row(hpa(), LISTED, with_namespace=True)]
    )
    assert header.split() == ["NAMESPACE", *kubectl.HPA_COLUMNS]
    assert row.startswith("default     web")


def test_no_rows_print_no_header() -> None:
    writer = kubectl.TableWriter(kubectl.hpa_header())
    assert writer.block([]) == []
    assert len(writer.block([kubectl.hpa_row(hpa(), LISTED)])) == 2


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T14:22:15Z", datetime(2026, 11, 23, 14, 22, 15, tzinfo=UTC)),
        ("2026-11-23T14:22:15.5Z", datetime(2026, 11, 23, 14, 22, 15, 500_000, tzinfo=UTC)),
        ("2026-11-23T14:22:15", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_timestamps_are_read_or_said_to_be_none(text: str | None, moment: datetime | None) -> None:
    assert kubectl.parse_time(text) == moment
