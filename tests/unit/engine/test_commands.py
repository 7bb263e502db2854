from __future__ import annotations

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
    Revoke,
    Update,
)

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
