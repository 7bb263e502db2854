"""What a recording keeps, leaves out, and refuses to read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import EVENT, HPA, NODE, POD, Json
from jetscale_tui.domain.live import Changed, ChangeType, Link, LinkChanged, LinkState, Listed
from jetscale_tui.domain.live_rows import read_hpa, read_node
from jetscale_tui.domain.pod_rows import read_pod
from jetscale_tui.domain.recording import (
    Header,
    NotARecording,
    entry_line,
    header_line,
    kept,
    moment,
    read_entry,
    read_header,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.live import WatchEvent

NOW = datetime(2026, 1, 1, 12, 0, 0, 123457, tzinfo=UTC)
HEADER = Header(NOW, "default", "web", "gke_p_l_c")
WEB: Json = {
    "metadata": {"name": "web", "namespace": "default", "resourceVersion": "3"},
    "spec": {"maxReplicas": 2},
    "status": {},
}
SECRET = "sk-0123456789"


@pytest.mark.parametrize("header", [HEADER, Header(NOW, None)])
def test_a_header_is_read_as_it_was_written(header: Header) -> None:
    assert read_header(header_line(header)) == header


@pytest.mark.parametrize(
    "event",
    [
        Listed(HPA, (WEB, WEB), first=True, last=False),
        Listed(EVENT, ()),
        Changed(HPA, ChangeType.DELETED, WEB),
        Changed(NODE, ChangeType.ADDED, {"metadata": {}, "spec": {}, "status": {}}),
        LinkChanged(Link("pods", LinkState.FORBIDDEN, None, "No.", "403", "Ask.", 3)),
        LinkChanged(Link("nodes", LinkState.LIVE, NOW)),
    ],
)
def test_an_event_is_read_as_it_was_written_with_its_time(event: WatchEvent) -> None:
    now = NOW + timedelta(hours=9, microseconds=1)
    entry = read_entry(entry_line(HEADER, event, now))
    assert entry.event == event
    assert moment(HEADER, entry.at) == now


def test_text_of_any_kind_survives_in_one_line() -> None:
    item = WEB | {"status": {"note": "a\nb\u2028c \ud800 ü"}}
    line = entry_line(HEADER, Changed(HPA, ChangeType.ADDED, item), NOW)
    assert line.encode().count(b"\n") == 1
    assert read_entry(line).event == Changed(HPA, ChangeType.ADDED, item)


def metadata(**more: Any) -> Json:
    return {
        "name": "x",
        "namespace": "default",
        "uid": "u",
        "labels": {"pod-template-hash": "7c"},
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": SECRET},
        "managedFields": [
            {"manager": "kubectl", "fieldsV1": {SECRET: {}}},
            {"manager": "kcm", "subresource": "status", "time": "2026-01-01T00:00:09Z",
             "fieldsV1": {SECRET: {}}},
        ],
        **more,
    }  # fmt: skip


def test_of_an_hpa_only_the_time_of_the_last_status_is_kept_besides_itself() -> None:
    hpa = {**WEB, "metadata": metadata()}
    thin = kept(HPA, hpa)
    assert SECRET not in json.dumps(thin)
    assert read_hpa(thin) == read_hpa(hpa)
    assert read_hpa(thin).status_written is not None


def test_of_a_pod_neither_command_nor_environment_is_kept() -> None:
    container = {
        "name": "server",
        "image": "server",
        "args": [f"--token={SECRET}"],
        "command": [SECRET],
        "env": [{"name": "TOKEN", "value": SECRET}],
        "resources": {"limits": {"google.com/tpu": "8"}},
    }
    pod = {
        "metadata": metadata(ownerReferences=[{"kind": "Job", "name": "j", "controller": True}]),
        "spec": {
            "nodeName": "n",
            "containers": [container],
            "initContainers": [{**container, "restartPolicy": "Always"}],
            "volumes": [{"csi": SECRET}],
        },
        "status": {"phase": "Running", "containerStatuses": [{"name": "server", "ready": True}]},
    }
    thin = kept(POD, pod)
    assert SECRET not in json.dumps(thin)
    assert read_pod(thin) == read_pod(pod)
    assert "initContainers" not in kept(POD, {"spec": {"containers": []}})["spec"]


def test_what_says_little_of_itself_is_kept_as_it_is() -> None:
    event = {"metadata": metadata(), "reason": "Killing", "message": "Stopping container"}
    assert kept(EVENT, event) | {"metadata": {}} == event | {"metadata": {}}


def test_of_a_node_only_its_chips_and_its_state_are_kept() -> None:
    node = {
        "metadata": metadata(labels={"cloud.google.com/gke-tpu-accelerator": "v5"}),
        "spec": {"unschedulable": True, "providerID": SECRET},
        "status": {
            "allocatable": {"google.com/tpu": "8"},
            "conditions": [{"type": "Ready", "status": "True"}],
            "images": [{"names": [SECRET]}],
        },
    }
    assert SECRET not in json.dumps(kept(NODE, node))
    assert read_node(kept(NODE, node)) == read_node(node)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", "not JSON"),
        ("PK\x03\x04", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "no JSON object"),
        ('{"apiVersion": "v1"}', "does not say that it is a recording"),
        ('{"format": "jetscale recording", "version": 2}', "of version 2"),
        ('{"format": "jetscale recording", "version": 1}', "when it started"),
        ('{"format": "jetscale recording", "version": 1, "started": 5}', "when it started"),
        ('{"format": "jetscale recording", "version": 1, "started": "2026-01-01"}', "started"),
        (
            '{"format": "jetscale recording", "version": 1,'
            ' "started": "2026-01-01T00:00:00+00:00", "namespace": 5}',
            "what was watched",
        ),
    ],
)
def test_other_files_are_refused(line: str, words: str) -> None:
    with pytest.raises(NotARecording, match=words):
        read_header(line)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("{}", "no time"),
        ('{"at": "soon"}', "no time"),
        ('{"at": NaN}', "no time"),
        ('{"at": 1}', "no event"),
        ('{"at": 1, "change": "ADDED", "of": "secrets", "object": {}}', "no event"),
        ('{"at": 1, "change": "EATEN", "of": "pods", "object": {}}', "no event"),
        ('{"at": 1, "change": "ADDED", "of": "pods", "object": 5}', "no event"),
        ('{"at": 1, "list": "pods", "objects": [5], "first": true, "last": true}', "no event"),
        ('{"at": 1, "link": {"plural": "pods"}}', "no event"),
        (
            '{"at": 1, "link": {"plural": "pods", "state": "live", "heard": "2026-01-01T00:00"}}',
            "no event",
        ),
    ],
)
def test_damaged_entries_are_refused(line: str, words: str) -> None:
    with pytest.raises(NotARecording, match=words):
        read_entry(line)
