from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.domain.spec import Guide
from jetscale_tui.export.hcl import Block, Call, Expression, quoted, render
from jetscale_tui.export.terraform import terraform
from jetscale_tui.manifests.build import build
from tests.unit.manifests.variants import PROFILE, PROJECT, everything, setup_of, variant

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup

EVERYTHING = dict(everything())


def resource(text: str, address: str) -> str:
    """The block of one resource, without its first and last line."""
    kind, name = address.split(".")
    found = re.search(rf'^resource "{kind}" "{name}" {{\n(.*?)^}}', text, re.M | re.S)
    assert found, address
    return found[1]


@pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform here")
def test_the_file_is_as_terraform_fmt_would_write_it() -> None:
    """One run for all; `fmt` parses what it formats."""
    together = "\n".join(terraform(setup, PROFILE, None) for setup in EVERYTHING.values())
    formatted = subprocess.run(
        ["terraform", "fmt", "-"],
        input=together,
        text=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "TF_CLI_CONFIG_FILE": os.devnull},
        check=False,
    )
    assert (formatted.returncode, formatted.stdout == together) == (0, True), formatted.stderr


@pytest.mark.parametrize("setup", EVERYTHING.values(), ids=EVERYTHING)
def test_every_object_is_one_resource_that_waits_for_the_one_before(setup: Setup) -> None:
    text = terraform(setup, PROFILE, PROJECT)
    objects = [item for group in build(setup, PROFILE, PROJECT) for item in group.objects]
    resources = re.findall(r'^resource "(kubernetes_manifest|helm_release)" "(\w+)"', text, re.M)
    manifests = [name for kind, name in resources if kind == "kubernetes_manifest"]
    assert len(manifests) == len(set(manifests)) == len(objects)
    before = "google_project_service.needed"
    for kind, name in resources:
        assert f"depends_on = [{before}" in " ".join(resource(text, f"{kind}.{name}").split())
        before = f"{kind}.{name}"


def test_bindings_are_single_members_and_never_whole_policies() -> None:
    for setup in EVERYTHING.values():
        text = terraform(setup, PROFILE, PROJECT)
        assert not re.search(r"_iam_(binding|policy)\b", text)


def test_the_principal_takes_its_number_from_google_when_terraform_runs() -> None:
    text = terraform(setup_of(), PROFILE, None)
    assert resource(text, "google_project_iam_member.adapter").split() == [
        *("project", "=", "local.project_id"),
        *("role", "=", '"roles/monitoring.viewer"'),
        "member",
        "=",
        '"principal://iam.googleapis.com/projects/${data.google_project.project.number}/locations/'
        "global/workloadIdentityPools/${local.project_id}.svc.id.goog/subject/ns/custom-metrics/sa/"
        'custom-metrics-stackdriver-adapter"',
    ]


def test_the_adapter_waits_for_its_identity() -> None:
    text = terraform(setup_of(), PROFILE, None)
    first = resource(text, "kubernetes_manifest.namespace_custom_metrics")
    assert "google_project_iam_member.adapter]" in first


@pytest.mark.parametrize("guide", Guide)
def test_the_google_service_account_that_is_bound_is_the_created_one_unless_literal(
    guide: Guide,
) -> None:
    setup = setup_of("prometheus", identity="service-account", guide=guide)
    text = terraform(setup, PROFILE, PROJECT)
    assert '"prom-frontend-sa"' in resource(text, "google_service_account.adapter")
    bound = resource(text, "google_service_account_iam_member.adapter")
    granted = resource(text, "google_project_iam_member.adapter")
    if guide is Guide.CORRECTED:
        assert "= google_service_account.adapter.name\n" in bound
        assert '"serviceAccount:${google_service_account.adapter.email}"' in granted
    else:
        assert "/jetstream-iam-sa@my-project.iam.gserviceaccount.com" in bound
        assert '"serviceAccount:jetstream-iam-sa@my-project' in granted


def test_nodes_that_bring_their_rights_are_granted_nothing() -> None:
    assert "iam_member" not in terraform(setup_of(identity="node"), PROFILE, PROJECT)


def test_helm_installs_the_pinned_chart_unless_the_guide_is_wanted_literally() -> None:
    corrected = terraform(setup_of("prometheus", install="helm"), PROFILE, PROJECT)
    assert re.search(r'version += "5.3.0"', resource(corrected, "helm_release.prometheus_adapter"))
    literal = setup_of("prometheus", install="helm", guide=Guide.LITERAL)
    release = resource(terraform(literal, PROFILE, PROJECT), "helm_release.prometheus_adapter")
    assert "version" not in release


def test_the_kubeconfig_is_used_where_the_setup_names_a_context_or_no_cluster() -> None:
    named = terraform(setup_of(kubernetes={"context": "mine"}), PROFILE, PROJECT)
    assert re.search(r'config_path += "~/.kube/config"\n +config_context = "mine"', named)
    unknown = terraform(setup_of(google={"project": "my-project"}), PROFILE, PROJECT)
    assert "config_context" not in unknown
    assert "google_container_cluster" not in unknown


def test_without_a_project_terraform_asks_for_one() -> None:
    setup = setup_of(google={"location": "us-central1", "cluster": "tpu-cluster"})
    text = terraform(setup, PROFILE, None)
    assert 'variable "project_id"' in text
    assert "project_id = var.project_id" in text
    assert 'variable "project_id"' not in terraform(setup_of(), PROFILE, None)


def test_objects_whose_names_differ_in_signs_only_stay_apart() -> None:
    setup = variant("V1")
    scrape = setup.scrape.model_copy(
        update={
            "server": setup.scrape.server.model_copy(update={"name": "my.metrics"}),
            "tpu": setup.scrape.tpu.model_copy(update={"name": "my-metrics"}),
        }
    )
    text = terraform(setup.model_copy(update={"scrape": scrape}), PROFILE, PROJECT)
    assert 'resource "kubernetes_manifest" "podmonitoring_my_metrics"' in text
    assert 'resource "kubernetes_manifest" "podmonitoring_my_metrics_"' in text


def test_hcl_is_laid_out_as_terraform_lays_it_out() -> None:
    block = Block(
        "resource",
        ("kind", "name"),
        {
            "short": 1,
            "much_longer": True,
            "object": {"for": "x", "app.kubernetes.io/name": Expression("a.b")},
            "empty": {},
            "one": [{"a": 1.5}],
            "several": [{"a": 1}, {}],
            "call": Call("toset", ["x", "y"]),
        },
        (Block("nested", (), {}), Block("nested", (), {"x": "y"})),
    )
    assert (
        render([block, Block("data", ("x",), {})])
        == """\
resource "kind" "name" {
  short       = 1
  much_longer = true
  object = {
    "for"                    = "x"
    "app.kubernetes.io/name" = a.b
  }
  empty = {}
  one = [{
    a = 1.5
  }]
  several = [
    {
      a = 1
    },
    {},
  ]
  call = toset(["x", "y"])

  nested {}

  nested {
    x = "y"
  }
}

data "x" {}
"""
    )


@given(st.text(st.characters(codec="utf-8")))
def test_a_string_holds_no_template_and_no_line_break(text: str) -> None:
    written = quoted(text)
    assert "\n" not in written
    inside = written[1:-1]
    assert not re.search(r"(?<!\$)(?:\$\$)*\$\{", inside)
    assert not re.search(r"(?<!%)(?:%%)*%\{", inside)
    assert not re.search(r'(?<!\\)(?:\\\\)*"', inside)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("${x}", '"$${x}"'),
        ("%{if}", '"%%{if}"'),
        ('a"b\\', '"a\\"b\\\\"'),
        ("\n\t\r", '"\\n\\t\\r"'),
        ("\x00\U000e0001", '"\\u0000\\U000e0001"'),
        ("é", '"é"'),
    ],
)
def test_signs_terraform_reads_are_escaped(text: str, written: str) -> None:
    assert quoted(text) == written
