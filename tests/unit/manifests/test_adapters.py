"""The adapters' objects against what their upstream ships."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.domain import names
from jetscale_tui.domain.kinds import Json, Ref
from jetscale_tui.domain.spec import Guide
from jetscale_tui.manifests import frontend, prometheus_adapter, stackdriver
from jetscale_tui.manifests.build import build, helm_release
from tests.unit.manifests.variants import PROFILE, PROJECT, everything, setup_of

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup


def adapter_objects(setup: Setup) -> dict[str, Json]:
    (group,) = (group for group in build(setup, PROFILE, PROJECT) if group.step == "adapter")
    return {str(Ref.of(item)): item for item in group.objects}


def test_the_stackdriver_adapter_is_thirteen_objects_in_upstream_s_order() -> None:
    name = "custom-metrics-stackdriver-adapter"
    assert list(adapter_objects(setup_of())) == [
        "Namespace custom-metrics",
        f"ServiceAccount custom-metrics/{name}",
        "ClusterRoleBinding custom-metrics:system:auth-delegator",
        "RoleBinding kube-system/custom-metrics-auth-reader",
        "ClusterRole custom-metrics-resource-reader",
        "ClusterRoleBinding custom-metrics-resource-reader",
        f"Deployment custom-metrics/{name}",
        f"Service custom-metrics/{name}",
        "APIService v1beta1.custom.metrics.k8s.io",
        "APIService v1beta2.custom.metrics.k8s.io",
        "APIService v1beta1.external.metrics.k8s.io",
        "ClusterRole external-metrics-reader",
        "ClusterRoleBinding external-metrics-reader",
    ]


def test_the_stackdriver_adapter_runs_the_pinned_image_with_upstream_s_flags() -> None:
    spec = adapter_objects(setup_of())[
        "Deployment custom-metrics/custom-metrics-stackdriver-adapter"
    ]["spec"]
    (container,) = spec["template"]["spec"]["containers"]
    assert container["image"] == (
        "gcr.io/gke-release/custom-metrics-stackdriver-adapter:v0.16.9-gke.0"
    )
    assert container["command"] == [
        "/adapter",
        "--use-new-resource-model=true",
        "--fallback-for-container-metrics=true",
    ]
    assert container["resources"]["limits"] == container["resources"]["requests"]


def test_only_literal_and_corrected_labels_tell_the_stackdriver_adapters_apart() -> None:
    def unlabelled(guide: Guide) -> list[Json]:
        objects = stackdriver.objects(setup_of(guide=guide), {})
        for item in objects:
            labels = item["metadata"].get("labels", {})
            kept = {k: v for k, v in labels.items() if not k.startswith("app.kubernetes.io/")}
            item["metadata"]["labels"] = kept
        return list(objects)

    assert unlabelled(Guide.LITERAL) == unlabelled(Guide.CORRECTED)


def test_prometheus_adapter_is_the_frontend_and_what_the_chart_renders() -> None:
    name = "jetscale-prometheus-adapter"
    assert list(adapter_objects(setup_of("prometheus"))) == [
        "ServiceAccount default/jetscale-frontend",
        "Deployment default/jetscale-frontend",
        "Service default/jetscale-frontend",
        f"ServiceAccount default/{name}",
        f"ConfigMap default/{name}",
        "ClusterRole prometheus-adapter-resource-reader",
        "ClusterRole prometheus-adapter-external-metrics",
        "ClusterRoleBinding prometheus-adapter-system-auth-delegator",
        "ClusterRoleBinding prometheus-adapter-resource-reader",
        "ClusterRoleBinding prometheus-adapter-hpa-controller-external-metrics",
        "RoleBinding kube-system/prometheus-adapter-auth-reader",
        f"Service default/{name}",
        f"Deployment default/{name}",
        "APIService v1beta1.external.metrics.k8s.io",
    ]


def test_helm_is_left_what_the_chart_renders() -> None:
    setup = setup_of("prometheus", install="helm")
    assert all("frontend" in ref for ref in adapter_objects(setup))
    release = helm_release(setup, PROFILE)
    assert release is not None
    assert (release.name, release.namespace, release.version) == ("jetscale", "default", "5.3.0")
    assert release.values["prometheus"] == {
        "url": "http://jetscale-frontend.default.svc",
        "port": 9090,
    }


def test_helm_has_no_part_in_the_other_ways() -> None:
    assert helm_release(setup_of("stackdriver", install="helm"), PROFILE) is None
    assert helm_release(setup_of("prometheus"), PROFILE) is None


def test_the_values_and_the_objects_make_the_same_adapter() -> None:
    setup = setup_of("prometheus")
    values = prometheus_adapter.helm_values(setup, PROFILE)
    objects = {item["kind"]: item for item in prometheus_adapter.objects(setup, PROFILE)}
    (container,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    prometheus = values["prometheus"]
    assert f"--prometheus-url={prometheus['url']}:{prometheus['port']}" in container["args"]
    assert f"--secure-port={values['listenPort']}" in container["args"]
    assert container["args"][-1:] == values["extraArguments"]
    assert container["ports"] == [{"name": "https", "containerPort": values["listenPort"]}]


def test_a_change_of_rules_rolls_the_adapter_s_pods() -> None:
    def checksum(cluster: str) -> Any:
        google = {"project": "my-project", "location": "us-central1", "cluster": cluster}
        objects = prometheus_adapter.objects(setup_of("prometheus", google=google), PROFILE)
        (deployment,) = (item for item in objects if item["kind"] == "Deployment")
        return deployment["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

    assert checksum("one") == checksum("one")
    assert checksum("one") != checksum("two")


def test_every_selector_finds_the_pods_of_its_own_deployment() -> None:
    for _, setup in everything():
        objects = adapter_objects(setup).values()
        for deployment in (item for item in objects if item["kind"] == "Deployment"):
            spec = deployment["spec"]
            labels = spec["template"]["metadata"]["labels"].items()
            assert spec["selector"]["matchLabels"].items() <= labels
            services = [
                item
                for item in objects
                if item["kind"] == "Service" and item["spec"]["selector"].items() <= labels
            ]
            assert len(services) == 1


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("jetscale", "jetscale-prometheus-adapter"),
        ("example-release", "example-release-prometheus-adapter"),
        ("my-prometheus-adapter", "my-prometheus-adapter"),
        ("a" * 43 + "-b", "a" * 43 + "-b-prometheus-adapte"),
    ],
)
def test_objects_are_named_as_the_chart_names_them(release: str, expected: str) -> None:
    setup = setup_of("prometheus", prometheus={"release": release})
    assert prometheus_adapter.full_name(setup) == expected


@given(st.from_regex(r"[a-z]([-a-z0-9]{0,51}[a-z0-9])?", fullmatch=True))
def test_every_release_name_helm_takes_gives_names_kubernetes_takes(release: str) -> None:
    setup = setup_of("prometheus", prometheus={"release": release})
    assert names.service_name(prometheus_adapter.full_name(setup)) is None
    assert names.service_name(frontend.service_name(setup)) is None
    assert names.label_value(frontend.name(setup)) is None
