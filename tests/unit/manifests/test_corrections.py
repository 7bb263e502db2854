"""Every correction is there with `guide: corrected` and not there with `guide: literal`."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import Json, Ref
from jetscale_tui.domain.spec import Guide
from jetscale_tui.export.script import script
from jetscale_tui.manifests.build import build, google_account, helm_release
from jetscale_tui.manifests.corrections import in_force, registry
from jetscale_tui.manifests.hpa import hpa_name
from jetscale_tui.manifests.metadata import INSTANCE, MANAGED_BY
from jetscale_tui.manifests.pinned import FRONTEND
from jetscale_tui.manifests.rules import rules
from tests.unit.manifests.variants import PROFILE, PROJECT, VARIANTS, setup_of, variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.spec import Setup


def objects(setup: Setup) -> list[Json]:
    return [item for group in build(setup, PROFILE, PROJECT) for item in group.objects]


def one(setup: Setup, kind: str, name_part: str = "") -> Json:
    (found,) = (
        item
        for item in objects(setup)
        if item["kind"] == kind and name_part in item["metadata"]["name"]
    )
    return found


def metrics(setup: Setup) -> list[Json]:
    written: list[Json] = one(setup, "HorizontalPodAutoscaler")["spec"]["metrics"]
    return written


def target_of(metric: Json) -> Json:
    target: Json = metric[metric["type"].lower()]["target"]
    return target


def container(setup: Setup, deployment: str) -> Json:
    spec = one(setup, "Deployment", deployment)["spec"]["template"]["spec"]
    found: Json = spec["containers"][0]
    return found


def has_owner_labels(setup: Setup) -> bool:
    labels = [item["metadata"].get("labels", {}) for item in objects(setup)]
    return all(
        label.get(MANAGED_BY) == "jetscale" and label.get(INSTANCE) == "jetstream"
        for label in labels
    )


def names_every_namespace(setup: Setup) -> bool:
    return all(
        "namespace" in item["metadata"] for item in objects(setup) if Ref.of(item).kind.namespaced
    )


def has_port_number_and_its_labels(setup: Setup) -> bool:
    spec = one(setup, "PodMonitoring", "jetstream")["spec"]
    is_number = isinstance(spec["endpoints"][0]["port"], int)
    return is_number and spec["targetLabels"] == {"metadata": ["pod", "node"]}


def selects_the_tpu_container(setup: Setup) -> bool:
    if setup.adapter.kind == "prometheus":
        return 'container="maxengine-server"' in rules(setup, PROFILE)[-1]["metricsQuery"]
    selector: Json = metrics(setup)[0]["external"]["metric"]["selector"]["matchLabels"]
    return bool(selector["metric.labels.container"] == "maxengine-server")


def scopes_external_metrics(setup: Setup) -> bool:
    selector = metrics(setup)[0]["external"]["metric"].get("selector", {}).get("matchLabels", {})
    keys = " ".join(selector)
    return "resource.labels.cluster" in keys and "resource.labels.location" in keys


def stores_shares_as_ratios(setup: Setup) -> bool:
    return "900m" in target_of(metrics(setup)[0]).values()


def uses_one_adapter(setup: Setup) -> bool:
    first = metrics(setup)[0]
    if setup.adapter.kind == "prometheus":
        return bool(first["type"] == "External")
    return str(first["pods"]["metric"]["name"]).startswith("prometheus.googleapis.com|")


def has_one_name(setup: Setup) -> bool:
    return hpa_name(setup) == setup.scaling.name


def matches_function_and_target(setup: Setup) -> bool:
    queries = {rule["name"]["as"]: rule["metricsQuery"] for rule in rules(setup, PROFILE)}
    functions = {
        metric["external"]["metric"]["name"]: target_of(metric)["type"] for metric in metrics(setup)
    }
    return all(
        queries[name].startswith("sum(" if target == "AverageValue" else "avg(")
        for name, target in functions.items()
    )


def scopes_promql(setup: Setup) -> bool:
    return all(
        f"{label}=" in rule[query]
        for rule in rules(setup, PROFILE)
        for query in ("seriesQuery", "metricsQuery")
        for label in ("cluster", "location", "namespace")
    )


def puts_fixed_matchers_first(setup: Setup) -> bool:
    return not any("{<<" in rule["metricsQuery"] for rule in rules(setup, PROFILE))


def makes_the_url_from_the_service(setup: Setup) -> bool:
    release = helm_release(setup, PROFILE)
    assert release is not None
    service = one(setup, "Service")["metadata"]["name"]
    url = release.values.get("prometheus", {}).get("url")
    return bool(url == f"http://{service}.default.svc")


def labels_the_frontend_uncommonly(setup: Setup) -> bool:
    selector: Json = one(setup, "Deployment", "frontend")["spec"]["selector"]["matchLabels"]
    return selector == {"app": "jetscale-frontend"}


def hardens_the_frontend(setup: Setup) -> bool:
    pod = one(setup, "Deployment", "frontend")["spec"]["template"]["spec"]
    security = container(setup, "frontend")["securityContext"]
    profile = pod.get("securityContext", {}).get("seccompProfile", {}).get("type")
    return (
        profile == "RuntimeDefault"
        and security["capabilities"]["drop"] == ["ALL"]
        and security.get("readOnlyRootFilesystem") is True
    )


def creates_the_account_before_its_user(setup: Setup) -> bool:
    user = one(setup, "Deployment", "frontend")["spec"]["template"]["spec"]["serviceAccountName"]
    order = [(item["kind"], item["metadata"]["name"]) for item in objects(setup)]
    deployment = next(i for i, (kind, _) in enumerate(order) if kind == "Deployment")
    return order.index(("ServiceAccount", user)) < deployment


def binds_the_account_it_creates(setup: Setup) -> bool:
    account = google_account(setup, PROJECT)
    assert account is not None
    return account.email.partition("@")[0] == account.account_id


@dataclass
class Probe:
    """Where a correction shows, and how."""

    setups: list[Callable[[Guide], Setup]]
    applied: Callable[[Setup], bool]


def on(*names: str, **options: str) -> list[Callable[[Guide], Setup]]:
    return [functools.partial(_made, name, options) for name in names]


def _made(name: str, options: dict[str, Any], guide: Guide) -> Setup:
    adapter, metrics = VARIANTS[name]
    return setup_of(adapter, metrics, guide=guide, **options)


def _as_fractions(name: str, guide: Guide) -> Setup:
    adapter, metrics = VARIANTS[name]
    return setup_of(adapter, [metric | {"target": "0.9"} for metric in metrics], guide=guide)


PROMETHEUS = ("V4", "V5", "V6", "V7-prometheus")
PROBES: dict[str, Probe] = {
    "ownership-labels": Probe(on("V1", "V3", "V4", "V7-prometheus"), has_owner_labels),
    "explicit-namespace": Probe(on("V1", "V4"), names_every_namespace),
    "metrics-port-number": Probe(on("V1", "V4"), has_port_number_and_its_labels),
    "tpu-container": Probe(on("V3", "V4", "V6"), selects_the_tpu_container),
    "external-scope": Probe(on("V3", "V3b"), scopes_external_metrics),
    "ratio-as-ratio": Probe(
        [functools.partial(_as_fractions, name) for name in ("V2", "V5", "V6")],
        stores_shares_as_ratios,
    ),
    "one-adapter": Probe(on("V7-stackdriver", "V7-prometheus"), uses_one_adapter),
    "one-autoscaler": Probe(on("V7-stackdriver", "V7-prometheus"), has_one_name),
    "sum-or-value": Probe(on("V4", "V5", "V6"), matches_function_and_target),
    "promql-scope": Probe(on(*PROMETHEUS), scopes_promql),
    "matchers-first": Probe(on(*PROMETHEUS), puts_fixed_matchers_first),
    "frontend-service": Probe(on(*PROMETHEUS, install="helm"), makes_the_url_from_the_service),
    "frontend-labels": Probe(on(*PROMETHEUS), labels_the_frontend_uncommonly),
    "frontend-image": Probe(
        on(*PROMETHEUS), lambda setup: container(setup, "frontend")["image"] == str(FRONTEND)
    ),
    "frontend-hardening": Probe(on(*PROMETHEUS), hardens_the_frontend),
    "service-account-first": Probe(
        on("V4") + on("V4", identity="service-account"), creates_the_account_before_its_user
    ),
    "one-google-account": Probe(on("V4", identity="service-account"), binds_the_account_it_creates),
    "metrics-max-age": Probe(
        on(*PROMETHEUS),
        lambda setup: "--metrics-max-age=10m" in container(setup, "prometheus-adapter")["args"],
    ),
    "listen-port": Probe(
        on(*PROMETHEUS),
        lambda setup: "--secure-port=10250" in container(setup, "prometheus-adapter")["args"],
    ),
    "chart-version": Probe(
        on("V4", install="helm"), lambda setup: "--version" in script(setup, PROFILE, PROJECT)
    ),
    "iam-condition": Probe(
        on("V1", "V4") + on("V4", identity="service-account"),
        lambda setup: "--condition=None" in script(setup, PROFILE, PROJECT),
    ),
}


def test_every_correction_is_probed() -> None:
    assert [correction.id for correction in registry()] == list(PROBES)


@pytest.mark.parametrize("name", PROBES)
def test_a_correction_is_applied_unless_the_guide_is_wanted_literally(name: str) -> None:
    probe = PROBES[name]
    for setup_with in probe.setups:
        corrected, literal = setup_with(Guide.CORRECTED), setup_with(Guide.LITERAL)
        assert name in [correction.id for correction in in_force(corrected, PROFILE)]
        assert probe.applied(corrected)
        assert in_force(literal, PROFILE) == ()
        assert not probe.applied(literal)


def test_a_setup_lists_only_what_shapes_its_own_output() -> None:
    assert [correction.id for correction in in_force(setup_of(identity="node"), PROFILE)] == [
        "ownership-labels",
        "explicit-namespace",
        "metrics-port-number",
    ]


def test_the_sidecar_is_no_correction_where_a_profile_really_names_it() -> None:
    profile = PROFILE.model_copy(update={"container": "jetstream-http"})
    assert "tpu-container" in [correction.id for correction in in_force(variant("V3"), PROFILE)]
    assert "tpu-container" not in [correction.id for correction in in_force(variant("V3"), profile)]


def test_every_correction_says_what_why_and_where_it_is_known_from() -> None:
    for correction in registry():
        for text in (correction.guide, correction.ours, correction.why, correction.source):
            assert text.strip()
        assert correction.ours.endswith(".")
        assert correction.why.endswith(".")
