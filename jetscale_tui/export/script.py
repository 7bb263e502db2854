"""A POSIX shell script of gcloud, kubectl and helm commands that does what JetScale would do.

Every value of the document enters the script quoted, as the value of a variable, as a quoted word
or inside a here-document that nothing is expanded in.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from urllib.parse import quote

from jetscale_tui.domain.spec import Identity
from jetscale_tui.export import shell
from jetscale_tui.export.comments import commented, heading
from jetscale_tui.export.helm import upgrade_command
from jetscale_tui.manifests.build import build, google_account, helm_release, metric_query
from jetscale_tui.manifests.dump import document, manifests
from jetscale_tui.manifests.hpa import hpa_name
from jetscale_tui.manifests.identity import MONITORING_VIEWER, kubernetes_account
from jetscale_tui.manifests.metadata import is_literal
from jetscale_tui.manifests.rbac import EXTERNAL_METRICS_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.manifests.build import ObjectGroup
    from jetscale_tui.manifests.identity import GoogleAccount

_SERVICES = ("container", "monitoring", "cloudresourcemanager")
_ACCOUNT_SERVICES = ("iam", "iamcredentials")
_PRINCIPAL = (
    "principal://iam.googleapis.com/projects/${PROJECT_NUMBER}/locations/global/"
    "workloadIdentityPools/${PROJECT_ID}.svc.id.goog/subject/ns/${READER_NAMESPACE}/sa/${READER}"
)


def script(setup: Setup, profile: Profile, project: Project | None) -> str:
    """The whole script. It stops at the first command that fails and may be run again."""
    groups = build(setup, profile, project)
    head = heading(
        setup,
        profile,
        "Run with: sh FILE. It stops at the first command that fails and may be run again.",
        "CONTEXT and PROJECT_NUMBER may be set beforehand, to a kubeconfig context and a number.",
    )
    sections = [
        f"#!/bin/sh\n{head}\nset -eu\n",
        shell.needs(_tools(setup, profile)),
        _variables(setup, project),
        "\n".join((shell.KUBE, shell.APPLY, shell.WAIT_FOR_VALUE)),
        _services(setup),
        _metrics_port(setup, profile),
        *(_applied(group) for group in groups if group.step.startswith("scrape")),
        identity(setup, google_account(setup, project)),
        *(_applied(group) for group in groups if group.step == "adapter"),
        helm(setup, profile),
        _adapter_is_up(setup, profile, groups),
        *(_applied(group) for group in groups if group.step == "hpa"),
        _autoscaler_is_active(setup),
        _undo(setup, profile, project, groups),
    ]
    return "\n".join(section for section in sections if section)


def _tools(setup: Setup, profile: Profile) -> list[str]:
    return ["gcloud", "kubectl", *(["helm"] if helm_release(setup, profile) else [])]


def _variables(setup: Setup, project: Project | None) -> str:
    lines = [shell.project_id(project.project_id if project else setup.google.project)]
    if setup.adapter.identity is Identity.PRINCIPAL:
        lines += shell.project_number(project.number if project else None)
    return "\n".join([*lines, *shell.context(setup.google, setup.kubernetes.context)]) + "\n"


def _services(setup: Setup) -> str:
    account = setup.adapter.identity is Identity.SERVICE_ACCOUNT
    names = [*_SERVICES, *(_ACCOUNT_SERVICES if account else ())]
    hosts = " \\\n  ".join(f"{name}.googleapis.com" for name in names)
    return f'# Step services\ngcloud services enable --project="$PROJECT_ID" \\\n  {hosts}\n'


def _metrics_port(setup: Setup, profile: Profile) -> str:
    argument = profile.metrics_argument.replace("{port}", str(setup.workload.metrics_port))
    return commented(
        [
            "Step metrics-port",
            f"The container {profile.container} of Deployment {setup.workload.deployment} must run "
            f"with the argument {argument}.",
            "Adding it restarts the pods, so it is left to you.",
        ]
    )


def _applied(group: ObjectGroup) -> str:
    return commented([f"Step {group.step}"]) + shell.fed("apply", manifests(group.objects))


def identity(setup: Setup, account: GoogleAccount | None) -> str:
    """What lets the adapter read Cloud Monitoring; sets MEMBER to who is granted that."""
    if setup.adapter.identity is Identity.NODE:
        return commented(
            [
                "Step adapter-identity",
                f"The nodes' own service account needs {MONITORING_VIEWER}, and their pool the "
                "scope monitoring.read.",
            ]
        )
    lines = ["# Step adapter-identity. A new binding takes effect within minutes, at most ten."]
    if account is None:
        reader = kubernetes_account(setup)
        lines.append(f"READER_NAMESPACE={shlex.quote(reader.namespace)}")
        lines.append(f"READER={shlex.quote(reader.name)}")
        lines.append(f'MEMBER="{_PRINCIPAL}"')
    else:
        lines += _account(setup, account)
    lines += _bound('gcloud projects add-iam-policy-binding "$PROJECT_ID"', setup)
    return "\n".join(lines) + "\n"


def _account(setup: Setup, account: GoogleAccount) -> Iterator[str]:
    project = shlex.quote(account.project)
    created = shlex.quote(f"{account.account_id}@{account.project}.iam.gserviceaccount.com")
    name = shlex.quote(account.account_id)
    yield f"if ! gcloud iam service-accounts describe {created} --project={project} \\"
    yield "  >/dev/null 2>&1; then"
    yield f"  gcloud iam service-accounts create {name} --project={project}"
    yield "fi"
    yield f"MEMBER={shlex.quote(account.binding.member)}"
    yield from _bound(
        f"gcloud iam service-accounts add-iam-policy-binding {shlex.quote(account.email)} \\\n"
        f"  --project={project}",
        setup,
        role=account.binding.role,
    )
    yield f"MEMBER={shlex.quote(f'serviceAccount:{account.email}')}"


def _bound(command: str, setup: Setup, *, role: str = MONITORING_VIEWER) -> Iterator[str]:
    yield f"{command} \\"
    yield f'  --role={role} --member="$MEMBER"{_condition(setup)} >/dev/null'


def _condition(setup: Setup) -> str:
    """Without it, gcloud asks back on a policy that holds conditions; the guide has none."""
    return "" if is_literal(setup) else " --condition=None"


def helm(setup: Setup, profile: Profile) -> str:
    """The release of prometheus-adapter; empty where helm has no part in the setup."""
    release = helm_release(setup, profile)
    if release is None:
        return ""
    command = upgrade_command(release, "-", '--kube-context="$CONTEXT"')
    return "# prometheus-adapter, from its chart\n" + shell.fed(command, document(release.values))


def _adapter_is_up(setup: Setup, profile: Profile, groups: Iterable[ObjectGroup]) -> str:
    objects = [item for group in groups if group.step == "adapter" for item in group.objects]
    lines = ["# The adapter is done when the exact metric has a value."]
    lines += [
        f"kube rollout status {shlex.quote('deployment/' + item['metadata']['name'])}"
        f"{shell.namespace_option(item)} --timeout=10m"
        for item in objects
        if item["kind"] == "Deployment"
    ]
    services = [item["metadata"]["name"] for item in objects if item["kind"] == "APIService"]
    for name in services or [f"v1beta1.{EXTERNAL_METRICS_GROUP}"]:
        lines.append(f"kube wait --for=condition=Available apiservice/{name} --timeout=10m")
    for target in setup.scaling.metrics:
        asked = metric_query(setup, profile, target.name)
        query = "&".join(f"{key}={quote(value)}" for key, value in asked.query.items())
        path = f"{asked.path}?{query}" if query else asked.path
        lines.append(f"wait_for_value {shlex.quote(path)}")
    return "\n".join(lines) + "\n"


def _autoscaler_is_active(setup: Setup) -> str:
    name = shlex.quote(f"hpa/{hpa_name(setup)}")
    namespace = shlex.quote(setup.workload.namespace)
    return (
        f"kube wait --for=condition=ScalingActive {name} --namespace={namespace} --timeout=10m\n"
        f"kube get {name} --namespace={namespace}\n"
    )


def _undo(
    setup: Setup, profile: Profile, project: Project | None, groups: tuple[ObjectGroup, ...]
) -> str:
    """How to take it back, as comments: the reverse order, APIServices before their backends."""
    objects = [item for group in groups for item in group.objects]
    hpa, *others = reversed(objects)
    lines = [
        "To take it back, with the variables above, and only what was not there before:",
        f"  {shell.deletion(hpa)}",
    ]
    release = helm_release(setup, profile)
    if release is not None:
        namespace = shlex.quote(release.namespace)
        lines.append(f"  helm uninstall {shlex.quote(release.name)} --namespace={namespace}")
    lines += [f"  {shell.deletion(item)}" for item in others]
    if setup.adapter.identity is not Identity.NODE:
        lines.append(
            '  gcloud projects remove-iam-policy-binding "$PROJECT_ID" '
            f'--role={MONITORING_VIEWER} --member="$MEMBER"{_condition(setup)}'
        )
    account = google_account(setup, project)
    if account is not None:
        email = f"{account.account_id}@{account.project}.iam.gserviceaccount.com"
        lines.append(f"  gcloud iam service-accounts delete {shlex.quote(email)}")
    return commented(lines)
