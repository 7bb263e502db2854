from __future__ import annotations

import pytest
import yaml

from jetscale_tui.domain.spec import Guide, Setup
from jetscale_tui.errors import UsageError
from jetscale_tui.export.formats import Format, export
from jetscale_tui.manifests.build import build
from jetscale_tui.manifests.corrections import in_force
from jetscale_tui.manifests.prometheus_adapter import helm_values
from jetscale_tui.setupfile.load import parse_setup
from tests.unit.manifests.variants import PROFILE, PROJECT, everything, setup_of, variant

EVERYTHING = dict(everything())


def comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line.startswith("#"))


def only(files: dict[str, str]) -> str:
    (text,) = files.values()
    return text


@pytest.mark.parametrize("setup", EVERYTHING.values(), ids=EVERYTHING)
def test_the_manifests_are_the_setup_s_objects_in_apply_order(setup: Setup) -> None:
    text = only(export(Format.MANIFESTS, setup, PROFILE, PROJECT))
    expected = [item for group in build(setup, PROFILE, PROJECT) for item in group.objects]
    assert list(yaml.safe_load_all(text)) == expected


@pytest.mark.parametrize("wanted", Format)
def test_the_same_setup_gives_the_same_bytes(wanted: Format) -> None:
    setup = setup_of("prometheus", install="helm")
    first = export(wanted, setup, PROFILE, PROJECT)
    assert export(wanted, setup.model_copy(deep=True), PROFILE, PROJECT) == first
    assert list(export(wanted, setup, PROFILE, PROJECT)) == list(first)


@pytest.mark.parametrize("wanted", Format)
def test_every_format_lists_the_corrections_in_force_as_comments(wanted: Format) -> None:
    setup = setup_of("prometheus")
    said = comments(next(iter(export(wanted, setup, PROFILE, PROJECT).values())))
    for correction in in_force(setup, PROFILE):
        for text in (correction.id, correction.guide, correction.ours, correction.why):
            assert text in said


@pytest.mark.parametrize("wanted", Format)
def test_a_literal_export_claims_no_correction(wanted: Format) -> None:
    setup = setup_of("prometheus", guide=Guide.LITERAL)
    said = comments(next(iter(export(wanted, setup, PROFILE, PROJECT).values())))
    assert "guide literal" in said
    assert "differs" not in said


def test_the_exported_setup_is_the_same_setup() -> None:
    setup = setup_of("prometheus", install="helm")
    text = only(export(Format.SETUP, setup, PROFILE))
    assert parse_setup(text.encode())[0] == setup


def test_the_kustomization_lists_one_file_a_step() -> None:
    setup = variant("V1")
    files = export(Format.KUSTOMIZE, setup, PROFILE)
    kustomization = yaml.safe_load(files["kustomization.yaml"])
    assert kustomization["resources"] == [
        "scrape-server.yaml",
        "scrape-tpu.yaml",
        "adapter.yaml",
        "hpa.yaml",
    ]
    assert list(files) == ["kustomization.yaml", *kustomization["resources"]]
    for group in build(setup, PROFILE, None):
        assert list(yaml.safe_load_all(files[f"{group.step}.yaml"])) == list(group.objects)


def test_a_kustomization_beside_helm_carries_the_chart_s_values() -> None:
    setup = setup_of("prometheus", install="helm")
    files = export(Format.KUSTOMIZE, setup, PROFILE)
    assert yaml.safe_load(files["values.yaml"]) == helm_values(setup, PROFILE)
    assert "helm upgrade --install jetscale prometheus-adapter" in files["kustomization.yaml"]


@pytest.mark.parametrize("install", ["direct", "helm"])
def test_the_chart_s_values_can_be_had_whoever_installs(install: str) -> None:
    setup = setup_of("prometheus", install=install)
    text = only(export(Format.HELM_VALUES, setup, PROFILE))
    assert yaml.safe_load(text) == helm_values(setup, PROFILE)
    assert "--version=5.3.0" in comments(text)


def test_the_stackdriver_adapter_has_no_chart() -> None:
    with pytest.raises(UsageError, match="not installed with Helm"):
        export(Format.HELM_VALUES, variant("V1"), PROFILE)


def test_what_is_no_manifest_is_said_at_the_top() -> None:
    principal = comments(only(export(Format.MANIFESTS, setup_of(), PROFILE)))
    assert "jetscale export --format script" in principal
    node = comments(only(export(Format.MANIFESTS, setup_of(identity="node"), PROFILE)))
    assert "role binding" not in node


@pytest.mark.parametrize("wanted", Format)
def test_text_of_the_document_cannot_leave_a_comment(wanted: Format) -> None:
    setup = setup_of("prometheus", metadata={"name": "x\nkind: Secret\x85y\u2028z"})
    text = next(iter(export(wanted, setup, PROFILE, PROJECT).values()))
    heading = text.partition("\n")[0] if wanted is not Format.SCRIPT else text.splitlines()[1]
    assert heading.startswith("# JetScale setup x kind: Secret y z: prometheus adapter")
