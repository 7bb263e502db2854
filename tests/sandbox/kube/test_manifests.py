"""What JetScale writes, as the real kubectl and helm take it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from jetscale_tui.cluster.helm import HelmProcess
from jetscale_tui.domain.kinds import Ref
from jetscale_tui.domain.spec import Guide
from jetscale_tui.export.formats import Format, export
from jetscale_tui.manifests import prometheus_adapter
from jetscale_tui.manifests.build import build, helm_release
from jetscale_tui.wiring import RealBackend
from tests.unit.manifests.variants import PROFILE, PROJECT, VARIANTS, everything, setup_of, variant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.tools import Tool

CHART = Path(__file__).parents[2] / "data" / "charts" / "prometheus-adapter"
APPLY = ("apply", "--server-side", "--dry-run=server", "--field-manager=jetscale")


def objects(guide: Guide) -> list[Json]:
    """Every object of every variant, identity and way to install, each once."""
    found = {
        json.dumps(obj, sort_keys=True): obj
        for _, setup in everything()
        if setup.guide is guide
        for group in build(setup, PROFILE, PROJECT)
        for obj in group.objects
    }
    return list(found.values())


@pytest.fixture(scope="module", autouse=True)
def namespace(kubectl: Tool) -> Iterator[None]:
    """A dry run creates no namespace for the objects after it."""
    kubectl.done("create", "namespace", "custom-metrics")
    yield
    kubectl.done("delete", "namespace", "custom-metrics")


@pytest.mark.parametrize("guide", Guide)
def test_every_object_of_every_variant_passes_a_server_side_dry_run(
    kubeconfig: Path, guide: Guide
) -> None:
    cluster = RealBackend(kubeconfig).cluster()
    found = objects(guide)
    assert len(found) >= 40
    for obj in found:
        # The guide leaves some namespaces to kubectl, which fills them in.
        placed = {**obj, "metadata": {**obj["metadata"]}}
        if namespace := Ref.of(obj).namespace:
            placed["metadata"]["namespace"] = namespace
        assert cluster.apply(placed, dry_run=True)["metadata"]["name"] == obj["metadata"]["name"]


@pytest.mark.parametrize("guide", Guide)
def test_the_real_kubectl_applies_all_of_them_in_a_dry_run(
    kubectl: Tool, tmp_path: Path, guide: Guide
) -> None:
    file = tmp_path / "all.yaml"
    found = objects(guide)
    file.write_text(yaml.safe_dump_all(found))
    lines = kubectl.done(*APPLY, "-f", str(file)).splitlines()
    assert len(lines) == len(found)
    assert all(line.endswith("serverside-applied (server dry run)") for line in lines)


@pytest.mark.parametrize("name", ["V1", "V6"])
def test_exported_manifests_go_through_kubectl_as_they_are(
    kubectl: Tool, tmp_path: Path, name: str
) -> None:
    (text,) = export(Format.MANIFESTS, variant(name), PROFILE).values()
    file = tmp_path / "manifests.yaml"
    file.write_text(text)
    assert "serverside-applied" in kubectl.done(*APPLY, "-f", str(file))


@pytest.mark.parametrize("guide", Guide)
@pytest.mark.parametrize("adapter", ["V3", "V7-prometheus"])
def test_kubectl_kustomize_builds_what_manifests_holds(
    kubectl: Tool, tmp_path: Path, adapter: str, guide: Guide
) -> None:
    setup = variant(adapter, guide)
    for name, text in export(Format.KUSTOMIZE, setup, PROFILE).items():
        (tmp_path / name).write_text(text)
    built = list(yaml.safe_load_all(kubectl.done("kustomize", str(tmp_path))))
    (manifests,) = export(Format.MANIFESTS, setup, PROFILE).values()

    def in_order(found: list[Json]) -> list[str]:
        return sorted(json.dumps(obj, sort_keys=True) for obj in found)

    assert in_order(built) == in_order(list(yaml.safe_load_all(manifests)))
    piped = kubectl.done("apply", "-k", str(tmp_path), "--server-side", "--dry-run=server")
    assert "horizontalpodautoscaler.autoscaling/jetstream-hpa" in piped


@pytest.mark.parametrize(
    "name", [name for name, (adapter, _) in VARIANTS.items() if adapter == "prometheus"]
)
def test_helm_makes_of_the_values_what_is_applied_directly(
    helm: Tool, monkeypatch: pytest.MonkeyPatch, kubeconfig: Path, name: str
) -> None:
    monkeypatch.setenv("PATH", str(helm.binary.parent), prepend=":")
    monkeypatch.setenv("HOME", str(helm.home))
    setup = setup_of(*VARIANTS[name], install="helm")
    release = helm_release(setup, PROFILE)
    assert release is not None
    rendered = HelmProcess(kubeconfig, "sandbox", chart=str(CHART)).render(release)
    direct = prometheus_adapter.objects(setup, PROFILE)
    assert {Ref.of(obj) for obj in rendered} == {Ref.of(obj) for obj in direct}

    def of_kind(found: tuple[Json, ...], kind: str) -> Json:
        return next(obj for obj in found if obj["kind"] == kind)

    def adapter(found: tuple[Json, ...]) -> Json:
        container: Json
        (container,) = of_kind(found, "Deployment")["spec"]["template"]["spec"]["containers"]
        return container

    assert adapter(rendered)["args"] == adapter(direct)["args"]
    assert adapter(rendered)["ports"] == adapter(direct)["ports"]
    configs = [of_kind(each, "ConfigMap")["data"]["config.yaml"] for each in (rendered, direct)]
    assert yaml.safe_load(configs[0]) == yaml.safe_load(configs[1])
    api_services = [of_kind(each, "APIService")["spec"] for each in (rendered, direct)]
    assert api_services[0] == api_services[1]


def test_helm_template_and_a_dry_run_on_the_server_take_exported_values(
    helm: Tool, tmp_path: Path
) -> None:
    (values,) = export(Format.HELM_VALUES, variant("V6"), PROFILE).values()
    file = tmp_path / "values.yaml"
    file.write_text(values)
    with_values = ("jetscale", str(CHART), "--values", str(file))
    text = helm.done("template", *with_values)
    assert "--metrics-max-age=10m" in text
    assert "memory_used_percentage" in text
    ran = helm.done("upgrade", "--install", *with_values, "--dry-run=server")
    assert "v1beta1.external.metrics.k8s.io" in ran
