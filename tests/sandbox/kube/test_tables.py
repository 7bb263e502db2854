"""The cells kubectl prints, made by the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import POD
from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.kube.catalog import BY_KIND, RESOURCES
from jetscale_tui.sandbox.kube.objects import clone
from jetscale_tui.sandbox.kube.pod_cells import pod_status
from jetscale_tui.sandbox.kube.shapes.decode import blank
from jetscale_tui.sandbox.kube.tables import render

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

NOW = SimClock().now()
CREATED = {"creationTimestamp": NOW.strftime("%Y-%m-%dT%H:%M:%SZ")}


def cells(kind: str, api_version: str = "v1", **parts: Any) -> dict[str, Any]:
    """The cells of one object by column."""
    obj = clone(blank(api_version, kind)) | parts
    obj["metadata"] = {"name": "x", **CREATED, **parts.get("metadata", {})}
    table = render(BY_KIND[api_version, kind], [obj], {}, NOW)
    names = [column["name"] for column in table["columnDefinitions"]]
    return dict(zip(names, table["rows"][0]["cells"], strict=True))


@pytest.mark.parametrize(
    "resource", [r for r in RESOURCES if not r.review], ids=lambda r: r.singular
)
def test_every_kind_can_be_shown_even_when_empty(resource: Any) -> None:
    kind = resource.kind
    obj = {**clone(blank(kind.api_version, kind.name)), "metadata": {"name": "x", **CREATED}}
    table = render(resource, [obj], {}, NOW)
    (row,) = table["rows"]
    assert len(row["cells"]) == len(table["columnDefinitions"])
    assert "x" in row["cells"]
    assert {column["priority"] for column in table["columnDefinitions"]} <= {0, 1}


def container(state: Json, **fields: Any) -> Json:
    return {"name": "c", "ready": False, "restartCount": 0, "state": state, **fields}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"phase": "Pending"}, "Pending"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted"),
        (
            {
                "phase": "Pending",
                "containerStatuses": [container({"waiting": {"reason": "ImagePullBackOff"}})],
            },
            "ImagePullBackOff",
        ),
        (
            {
                "phase": "Running",
                "containerStatuses": [container({"terminated": {"exitCode": 137}})],
            },
            "ExitCode:137",
        ),
        (
            {"phase": "Running", "containerStatuses": [container({"terminated": {"signal": 9}})]},
            "Signal:9",
        ),
        (
            {
                "phase": "Running",
                "conditions": [{"type": "Ready", "status": "True"}],
                "containerStatuses": [
                    container({"terminated": {"reason": "Completed"}}),
                    container({"running": {}}, ready=True),
                ],
            },
            "Running",
        ),
    ],
)
def test_a_pods_status_is_its_most_telling_reason(status: Json, expected: str) -> None:
    assert pod_status({"metadata": {}, "status": status}) == expected


def test_a_pod_on_its_way_out_is_terminating() -> None:
    pod = {"metadata": {"deletionTimestamp": "x"}, "status": {"phase": "Running"}}
    assert pod_status(pod) == "Terminating"


def test_a_pod_counts_what_is_ready_and_what_restarted() -> None:
    statuses = [
        container({"running": {}}, ready=True, restartCount=2),
        container(
            {"running": {}}, lastState={"terminated": {"finishedAt": CREATED["creationTimestamp"]}}
        ),
    ]
    spec = {"containers": [{}, {}], "nodeName": "n", "readinessGates": [{"conditionType": "ok"}]}
    status = {"phase": "Running", "containerStatuses": statuses, "podIP": "10.0.0.1"}
    found = cells("Pod", spec=spec, status=status)
    assert found["Ready"] == "1/2"
    assert found["Restarts"] == "2 (0s ago)"
    assert (found["IP"], found["Node"], found["Readiness Gates"]) == ("10.0.0.1", "n", "0/1")


def test_a_finished_pod_says_so_to_the_table() -> None:
    obj = {**blank("v1", "Pod"), "metadata": {"name": "x"}, "status": {"phase": "Succeeded"}}
    (row,) = render(BY_KIND[POD.api_version, POD.name], [obj], {}, NOW)["rows"]
    assert row["conditions"][0]["message"] == "The pod has completed successfully."


def test_a_node_tells_of_its_state_roles_and_addresses() -> None:
    found = cells(
        "Node",
        metadata={"labels": {"node-role.kubernetes.io/worker": ""}},
        spec={"unschedulable": True},
        status={
            "conditions": [{"type": "Ready", "status": "False"}],
            "addresses": [{"type": "InternalIP", "address": "10.0.0.2"}],
            "nodeInfo": {"kubeletVersion": "v1.36.2"},
        },
    )
    assert found["Status"] == "NotReady,SchedulingDisabled"
    assert (found["Roles"], found["Version"]) == ("worker", "v1.36.2")
    assert (found["Internal-IP"], found["External-IP"]) == ("10.0.0.2", "<none>")


@pytest.mark.parametrize(
    ("spec", "status", "external"),
    [
        ({"type": "ClusterIP"}, {}, "<none>"),
        ({"type": "LoadBalancer"}, {}, "<pending>"),
        (
            {"type": "LoadBalancer"},
            {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}},
            "1.2.3.4",
        ),
        ({"type": "ClusterIP", "externalIPs": ["5.6.7.8"]}, {}, "5.6.7.8"),
    ],
)
def test_a_service_shows_where_it_can_be_reached(spec: Json, status: Json, external: str) -> None:
    ports = [{"port": 80, "protocol": "TCP", "nodePort": 30080}, {"port": 53, "protocol": "UDP"}]
    found = cells("Service", spec={**spec, "ports": ports}, status=status)
    assert found["External-IP"] == external
    assert found["Port(s)"] == "80:30080/TCP,53/UDP"


def test_names_come_first_but_for_events_which_begin_with_their_time() -> None:
    assert next(iter(cells("ConfigMap"))) == "Name"
    assert next(iter(cells("Event"))) == "Last Seen"


def test_an_apiservice_says_why_it_is_not_available() -> None:
    condition = {"type": "Available", "status": "False", "reason": "ServiceNotFound"}
    service = {"service": {"namespace": "ns", "name": "s"}}
    found = cells(
        "APIService",
        "apiregistration.k8s.io/v1",
        spec=service,
        status={"conditions": [condition]},
    )
    assert (found["Service"], found["Available"]) == ("ns/s", "False (ServiceNotFound)")
    assert cells("APIService", "apiregistration.k8s.io/v1")["Service"] == "Local"


def test_an_event_shows_its_object_and_its_source() -> None:
    found = cells(
        "Event",
        involvedObject={"kind": "Pod", "name": "p"},
        source={"component": "kubelet", "host": "n"},
        message="said\n",
        count=3,
        lastTimestamp=CREATED["creationTimestamp"],
    )
    assert (found["Object"], found["Source"], found["Message"]) == ("pod/p", "kubelet, n", "said")
    assert (found["Last Seen"], found["First Seen"], found["Count"]) == ("0s", "<unknown>", "3")


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        (None, "<none>"),
        ({}, "<none>"),
        ({"b": "2", "a": "1"}, "a=1,b=2"),
        ({"matchLabels": {"a": "1"}}, "a=1"),
        (
            {
                "matchExpressions": [
                    {"key": "a", "operator": "In", "values": ["y", "x"]},
                    {"key": "b", "operator": "Exists"},
                    {"key": "c", "operator": "DoesNotExist"},
                    {"key": "d", "operator": "NotIn", "values": ["z"]},
                ]
            },
            "a in (x,y),b,!c,d notin (z)",
        ),
    ],
)
def test_a_selector_is_shown_as_one_writes_it(selector: Any, text: str) -> None:
    policy = {"kind": "NetworkPolicy", "metadata": {"name": "p"}, "spec": {"podSelector": selector}}
    resource = BY_KIND["networking.k8s.io/v1", "NetworkPolicy"]
    (row,) = render(resource, [policy], {}, NOW)["rows"]
    assert row["cells"][1] == text
