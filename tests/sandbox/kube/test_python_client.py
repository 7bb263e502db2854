"""The official Python client, typed and dynamic, and its watch, against a running sandbox."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.serving import autoscaler

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The generated types make every field optional; scripts use the client without them.
client: Any = import_module("kubernetes.client")
config: Any = import_module("kubernetes.config")
dynamic: Any = import_module("kubernetes.dynamic")
watch: Any = import_module("kubernetes.watch")


@pytest.fixture(scope="module")
def api(kubeconfig: Path) -> Iterator[Any]:
    """A client configured by the sandbox's kubeconfig."""
    made = config.new_client_from_config(str(kubeconfig))
    yield made
    made.close()


@pytest.fixture
def web(api: Any) -> Iterator[str]:
    """An autoscaler made by the typed client."""
    autoscaling = client.AutoscalingV2Api(api)
    autoscaling.create_namespaced_horizontal_pod_autoscaler("default", autoscaler())
    yield "web"
    autoscaling.delete_namespaced_horizontal_pod_autoscaler("web", "default")


def test_typed_objects_are_read_and_changed(api: Any, web: str) -> None:
    autoscaling = client.AutoscalingV2Api(api)
    hpa = autoscaling.read_namespaced_horizontal_pod_autoscaler(web, "default")
    assert hpa.spec.metrics[0].external.target.average_value == "10"
    hpa.spec.max_replicas = 4
    # Without a version: the controller may write its status in between.
    hpa.metadata.resource_version = None
    changed = autoscaling.replace_namespaced_horizontal_pod_autoscaler(web, "default", hpa)
    assert changed.spec.max_replicas == 4
    hpa.metadata.resource_version = "1"
    with pytest.raises(client.ApiException) as stale:
        autoscaling.replace_namespaced_horizontal_pod_autoscaler(web, "default", hpa)
    assert stale.value.status == 409


def test_typed_lists_cover_the_cluster(api: Any) -> None:
    core, apps = client.CoreV1Api(api), client.AppsV1Api(api)
    tpus = core.list_node(label_selector="cloud.google.com/gke-tpu-accelerator").items
    assert [node.status.capacity["google.com/tpu"] for node in tpus] == ["8", "8"]
    pods = core.list_namespaced_pod("default", label_selector="app=maxengine-server").items
    assert {pod.status.phase for pod in pods} == {"Running"}
    scale = apps.read_namespaced_deployment_scale("maxengine-server", "default")
    assert scale.spec.replicas == len(pods)
    assert client.VersionApi(api).get_code().minor == "36"


def test_custom_objects_and_reviews_work(api: Any) -> None:
    custom = client.CustomObjectsApi(api)
    place = ("monitoring.googleapis.com", "v1", "default", "podmonitorings")
    body: dict[str, Any] = {
        "apiVersion": "monitoring.googleapis.com/v1",
        "kind": "PodMonitoring",
        "metadata": {"name": "pm"},
        "spec": {
            "selector": {"matchLabels": {"app": "maxengine-server"}},
            "endpoints": [{"port": 9100, "interval": "15s"}],
        },
    }
    made: Any = custom.create_namespaced_custom_object(*place, body)
    assert made["spec"]["endpoints"] == body["spec"]["endpoints"]
    custom.delete_namespaced_custom_object(*place, "pm")
    review = client.AuthorizationV1Api(api).create_self_subject_access_review(
        client.V1SelfSubjectAccessReview(
            spec=client.V1SelfSubjectAccessReviewSpec(
                resource_attributes=client.V1ResourceAttributes(verb="list", resource="pods")
            )
        )
    )
    assert review.status.allowed


def test_the_dynamic_client_discovers_and_applies(api: Any) -> None:
    resource = dynamic.DynamicClient(api).resources.get(
        api_version="autoscaling/v2", kind="HorizontalPodAutoscaler"
    )
    applied = resource.server_side_apply(
        body=autoscaler("dynamic"), name="dynamic", namespace="default", field_manager="tests"
    )
    assert applied.spec.maxReplicas == 2
    assert applied.metadata.managedFields[0].operation == "Apply"
    resource.delete(name="dynamic", namespace="default")
    with pytest.raises(dynamic.exceptions.NotFoundError):
        resource.get(name="dynamic", namespace="default")


def test_the_clients_watch_hears_of_changes(api: Any, web: str) -> None:
    autoscaling = client.AutoscalingV2Api(api)
    found = autoscaling.list_namespaced_horizontal_pod_autoscaler("default")
    watching = watch.Watch()
    events = watching.stream(
        autoscaling.list_namespaced_horizontal_pod_autoscaler,
        "default",
        resource_version=found.metadata.resource_version,
        timeout_seconds=30,
    )
    patch = {"metadata": {"labels": {"seen": "yes"}}}
    autoscaling.patch_namespaced_horizontal_pod_autoscaler(web, "default", patch)
    for event in events:
        if (event["object"].metadata.labels or {}).get("seen") == "yes":
            assert event["type"] == "MODIFIED"
            break
    watching.stop()
    events.close()
