"""The step that lets the adapter read Cloud Monitoring, by grant or by commands to hand over."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import Project, adapter_principal
from jetscale_tui.domain.spec import Identity
from jetscale_tui.engine import commands, rights, risks
from jetscale_tui.engine.plan import Grant, Step, StepId
from jetscale_tui.errors import PermissionDenied
from jetscale_tui.manifests import scope
from jetscale_tui.manifests.build import bindings, google_account
from jetscale_tui.manifests.identity import MONITORING_VIEWER, kubernetes_account

if TYPE_CHECKING:
    from jetscale_tui.domain.google import Binding, GkeCluster
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Cloud
    from jetscale_tui.engine.rights import Permissions

PERMISSIONS = ("resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy")
"""What granting needs on the project."""
_VERIFY = "the binding is read back; that it works is seen when the adapter answers"
_UNDO = "removes only the bindings this run added"


def services(setup: Setup) -> tuple[str, ...]:
    """Google services the setup needs."""
    needed = (
        "container.googleapis.com",
        "monitoring.googleapis.com",
        "cloudresourcemanager.googleapis.com",
    )
    if setup.adapter.identity is Identity.SERVICE_ACCOUNT:
        return (*needed, "iam.googleapis.com", "iamcredentials.googleapis.com")
    return needed


def build_step(
    setup: Setup,
    project: Project | None,
    gke: GkeCluster | None,
    cloud: Cloud | None,
    permissions: Permissions,
) -> Step | None:
    """The step; None when the adapter uses its node's identity."""
    if setup.adapter.identity is Identity.NODE:
        return None
    if project is None or cloud is None:
        return _handed_over(setup)
    changes = _grants(project, bindings(setup, project), cloud)
    needed = rights.of_changes(changes)
    missing = permissions.missing(needed)
    step_commands = commands.for_step((c for c in changes if not c.present), "", "")
    by_account = account_commands(setup, project)
    return Step(
        StepId.ADAPTER_IDENTITY,
        changes,
        rights=needed,
        missing=missing,
        commands=(*by_account, *step_commands),
        verify=_VERIFY,
        undo=_UNDO,
        risks=risks.workload_identity_off(gke, changes),
        handed_over=any(not c.present for c in changes) and (bool(missing) or bool(by_account)),
    )


def account_commands(setup: Setup, project: Project) -> tuple[str, ...]:
    """Commands that make the Google service account and let the adapter act as it.

    None for the other identities.
    """
    account = google_account(setup, project)
    if account is None:
        return ()
    in_project = f"--project={account.project}"
    create = ["gcloud", "iam", "service-accounts", "create", account.account_id, in_project]
    bind = ["gcloud", "iam", "service-accounts", "add-iam-policy-binding", account.email]
    member = [f"--role={account.binding.role}", f"--member={account.binding.member}", in_project]
    return (shlex.join(create), shlex.join([*bind, *member]))


def _grants(project: Project, wanted: tuple[Binding, ...], cloud: Cloud) -> tuple[Grant, ...]:
    try:
        present = cloud.policy(project.project_id).bindings
    except PermissionDenied:
        present = frozenset()
    return tuple(Grant(project.project_id, each, present=each in present) for each in wanted)


def _handed_over(setup: Setup) -> Step:
    """The commands alone, with shell variables for what only Google knows."""
    project_id = setup.google.project
    lines = [
        f"PROJECT_ID={shlex.quote(project_id)}"
        if project_id
        else 'PROJECT_ID="$(gcloud config get-value project)"',
    ]
    if setup.adapter.identity is Identity.PRINCIPAL:
        reader = kubernetes_account(setup)
        stand_in = Project(project_id="${PROJECT_ID}", number="${PROJECT_NUMBER}")
        member = adapter_principal(stand_in, reader.namespace, reader.name)
        lines += [
            'PROJECT_NUMBER="$(gcloud projects describe "$PROJECT_ID" '
            "--format='value(projectNumber)')\"",
            'gcloud projects add-iam-policy-binding "$PROJECT_ID" '
            f'--role={MONITORING_VIEWER} --member="{member}" --condition=None',
        ]
    else:
        project_id = scope.project_id(setup, None)
        stand_in = Project(project_id=project_id, number="")
        lines = [*account_commands(setup, stand_in)]
        lines += [
            commands.grant(project_id, each.role, each.member) for each in bindings(setup, stand_in)
        ]
    return Step(
        StepId.ADAPTER_IDENTITY,
        (),
        commands=tuple(lines),
        verify=_VERIFY,
        undo=_UNDO,
        handed_over=True,
    )
