"""Workloads a real server refuses: what it says, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.serving import DEPLOYMENTS, PODS, STRATEGIC, deployment

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Client

PROBED = "spec.template.spec.containers[0].readinessProbe"
RESOURCES = "spec.template.spec.containers[0].resources"


def container(**fields: Any) -> Json:
    return {"name": "c", "image": "i:1", **fields}


@pytest.mark.parametrize(
    ("probe", "field", "message"),
    [
        ({}, "", "Required value: must specify a handler type"),
        (
            {"httpGet": {"port": 80}, "tcpSocket": {"port": 80}},
            ".tcpSocket",
            "Forbidden: may not specify more than 1 handler type",
        ),
        (
            {"httpGet": {"port": 0}},
            ".httpGet.port",
            "Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            {"exec": {"command": ["x"]}, "periodSeconds": -1},
            ".periodSeconds",
            "Invalid value: -1: must be greater than or equal to 0",
        ),
    ],
)
def test_a_probe_has_one_handler_and_sensible_times(
    admin: Client, probe: Json, field: str, message: str
) -> None:
    refused = admin.create(DEPLOYMENTS, deployment("web", container(readinessProbe=probe)))
    assert refused.causes == [(f"{PROBED}{field}", message)]


@pytest.mark.parametrize(
    ("limits", "field", "message"),
    [
        (
            {"google.com/tpu": "1500m"},
            "google.com/tpu",
            'Invalid value: "1500m": must be an integer',
        ),
        ({"cpu": "-1"}, "cpu", 'Invalid value: "-1": must be greater than or equal to 0'),
        ({"tpu": "1"}, "tpu", 'Invalid value: "tpu": must be a standard resource for containers'),
    ],
)
def test_resources_have_known_names_and_whole_chips(
    admin: Client, limits: Json, field: str, message: str
) -> None:
    refused = admin.create(DEPLOYMENTS, deployment("web", container(resources={"limits": limits})))
    assert (f"{RESOURCES}.limits[{field}]", message) in refused.causes


def test_causes_come_in_the_order_of_a_real_server(admin: Client) -> None:
    body = deployment("web", container(image=""), replicas=-1, minReadySeconds=-1)
    body["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    body["spec"]["template"]["metadata"]["labels"]["bad"] = "-"
    refused = admin.create(DEPLOYMENTS, body)
    assert [field for field, _ in refused.causes] == [
        "spec.replicas",
        "spec.template.metadata.labels",
        "spec.template.spec.containers[0].image",
        "spec.template.spec.restartPolicy",
        "spec.minReadySeconds",
    ]


def test_an_empty_selector_is_told_before_its_template(admin: Client) -> None:
    refused = admin.create(DEPLOYMENTS, deployment("web", container(image=""), selector={}))
    assert refused.causes[0] == (
        "spec.selector",
        "Invalid value: {}: empty selector is invalid for deployment",
    )


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"containers": [container(image="i:2")]}, []),
        ({"activeDeadlineSeconds": 60}, []),
        ({"nodeName": "other"}, ["spec"]),
        ({"containers": [container(command=["x"])]}, ["spec"]),
        ({"containers": [container(), {"name": "d", "image": "i:1"}]}, ["spec.containers"]),
    ],
)
def test_a_pod_stays_as_it_was_made_but_for_its_images(
    admin: Client, change: Json, fields: list[str]
) -> None:
    admin.create(PODS, {"metadata": {"name": "p"}, "spec": {"containers": [container()]}})
    patched = admin.patch(f"{PODS}/p", {"spec": change}, STRATEGIC)
    refused = [field for field, _ in patched.causes] if patched.status == 422 else []
    assert refused == fields


def test_a_disruption_budget_says_one_of_two_things(admin: Client) -> None:
    path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
    both = {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "maxUnavailable": 1}}
    field, message = admin.create(path, both).causes[0]
    assert field == "spec"
    assert message.endswith("minAvailable and maxUnavailable cannot be both set")
