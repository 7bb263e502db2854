"""A setup as Terraform configuration for the Google, Kubernetes and Helm providers.

Role bindings are single members, never whole policies: an authoritative resource would take the
role from everybody else in the project. Objects depend on one another in apply order, so that
Terraform also takes them away in the reverse.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import API_SERVICE, DEPLOYMENT, Ref
from jetscale_tui.domain.spec import Identity
from jetscale_tui.export.comments import heading
from jetscale_tui.export.hcl import Block, Call, Expression, quoted, render
from jetscale_tui.manifests.build import build, google_account, helm_release
from jetscale_tui.manifests.identity import MONITORING_VIEWER, kubernetes_account
from jetscale_tui.manifests.metadata import FIELD_MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.manifests.identity import GoogleAccount
    from jetscale_tui.manifests.prometheus_adapter import HelmRelease

_SERVICES = ("container", "monitoring", "cloudresourcemanager")
_ACCOUNT_SERVICES = ("iam", "iamcredentials")
_PROJECT = Expression("local.project_id")
_GRANT = "google_project_iam_member.adapter"
_CA = "data.google_container_cluster.cluster.master_auth[0].cluster_ca_certificate"


def terraform(setup: Setup, profile: Profile, project: Project | None) -> str:
    """One file that `terraform init` and `terraform apply` take as it is."""
    head = heading(
        setup,
        profile,
        "Managed collection must be on before the first plan: the provider asks the cluster for "
        "the kind PodMonitoring.",
    )
    blocks = [
        *_versions(setup, profile),
        *_providers(setup, profile, project),
        *_google(setup, project),
        *_kubernetes(setup, profile, project),
    ]
    return head + "\n" + render(blocks)


def _versions(setup: Setup, profile: Profile) -> Iterator[Block]:
    wanted = {"google": ">= 6.0", "kubernetes": ">= 2.30"}
    if helm_release(setup, profile) is not None:
        wanted["helm"] = ">= 3.0"
    sources = {
        name: {"source": f"hashicorp/{name}", "version": version}
        for name, version in wanted.items()
    }
    required = Block("required_providers", (), sources)
    yield Block("terraform", (), {"required_version": ">= 1.5"}, (required,))


def _providers(setup: Setup, profile: Profile, project: Project | None) -> Iterator[Block]:
    project_id: object = project.project_id if project else setup.google.project
    if project_id is None:
        about = {"description": "Project of the cluster.", "type": Expression("string")}
        yield Block("variable", ("project_id",), about)
        project_id = Expression("var.project_id")
    yield Block("locals", (), {"project_id": project_id})
    yield Block("provider", ("google",), {"project": _PROJECT})
    google, context = setup.google, setup.kubernetes.context
    if context or not (google.location and google.cluster):
        connection: Json = {"config_path": "~/.kube/config"}
        connection |= {"config_context": context} if context else {}
    else:
        where = {"name": google.cluster, "location": google.location, "project": _PROJECT}
        yield Block("data", ("google_client_config", "current"), {})
        yield Block("data", ("google_container_cluster", "cluster"), where)
        connection = {
            "host": Expression('"https://${data.google_container_cluster.cluster.endpoint}"'),
            "token": Expression("data.google_client_config.current.access_token"),
            "cluster_ca_certificate": Expression(f"base64decode({_CA})"),
        }
    yield Block("provider", ("kubernetes",), connection)
    if helm_release(setup, profile) is not None:
        yield Block("provider", ("helm",), {"kubernetes": connection})


def _google(setup: Setup, project: Project | None) -> Iterator[Block]:
    identity = setup.adapter.identity
    names = [*_SERVICES, *(_ACCOUNT_SERVICES if identity is Identity.SERVICE_ACCOUNT else ())]
    services = [f"{name}.googleapis.com" for name in names]
    yield Block(
        "resource",
        ("google_project_service", "needed"),
        {
            "for_each": Call("toset", services),
            "project": _PROJECT,
            "service": Expression("each.value"),
            "disable_on_destroy": False,
        },
    )
    account = google_account(setup, project)
    if account is not None:
        yield from _account(account)
    elif identity is Identity.PRINCIPAL:
        yield Block("data", ("google_project", "project"), {"project_id": _PROJECT})
        yield _grant(_principal(setup))


def _account(account: GoogleAccount) -> Iterator[Block]:
    """The account that is created and the one that is bound; they differ in literal mode."""
    yield Block(
        "resource",
        ("google_service_account", "adapter"),
        {"project": account.project, "account_id": account.account_id},
    )
    created = account.email.startswith(f"{account.account_id}@")
    bound = f"projects/{account.project}/serviceAccounts/{account.email}"
    yield Block(
        "resource",
        ("google_service_account_iam_member", "adapter"),
        {
            "service_account_id": Expression("google_service_account.adapter.name")
            if created
            else bound,
            "role": account.binding.role,
            "member": account.binding.member,
        },
    )
    yield _grant(
        Expression('"serviceAccount:${google_service_account.adapter.email}"')
        if created
        else f"serviceAccount:{account.email}"
    )


def _principal(setup: Setup) -> Expression:
    reader = kubernetes_account(setup)
    subject = quoted(f"ns/{reader.namespace}/sa/{reader.name}")
    return Expression(
        '"principal://iam.googleapis.com/projects/${data.google_project.project.number}/locations/'
        f"global/workloadIdentityPools/${{local.project_id}}.svc.id.goog/subject/{subject[1:]}"
    )


def _grant(member: object) -> Block:
    attributes = {"project": _PROJECT, "role": MONITORING_VIEWER, "member": member}
    return Block("resource", ("google_project_iam_member", "adapter"), attributes)


def _kubernetes(setup: Setup, profile: Profile, project: Project | None) -> Iterator[Block]:
    after = ["google_project_service.needed"]
    names: set[str] = set()
    for group in build(setup, profile, project):
        if group.step == "adapter" and setup.adapter.identity is not Identity.NODE:
            after.append(_GRANT)
        for item in group.objects:
            name = _unique(f"{item['kind']}_{item['metadata']['name']}", names)
            yield _object(item, name, after)
            after = [f"kubernetes_manifest.{name}"]
        release = helm_release(setup, profile)
        if group.step == "adapter" and release is not None:
            yield _release(release, after)
            after = ["helm_release.prometheus_adapter"]


def _object(item: Json, name: str, after: list[str]) -> Block:
    ref = Ref.of(item)
    metadata = dict(item["metadata"])
    if ref.namespace is not None:
        metadata["namespace"] = ref.namespace
    blocks = [Block("field_manager", (), {"name": FIELD_MANAGER})]
    if ref.kind is DEPLOYMENT:
        blocks.append(Block("wait", (), {"rollout": True}))
    elif ref.kind is API_SERVICE:
        available = Block("condition", (), {"type": "Available", "status": "True"})
        blocks.append(Block("wait", (), {}, (available,)))
    if len(blocks) > 1:
        blocks.append(Block("timeouts", (), {"create": "10m", "update": "10m"}))
    attributes = {"manifest": item | {"metadata": metadata}, **_depends(after)}
    return Block("resource", ("kubernetes_manifest", name), attributes, tuple(blocks))


def _release(release: HelmRelease, after: list[str]) -> Block:
    version = {"version": release.version} if release.version else {}
    return Block(
        "resource",
        ("helm_release", "prometheus_adapter"),
        {
            "name": release.name,
            "namespace": release.namespace,
            "create_namespace": True,
            "repository": release.chart.repository,
            "chart": release.chart.name,
            **version,
            "wait": True,
            "timeout": 600,
            "values": [Call("yamlencode", release.values)],
            **_depends(after),
        },
    )


def _depends(addresses: list[str]) -> Json:
    return {"depends_on": [Expression(address) for address in addresses]}


def _unique(text: str, taken: set[str]) -> str:
    """A Terraform name made of the text, different from those taken."""
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    while name in taken:
        name += "_"
    taken.add(name)
    return name
