"""Owners, namespaces, events and APIServices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import (
    API_SERVICE,
    CONFIG_MAP,
    DEPLOYMENT,
    EVENT,
    NAMESPACE,
    SERVICE,
    SERVICE_ACCOUNT,
)
from tests.sandbox.still import ADAPTER, obj

if TYPE_CHECKING:
    from tests.sandbox.still import StillWorld

EXTERNAL = "v1beta1.external.metrics.k8s.io"


def available(still: StillWorld, name: str = EXTERNAL) -> tuple[str, str, str]:
    found = still.condition(API_SERVICE, name, "Available")
    return found["status"], found["reason"], found["message"]


def test_a_new_namespace_has_its_default_account(still: StillWorld) -> None:
    still.store.create(obj(NAMESPACE, "fresh", None))
    still.run(1)
    assert still.get(SERVICE_ACCOUNT, "default", "fresh")


def test_a_deleted_namespace_takes_its_content_along(still: StillWorld) -> None:
    still.store.create(obj(NAMESPACE, "brief", None, spec={"finalizers": ["kubernetes"]}))
    still.store.create(obj(CONFIG_MAP, "settings", "brief"))
    still.deploy("web", namespace="brief")
    still.run(10)
    still.store.delete(NAMESPACE, None, "brief")
    still.run(1)
    assert still.get(NAMESPACE, "brief")["status"]["phase"] == "Terminating"
    still.run(60)
    assert still.store.get(NAMESPACE, None, "brief") is None
    assert still.store.list(DEPLOYMENT, "brief") == still.store.list(CONFIG_MAP, "brief") == []


def test_a_repeated_event_is_counted_not_repeated(still: StillWorld) -> None:
    deployment = still.get(DEPLOYMENT, "maxengine-server")
    for _ in range(3):
        still.world.events.warning(deployment, "tester", "Again", "it happened")
        still.run(10)
    (event,) = [each for each in still.store.list(EVENT) if each["reason"] == "Again"]
    assert event["count"] == 3
    assert event["lastTimestamp"] > event["firstTimestamp"]


def test_one_object_cannot_flood_the_cluster_with_events(still: StillWorld) -> None:
    deployment = still.get(DEPLOYMENT, "maxengine-server")
    for number in range(100):
        still.world.events.warning(deployment, "tester", "Flood", f"number {number}")
    assert len(still.messages("Flood")) == 25
    still.run(301)
    still.world.events.warning(deployment, "tester", "Flood", "later")
    assert "later" in still.messages("Flood")


def test_events_are_gone_after_an_hour(still: StillWorld) -> None:
    deployment = still.get(DEPLOYMENT, "maxengine-server")
    still.world.events.normal(deployment, "tester", "Once", "once")
    still.run(1800)
    assert still.messages("Once")
    still.run(1900)
    assert not still.messages("Once")


def test_an_api_whose_service_is_missing_is_not_available(still: StillWorld) -> None:
    reference = {"namespace": "rec", "name": "nosuch", "port": 443}
    spec = {"group": "custom.metrics.k8s.io", "version": "v1beta2", "service": reference}
    still.store.create(obj(API_SERVICE, "v1beta2.custom.metrics.k8s.io", None, spec=spec))
    still.run(1)
    assert available(still, "v1beta2.custom.metrics.k8s.io") == (
        "False",
        "ServiceNotFound",
        'service/nosuch in "rec" is not present',
    )


def test_what_the_api_server_serves_itself_is_always_available(still: StillWorld) -> None:
    for name in ("v1.", "v1.apps", "v2.autoscaling", "v1.monitoring.googleapis.com"):
        assert available(still, name) == (
            "True",
            "Local",
            "Local APIServices are always available",
        )


def test_an_api_becomes_available_with_its_pod(still: StillWorld) -> None:
    still.install_adapter()
    still.run(30)
    assert available(still) == (
        "False",
        "MissingEndpoints",
        f'endpointslices for service/{ADAPTER} in "custom-metrics" have no addresses with port '
        'name ""',
    )
    still.run(150)
    assert available(still) == ("True", "Passed", "all checks passed")
    still.change(DEPLOYMENT, ADAPTER, "custom-metrics", replicas=0)
    still.run(5)
    assert available(still)[:2] == ("False", "MissingEndpoints")


def test_an_api_behind_a_port_nobody_listens_on_fails_discovery(still: StillWorld) -> None:
    still.install_adapter()
    ports = [{"port": 443, "protocol": "TCP", "targetPort": 6443}]
    still.change(SERVICE, ADAPTER, "custom-metrics", ports=ports)
    still.run(200)
    status, reason, message = available(still)
    assert (status, reason) == ("False", "FailedDiscoveryCheck")
    assert "failing or missing response from https://10.8." in message
    assert message.endswith("connect: connection refused")


def test_an_api_whose_service_selects_nothing_has_no_endpoints(still: StillWorld) -> None:
    still.install_adapter()
    ports = [{"port": 443, "protocol": "TCP", "targetPort": 443}]
    still.store.create(obj(SERVICE, "bare", "custom-metrics", spec={"ports": ports}))
    reference = {"namespace": "custom-metrics", "name": "bare", "port": 443}
    still.change(API_SERVICE, EXTERNAL, "", service=reference)
    still.run(1)
    assert available(still) == (
        "False",
        "EndpointsNotFound",
        'cannot find endpointslices for service/bare in "custom-metrics"',
    )


@pytest.mark.parametrize("number", [8443, 80])
def test_an_api_at_a_port_its_service_does_not_have_says_so(still: StillWorld, number: int) -> None:
    still.install_adapter()
    reference = {"namespace": "custom-metrics", "name": ADAPTER, "port": number}
    still.change(API_SERVICE, EXTERNAL, "", service=reference)
    still.run(1)
    assert available(still)[1] == "ServicePortError"
