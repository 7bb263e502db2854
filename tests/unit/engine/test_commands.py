from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import HPA, NAMESPACE, POD, Ref
from jetscale_tui.engine import commands
from jetscale_tui.engine.plan import (
    Change,
    Create,
    Delete,
    EnableService,
    Grant,
    Keep,
    Plan,
    Revoke,
    Step,
    StepId,
    Update,
)
from tests.unit.engine.scene import SETUP

if TYPE_CHECKING:
    from pathlib import Path

REF = Ref.to(HPA, "h", "default")
BINDING = Binding("roles/monitoring.viewer", "principal://x y")


def test_objects_of_a_step_are_one_apply() -> None:
    changes: list[Change] = [
        Create(REF, {}),
        Create(REF, {}),
        Update(REF, {}, {}, ()),
        Keep(REF, {}),
    ]
    assert commands.for_step(changes, "my ctx", "hpa.yaml") == (
        "kubectl '--context=my ctx' apply --server-side --field-manager=jetscale -f hpa.yaml",
    )


def test_taking_over_is_said_to_kubectl_too() -> None:
    (line,) = commands.for_step([Update(REF, {}, {}, (), force=True)], "c", "f")
    assert "--force-conflicts" in line


def test_deletions_name_the_resource_with_its_group_and_namespace() -> None:
    refs = [REF, Ref.to(POD, "p", "ns"), Ref.to(NAMESPACE, "n")]
    assert commands.for_step([Delete(ref, {}) for ref in refs], "c", "f") == (
        "kubectl --context=c --namespace=default delete horizontalpodautoscalers.autoscaling h",
        "kubectl --context=c --namespace=ns delete pods p",
        "kubectl --context=c delete namespaces n",
    )


def test_google_changes_are_gcloud_commands_with_everything_quoted() -> None:
    changes: list[Change] = [EnableService("p", "s"), Grant("p", BINDING), Revoke("p", BINDING)]
    assert commands.for_step(changes, "c", "f") == (
        "gcloud services enable s --project=p",
        "gcloud projects add-iam-policy-binding p '--member=principal://x y' "
        "--role=roles/monitoring.viewer --condition=None",
        "gcloud projects remove-iam-policy-binding p '--member=principal://x y' "
        "--role=roles/monitoring.viewer --condition=None",
    )
    assert (
        commands.grant("p", BINDING.role, BINDING.member)
        == commands.for_step([Grant("p", BINDING)], "c", "f")[0]
    )
    assert (
        commands.revoke("p", BINDING.role, BINDING.member)
        == commands.for_step([Revoke("p", BINDING)], "c", "f")[0]
    )


def test_the_script_to_hand_over_needs_nothing_else(tmp_path: Path) -> None:
    nasty = {"metadata": {"name": "$(touch pwned) `touch pwned`"}}
    identity = Step(StepId.ADAPTER_IDENTITY, (), commands=("echo granted",))
    scaler = Step(
        StepId.HPA,
        (Create(REF, nasty), Update(REF, nasty, {}, (), force=True)),
        commands=("kubectl apply -f hpa.yaml",),
    )
    plan = Plan(SETUP, "ctx", "s", None, "", (identity, scaler))
    script = commands.script(plan, plan.steps)
    stand_in = tmp_path / "kubectl"
    stand_in.write_text('#!/bin/sh\necho "kubectl $*"\ncat\n')
    stand_in.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        check=True,
    )
    assert done.stdout.startswith("granted\nkubectl --context=ctx apply --server-side")
    assert done.stdout.count("$(touch pwned)") == 2
    assert not (tmp_path / "pwned").exists()
    assert "--force-conflicts" in done.stdout
    assert "kubectl apply -f hpa.yaml" not in script


def test_a_step_without_objects_is_its_commands() -> None:
    step = Step(StepId.SERVICES, (EnableService("p", "s"),), commands=("gcloud x",))
    plan = Plan(SETUP, "ctx", "s", None, "", (step,))
    assert commands.script(plan, plan.steps).endswith("# Enable Google services\ngcloud x\n")
    kept = replace(step, changes=(Keep(REF, {}),))
    assert "kubectl" not in commands.script(plan, [kept])
