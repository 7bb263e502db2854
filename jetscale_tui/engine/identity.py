"""The step that lets the adapter read Cloud Monitoring, by grant or by commands to hand over."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from jetscale_tui.domain.google import Binding, Policy, Project, adapter_principal
from jetscale_tui.domain.rights import GooglePermission
from jetscale_tui.domain.spec import Identity
from jetscale_tui.engine import commands, google_writes, rights, risks
from jetscale_tui.engine.plan import CreateAccount, Grant, Step, StepId, is_change
from jetscale_tui.errors import NotFound, PermissionDenied, Rejected
from jetscale_tui.manifests import scope
from jetscale_tui.manifests.build import bindings, google_account
from jetscale_tui.manifests.identity import MONITORING_VIEWER, kubernetes_account

if TYPE_CHECKING:
    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.plan import Change, Risk
    from jetscale_tui.engine.ports import Cloud
    from jetscale_tui.engine.rights import Permissions

_LOOKING = (
    "resourcemanager.projects.get",
    "container.clusters.get",
    "serviceusage.services.get",
)
_GRANTING = ("resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy")
_ACCOUNTS = tuple(
    f"iam.serviceAccounts.{verb}" for verb in ("get", "create", "getIamPolicy", "setIamPolicy")
)
_BRINGING_BACK = GooglePermission("iam.serviceAccounts.undelete")
_VERIFY = "what was granted is read back; that it works is seen when the adapter answers"
_UNDO = "removes only the bindings and the account this run added"


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


def permissions(setup: Setup) -> tuple[str, ...]:
    """What the whole setup needs to be allowed on the project, its services being enabled."""
    match setup.adapter.identity:
        case Identity.NODE:
            return _LOOKING
        case Identity.PRINCIPAL:
            return (*_LOOKING, *_GRANTING)
        case Identity.SERVICE_ACCOUNT:
            return (*_LOOKING, *_GRANTING, *_ACCOUNTS)
        case _:
            assert_never(setup.adapter.identity)


def services_handed_over(setup: Setup) -> Step:
    """The step that enables them, for where Google cannot be asked: the command alone."""
    project = _project_variable(setup) if setup.google.project is None else ()
    where = shlex.quote(setup.google.project) if setup.google.project else '"$PROJECT_ID"'
    return Step(
        StepId.SERVICES,
        (),
        commands=(
            *project,
            f"gcloud services enable {' '.join(services(setup))} --project={where}",
        ),
        verify="they are needed for the adapter to answer",
        undo="leaves them enabled: others may use them by then",
        handed_over=True,
    )


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
    changes, risk = _changes(setup, project, cloud, permissions)
    needed = rights.of_changes(changes)
    missing = permissions.missing(needed)
    to_do = [change for change in changes if is_change(change)]
    return Step(
        StepId.ADAPTER_IDENTITY,
        changes,
        rights=needed,
        missing=missing,
        commands=commands.for_step(to_do, "", ""),
        verify=_VERIFY,
        undo=_UNDO,
        risks=(*risks.workload_identity_off(gke, changes), *risk),
        handed_over=bool(to_do) and bool(missing),
    )


def _changes(
    setup: Setup, project: Project, cloud: Cloud, permissions: Permissions
) -> tuple[tuple[Change, ...], tuple[Risk, ...]]:
    account = google_account(setup, project)
    policy = _policy(project.project_id, cloud)
    of_project = _grants(project.project_id, bindings(setup, project), policy)
    full = risks.policy_full(project.project_id, policy, [g for g in of_project if not g.present])
    if account is None:
        return of_project, full
    made = _account(account.project, account.account_id, policy, cloud, permissions)
    own = _policy(account.project, cloud, account.email)
    bound = _grants(account.project, (account.binding,), own, account.email)
    # In the guide's words the account that is bound is another than the one that is created.
    there = account.email == made.email or _exists(account.project, account.email, cloud)
    other = () if there else (risks.other_account_bound(made.email, account.email),)
    return (made, *bound, *of_project), (*full, *other)


def _account(
    project: str, account_id: str, policy: Policy, cloud: Cloud, permissions: Permissions
) -> CreateAccount:
    """The account: there, or to be brought back where exactly one was deleted, or to be made."""
    wanted = CreateAccount(project, account_id)
    if _exists(project, wanted.email, cloud):
        return replace(wanted, present=True)
    gone = policy.deleted_accounts(wanted.email)
    if len(gone) != 1 or permissions.missing([_BRINGING_BACK]):
        return wanted
    member = f"deleted:serviceAccount:{wanted.email}?uid={gone[0]}"
    roles = sorted(each.role for each in policy.bindings if each.member == member)
    returning = tuple(Binding(role, f"serviceAccount:{wanted.email}") for role in roles)
    return replace(wanted, deleted=gone[0], returning=returning)


def _exists(project: str, email: str, cloud: Cloud) -> bool:
    """Whether an account is known to be there; where one may not look, it counts as missing."""
    try:
        return cloud.service_account(project, email) is not None
    except (PermissionDenied, Rejected):
        # Refused, or the IAM API is not enabled yet: a step before this one does that.
        return False


def _policy(project: str, cloud: Cloud, account: str = "") -> Policy:
    """A policy as far as one may read it; where one may not, it is as if nothing were granted."""
    try:
        return google_writes.policy_of(project, account, cloud)
    except (PermissionDenied, NotFound, Rejected):
        return Policy()


def _grants(
    project: str, wanted: tuple[Binding, ...], policy: Policy, account: str = ""
) -> tuple[Grant, ...]:
    return tuple(Grant(project, each, each in policy.bindings, account) for each in wanted)


def _handed_over(setup: Setup) -> Step:
    """The commands alone, with shell variables for what only Google knows."""
    lines = [*_project_variable(setup)]
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
        account = google_account(setup, stand_in)
        assert account is not None, "only service accounts get here"
        changes: tuple[Change, ...] = (
            CreateAccount(account.project, account.account_id),
            Grant(account.project, account.binding, account=account.email),
            *(Grant(project_id, each) for each in bindings(setup, stand_in)),
        )
        lines = [*commands.for_step(changes, "", "")]
    return Step(
        StepId.ADAPTER_IDENTITY,
        (),
        commands=tuple(lines),
        verify=_VERIFY,
        undo=_UNDO,
        handed_over=True,
    )


def _project_variable(setup: Setup) -> tuple[str, ...]:
    if setup.google.project is None:
        return ('PROJECT_ID="$(gcloud config get-value project)"',)
    return (f"PROJECT_ID={shlex.quote(setup.google.project)}",)
