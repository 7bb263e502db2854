"""The kubectl, gcloud and helm commands that would do what a step does.

Everything that comes from outside is quoted for a POSIX shell.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, assert_never

from jetscale_tui.engine.plan import (
    Create,
    CreateAccount,
    Delete,
    DeleteAccount,
    EnableService,
    Grant,
    InstallRelease,
    Keep,
    Revoke,
    RollBackRelease,
    UninstallRelease,
    Update,
)
from jetscale_tui.export.helm import VALUES_FILE, upgrade_command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.kinds import Ref
    from jetscale_tui.engine.plan import Change, PolicyChange, ReleaseChange


def for_step(changes: Iterable[Change], context: str, file: str) -> tuple[str, ...]:
    """One line a command; objects are applied from `file`, which holds the step's manifests."""
    lines: dict[str, None] = {}
    for change in changes:
        match change:
            case Create():
                lines[_apply(context, file)] = None
            case Update(force=force):
                lines[_apply(context, file, force=force)] = None
            case Delete(ref=ref):
                lines[_delete(context, ref)] = None
            case Keep():
                pass
            case Grant() | Revoke() | EnableService() | CreateAccount() | DeleteAccount():
                lines[_gcloud(change)] = None
            case InstallRelease() | RollBackRelease() | UninstallRelease():
                lines[_helm(change, context)] = None
            case _:
                assert_never(change)
    return tuple(lines)


def enable_service(project: str, service: str) -> str:
    """Enable a Google service."""
    return _line("gcloud", "services", "enable", service, f"--project={project}")


def get_credentials(cluster: GkeCluster) -> str:
    """Write the kubeconfig entry of a GKE cluster."""
    return _line(
        "gcloud",
        "container",
        "clusters",
        "get-credentials",
        cluster.name,
        f"--location={cluster.location}",
        f"--project={cluster.project}",
    )


def kubectl(context: str, *words: str) -> str:
    """Anything of kubectl, at one context."""
    return _line("kubectl", f"--context={context}", *words)


def grant(project: str, role: str, member: str) -> str:
    """Add a role binding, asking nothing even where the policy holds conditions."""
    return _binding("add", project, role, member)


def revoke(project: str, role: str, member: str) -> str:
    """Take a role binding out, asking nothing even where the policy holds conditions."""
    return _binding("remove", project, role, member)


def _binding(verb: str, project: str, role: str, member: str) -> str:
    return _line(
        "gcloud",
        "projects",
        f"{verb}-iam-policy-binding",
        project,
        f"--member={member}",
        f"--role={role}",
        "--condition=None",
    )


def _gcloud(change: PolicyChange) -> str:
    match change:
        case EnableService(project=project, service=service):
            return enable_service(project, service)
        case Grant(account=account) if account:
            return _account_binding("add", change, account)
        case Revoke(account=account) if account:
            return _account_binding("remove", change, account)
        case Grant(project=project, binding=binding):
            return _binding("add", project, binding.role, binding.member)
        case Revoke(project=project, binding=binding):
            return _binding("remove", project, binding.role, binding.member)
        case CreateAccount(project=project, deleted=deleted) if deleted:
            return _accounts("undelete", deleted, f"--project={project}")
        case CreateAccount(project=project, account_id=account_id):
            return _accounts("create", account_id, f"--project={project}")
        case DeleteAccount(project=project, email=email):
            return _accounts("delete", email, f"--project={project}", "--quiet")
        case _:
            assert_never(change)


def _account_binding(verb: str, change: Grant | Revoke, account: str) -> str:
    return _accounts(
        f"{verb}-iam-policy-binding",
        account,
        f"--role={change.binding.role}",
        f"--member={change.binding.member}",
        f"--project={change.project}",
        "--condition=None",
    )


def _accounts(*words: str) -> str:
    return _line("gcloud", "iam", "service-accounts", *words)


def roll_back(context: str, namespace: str, name: str, target: int) -> str:
    """Bring an earlier revision of a Helm release back."""
    return _line("helm", "rollback", name, str(target), *_helm_place(context, namespace))


def uninstall(context: str, namespace: str, name: str) -> str:
    """Take a Helm release away."""
    return _line("helm", "uninstall", name, *_helm_place(context, namespace))


def _helm(change: ReleaseChange, context: str) -> str:
    match change:
        case InstallRelease():
            return _install(change, context, VALUES_FILE)
        case RollBackRelease(name=name, namespace=namespace, target=target):
            return roll_back(context, namespace, name, target)
        case UninstallRelease(name=name, namespace=namespace):
            return uninstall(context, namespace, name)
        case _:
            assert_never(change)


def _install(change: InstallRelease, context: str, values: str) -> str:
    return upgrade_command(change.release, values, shlex.quote(f"--kube-context={context}"))


def _helm_place(context: str, namespace: str) -> tuple[str, ...]:
    return f"--kube-context={context}", f"--namespace={namespace}", "--wait", "--timeout=10m"


def _apply(context: str, file: str, *, force: bool = False) -> str:
    forced = ["--force-conflicts"] if force else []
    return _line(
        "kubectl",
        f"--context={context}",
        "apply",
        "--server-side",
        "--field-manager=jetscale",
        *forced,
        "-f",
        file,
    )


def _delete(context: str, ref: Ref) -> str:
    where = [f"--namespace={ref.namespace}"] if ref.namespace else []
    resource = f"{ref.kind.plural}.{ref.kind.group}" if ref.kind.group else ref.kind.plural
    return _line("kubectl", f"--context={context}", *where, "delete", resource, ref.name)


def _line(*words: str) -> str:
    return shlex.join(words)
