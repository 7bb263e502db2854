"""The link of the adapter's identity: whether whoever reads Cloud Monitoring may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.google import adapter_principal
from jetscale_tui.domain.kinds import POD, SERVICE_ACCOUNT, Ref
from jetscale_tui.engine import commands, observe
from jetscale_tui.engine.doctor.chain import kubectl
from jetscale_tui.engine.doctor.links import LinkId, Remedy, broken, fine, unknown
from jetscale_tui.errors import NotFound
from jetscale_tui.manifests.identity import ANNOTATION, MONITORING_VIEWER, WORKLOAD_IDENTITY_USER

if TYPE_CHECKING:
    from jetscale_tui.domain.google import Policy, Project
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.doctor.chain import Walk
    from jetscale_tui.engine.doctor.links import Link

_READERS = (
    MONITORING_VIEWER,
    "roles/monitoring.editor",
    "roles/monitoring.admin",
    "roles/viewer",
    "roles/editor",
    "roles/owner",
)
"""Roles that let their holder read metrics."""


def identity(walk: Walk) -> Link:
    """Whether whoever reads Cloud Monitoring may."""
    here = LinkId.IDENTITY
    if walk.reader is None:
        return fine(here, "not needed")
    account = _account_of(walk.reader)
    shown = "/".join(account)
    if walk.cloud is None:
        if walk.refusal:
            return broken(
                here,
                "I1",
                f"Google refuses {shown}",
                why=walk.refusal,
                fix=f"Grant it {MONITORING_VIEWER}. {walk.cloud_trouble}",
                command=walk.patient.apply_command,
                remedy=Remedy.APPLY,
            )
        return unknown(here, f"{shown}; {walk.cloud_trouble[:1].lower()}{walk.cloud_trouble[1:]}")
    project = walk.cloud.project(str(walk.patient.setup.google.project))
    member = _member(walk, project, account)
    policy = walk.cloud.policy(project.project_id)
    if any((b.member == member and b.role in _READERS) for b in policy.bindings):
        if walk.refusal or walk.crash:
            return _not_yet(walk, shown)
        return fine(here, f"{shown} may read the metrics of {project.project_id}")
    if not walk.missing:
        return fine(here, f"{shown} is answered, by a grant of another kind")
    return _not_granted(walk, project, policy, account, member)


def _not_granted(
    walk: Walk, project: Project, policy: Policy, account: tuple[str, str], member: str
) -> Link:
    here, shown = LinkId.IDENTITY, "/".join(account)
    gone = policy.deleted_accounts(member.partition(":")[2])
    if gone:
        return broken(
            here,
            "I7",
            f"{member} was deleted and made anew: the old grant is for the old one",
            why=f"The policy still names uid {', '.join(gone)}.",
            fix="Grant it again.",
            command=commands.grant(project.project_id, MONITORING_VIEWER, member),
            remedy=Remedy.APPLY,
        )
    off = _workload_identity_off(walk)
    if off:
        return broken(here, "I1", off[0], why=walk.refusal, fix=off[1], command=off[2])
    return broken(
        here,
        "I1",
        f"{shown} may not read Cloud Monitoring",
        why=walk.refusal or walk.crash or f"No role that reads metrics is granted to {member}.",
        fix=f"Grant it {MONITORING_VIEWER}; Google needs 2 minutes as a rule, 10 at most.",
        command=commands.grant(project.project_id, MONITORING_VIEWER, member),
        remedy=Remedy.APPLY,
    )


def _not_yet(walk: Walk, shown: str) -> Link:
    """Granted, and still refused: Google is not there yet, or the pod sits in back-off (I6)."""
    reader = walk.reader or {}
    labels = observe.label_selector(reader["spec"]["selector"].get("matchLabels") or {})
    namespace = observe.namespace_of(reader)
    return broken(
        LinkId.IDENTITY,
        "I6",
        f"{shown} was granted the role, and Google refuses it still",
        why=walk.refusal or walk.crash,
        fix="A grant takes 2 minutes as a rule, 10 at most. Then end the back-off of its pods:",
        command=kubectl(walk, "delete", POD.plural, f"--selector={labels}", namespace=namespace),
    )


def _workload_identity_off(walk: Walk) -> tuple[str, str, str] | None:
    """What, fix and command where pods have no identity of their own; None where they have."""
    google = walk.patient.setup.google
    if walk.cloud is None or not (google.project and google.location and google.cluster):
        return None
    gke = walk.cloud.cluster(google.project, google.location, google.cluster)
    if gke.workload_pool:
        return None
    return (
        f"Workload Identity is off in {gke.name}: pods act as their node",
        f"Grant {MONITORING_VIEWER} to the nodes' service account and set adapter.identity to "
        "node, or switch Workload Identity on.",
        f"gcloud container clusters update {gke.name} --location={gke.location} "
        f"--project={gke.project} --workload-pool={gke.project}.svc.id.goog",
    )


def _member(walk: Walk, project: Project, account: tuple[str, str]) -> str:
    """Who a Kubernetes service account is to Google: itself, or the account it is annotated with.

    An annotation counts only with a binding that lets the one act as the other.
    """
    namespace, name = account
    found = walk.cluster.get(Ref.to(SERVICE_ACCOUNT, name, namespace)) or {}
    annotations = (found.get("metadata") or {}).get("annotations") or {}
    email = annotations.get(ANNOTATION)
    principal = adapter_principal(project, namespace, name)
    if not email or walk.cloud is None:
        return principal
    member = f"serviceAccount:{project.project_id}.svc.id.goog[{namespace}/{name}]"
    try:
        policy = walk.cloud.account_policy(project.project_id, email)
    except NotFound:
        return principal
    acts = any(b.role == WORKLOAD_IDENTITY_USER and b.member == member for b in policy.bindings)
    return f"serviceAccount:{email}" if acts else principal


def _account_of(deployment: Json) -> tuple[str, str]:
    pod = deployment["spec"]["template"]["spec"]
    return observe.namespace_of(deployment), pod.get("serviceAccountName") or "default"
