"""The script of what somebody else has to do: only that, and for whoever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.export.handover import Errand, script
from jetscale_tui.manifests.build import build
from tests.unit.export.stand_ins import applied, complaints, granted, run
from tests.unit.manifests.variants import PROFILE, setup_of

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.spec import Setup

NASTY = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "$(touch pwned) `touch pwned`", "namespace": "END"},
    "data": {"text": "END\nrm -rf /\n"},
}
SERVICES = Errand("Enable", services=("monitoring.googleapis.com", "container.googleapis.com"))
IDENTITY = Errand("Let the adapter read", identity=True)
CREATED = Errand("Make", created=(NASTY,))
CHANGED = Errand("Change", changed=(NASTY,))
TAKEN = Errand("Take over", taken_over=(NASTY,))
RELEASE = Errand("Install", release=True)


def of(setup: Setup, *errands: Errand) -> str:
    return script(setup, PROFILE, errands, ["Ana asks for this."])


def test_every_combination_passes_shellcheck(tmp_path: Path) -> None:
    # A line that looks like the end of a here-document is nothing to sh, but is to shellcheck.
    plain = ({**NASTY, "data": {}},)
    made, changed = Errand("Make", created=plain), Errand("Change", changed=plain)
    everything = (SERVICES, IDENTITY, made, changed, Errand("Take over", taken_over=plain))
    scripts = {
        **{errand.title: of(setup_of(), errand) for errand in everything},
        "all": of(setup_of(), *everything),
        "nameless": of(setup_of(google={"project": None}), *everything),
        "account": of(setup_of(identity="service-account"), IDENTITY),
        "helm": of(setup_of("prometheus", install="helm"), RELEASE),
    }
    files = []
    for name, text in scripts.items():
        files.append(tmp_path / f"{name}.sh")
        files[-1].write_text(text)
    assert complaints(*files) == ""


def test_it_does_its_errands_and_nothing_else(tmp_path: Path) -> None:
    calls = run(of(setup_of(), SERVICES), tmp_path)
    assert [call.words for call in calls] == [
        [
            *("gcloud", "services", "enable", "--project=my-project"),
            *("monitoring.googleapis.com", "container.googleapis.com"),
        ]
    ]


def test_what_it_applies_is_what_jetscale_would_apply(tmp_path: Path) -> None:
    objects = tuple(item for group in build(setup_of(), PROFILE, None) for item in group.objects)
    calls = run(of(setup_of(), Errand("All", created=objects[:3], changed=objects[3:])), tmp_path)
    assert tuple(applied(calls)) == objects
    assert all(
        "--field-manager=jetscale" in c.words for c in calls if c.words[0] == "kubectl" and c.fed
    )


def test_fields_are_taken_over_only_where_that_was_chosen(tmp_path: Path) -> None:
    calls = run(of(setup_of(), CHANGED, TAKEN), tmp_path)
    forced = ["--force-conflicts" in call.words for call in calls if call.fed]
    assert forced == [False, True]


def test_no_text_of_a_cluster_becomes_a_command(tmp_path: Path) -> None:
    (found,) = applied(run(of(setup_of(), CREATED), tmp_path))
    assert found == NASTY


def test_the_context_is_that_of_whoever_runs_it(tmp_path: Path) -> None:
    setup = setup_of(kubernetes={"context": "only-ana-has-this"})
    calls = run(of(setup, CREATED), tmp_path)
    assert "only-ana-has-this" not in str(calls)
    assert any("get-credentials" in call.words for call in calls), "it is fetched where missing"
    assert "--context=gke_my-project_us-central1_tpu-cluster" in calls[-1].words


@pytest.mark.parametrize(("variable", "errand"), [("CONTEXT", CREATED), ("PROJECT_ID", SERVICES)])
def test_what_nobody_knows_is_asked_for_before_anything_is_done(
    variable: str, errand: Errand, tmp_path: Path
) -> None:
    text = of(setup_of(google={"project": None}), errand)
    assert f"{variable}:?" in text
    calls = run(f"{variable}=given\nexport {variable}\n{text}", tmp_path)
    assert "given" in str(calls[-1].words)


def test_the_adapter_is_granted_its_role(tmp_path: Path) -> None:
    ((*_, role, member, condition),) = granted(run(of(setup_of(), IDENTITY), tmp_path))
    assert role == "--role=roles/monitoring.viewer"
    assert member.startswith("--member=principal://iam.googleapis.com/projects/123456789012/")
    assert condition == "--condition=None"


def test_only_the_tools_it_uses_are_needed() -> None:
    def needed(text: str) -> list[str]:
        return [line.split()[1] for line in text.splitlines() if line.startswith("need ")]

    nowhere = setup_of(google={"project": None})
    with_helm = setup_of("prometheus", install="helm")
    assert needed(of(setup_of(), IDENTITY)) == ["gcloud"]
    assert needed(of(nowhere, CREATED)) == ["kubectl"]
    assert needed(of(setup_of(), CREATED)) == ["gcloud", "kubectl"]
    assert needed(of(with_helm, RELEASE)) == ["gcloud", "kubectl", "helm"]


def test_its_end_says_how_to_take_back_what_it_made() -> None:
    end = of(setup_of(), CREATED, IDENTITY).rpartition("To take back")[2]
    assert "remove-iam-policy-binding" in end
    assert "#   kubectl delete configmaps" in end
    assert "To take back" not in of(setup_of(), CHANGED), "a change is not undone by deleting"
