"""The questions `jetscale check` asks, in the order they are shown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import ServiceState, member_of
from jetscale_tui.domain.kinds import CRD, DAEMON_SET, Ref
from jetscale_tui.domain.rights import GooglePermission
from jetscale_tui.domain.spec import Identity
from jetscale_tui.engine import detect, identity, observe, remedies, rights, risks
from jetscale_tui.engine.checks import Check, Finding, Scene, fail, ok, warn
from jetscale_tui.engine.commands import enable_service, get_credentials, grant
from jetscale_tui.engine.plan import Create, Grant
from jetscale_tui.engine.server_questions import chips, metrics_endpoint, other_hpa, server
from jetscale_tui.errors import UsageError
from jetscale_tui.manifests.build import build

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.rights import Right
    from jetscale_tui.engine.ports import Cloud

_OLDEST = (1, 23)
"""First Kubernetes version with autoscaling/v2."""
_NAMED = 4
"""Missing rights that are named before the rest is only counted."""


def credentials(scene: Scene) -> Finding:
    """Who asks Google."""
    cloud = scene.cloud()
    if cloud is None and scene.setup.google.project is None:
        return ok("not asked: google.project is not set, so Google steps are handed over")
    if cloud is None:
        return warn(
            "none found; Google steps are handed over as commands",
            "Log in to have JetScale run them.",
            remedies.LOGIN,
        )
    who = cloud.identity()
    project = scene.setup.google.project
    return ok(f"{who}, project {project}" if project else who)


def kubernetes(scene: Scene) -> Finding:
    """Whether the API server answers, and how old it is."""
    cluster = scene.cluster()
    version = cluster.version()
    numbers = re.match(r"v?(\d+)\.(\d+)", version)
    if numbers and (int(numbers[1]), int(numbers[2])) < _OLDEST:
        return fail(
            f"{version} has no autoscaling/v2",
            "Upgrade the control plane to 1.23 or later: it takes minutes, in which a zonal "
            "cluster does not answer.",
            f"gcloud container clusters upgrade {scene.named} --master",
        )
    return ok(f"{version}, context {cluster.context}")


def same_cluster(scene: Scene) -> Finding:
    """Whether the kubeconfig and the setup speak of the same cluster."""
    cluster, gke = scene.cluster(), scene.gke()
    for risk in risks.wrong_cluster(cluster, gke):
        if gke is None or not risk.blocking:
            return warn(risk.what, risk.fix, remedies.command_in(risk.fix, scene.setup))
        return fail(
            risk.what,
            risk.fix,
            get_credentials(gke),
            remedies.follow_context(scene.setup, cluster.context),
        )
    google = scene.setup.google
    named = f"{google.project} ▸ {google.location} ▸ {google.cluster}"
    return ok(named if google.cluster else "the setup names no GKE cluster")


def permissions(scene: Scene) -> Finding:
    """Whether this person may do what the setup needs."""
    setup = scene.setup
    objects = [
        manifest for group in build(setup, scene.profile, None) for manifest in group.objects
    ]
    needed: list[Right] = [
        *rights.of_changes(Create(Ref.of(manifest), manifest) for manifest in objects)
    ]
    cloud, project = scene.cloud(), setup.google.project
    if cloud is not None and project:
        needed += [GooglePermission(name) for name in identity.permissions(setup)]
    missing = rights.Permissions(scene.cluster(), cloud, project).missing(needed)
    if not missing:
        return ok(f"{len(needed)} of {len(needed)} needed for this setup")
    named = rights.in_words(missing)
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return warn(
        f"{len(needed) - len(missing)} of {len(needed)}; you lack "
        f"{', '.join(named[:_NAMED])}{more}",
        "Ask for them, or hand those steps over: `jetscale plan --hand-over DIR` writes a script "
        "for somebody who may.",
        "\n".join(_grants(missing, project, cloud)),
    )


def _grants(missing: Iterable[Right], project: str | None, cloud: Cloud | None) -> list[str]:
    """What an administrator would run to give Google's part of the rights."""
    who = cloud.identity() if cloud else ""
    if project is None or "@" not in who:
        return []
    member = member_of(who)
    return [grant(project, role, member) for role in rights.smallest_roles(missing)]


def services(scene: Scene) -> Finding:
    """Whether the Google services are enabled."""
    cloud, project = _project(scene)
    names = identity.services(scene.setup)
    states = cloud.services(project, names)
    disabled = [name for name in names if states.get(name) is ServiceState.DISABLED]
    if disabled:
        return fail(
            f"disabled in {project}: {', '.join(disabled)}",
            "Enable them; `apply` does it too.",
            "\n".join(enable_service(project, name) for name in disabled),
            remedies.EnableServices(project, tuple(disabled)),
        )
    unknown = [name for name in names if states.get(name) is not ServiceState.ENABLED]
    if unknown:
        return warn(f"state not known: {', '.join(unknown)}")
    return ok(f"{len(names)} enabled")


def workload_identity(scene: Scene) -> Finding:
    """Whether a grant to the adapter's service account can have an effect."""
    gke = scene.gke()
    if gke is None:
        raise UsageError("Google does not know this cluster, so this is not known.")
    if scene.setup.adapter.identity is Identity.NODE:
        if found := risks.node_identity(scene.setup, gke):
            return fail(found[0].what, found[0].fix)
        return ok("not used: the adapter acts as its node, whose scopes let it read")
    as_node = remedies.node_identity(scene.setup)
    if off := risks.workload_identity_off(gke, [Grant]):
        return fail(
            off[0].what,
            "Let the adapter use its node's identity, or enable it; pools that are to use it have "
            "their nodes recreated.",
            f"gcloud container clusters update {scene.named} "
            f"--workload-pool={gke.project}.svc.id.goog",
            as_node,
        )
    legacy = [pool.name for pool in gke.pools if pool.metadata_mode != "GKE_METADATA"]
    if len(legacy) == len(gke.pools) and legacy:
        return fail(
            f"on, but every node pool uses its node's identity: {', '.join(legacy)}",
            "Let the adapter use its node's identity, or set workload metadata to GKE_METADATA on "
            "one pool; its nodes are recreated.",
            f"gcloud container node-pools update {legacy[0]} --cluster={gke.name} "
            f"--location={gke.location} --workload-metadata=GKE_METADATA",
            as_node,
        )
    if legacy:
        return warn(
            f"on; {', '.join(legacy)} uses its node's identity",
            "Fine as long as the adapter runs on another pool.",
        )
    return ok(f"on, pool {gke.workload_pool}")


def managed_prometheus(scene: Scene) -> Finding:
    """Whether somebody collects what PodMonitorings select."""
    cluster, gke = scene.cluster(), scene.gke_if_known()
    command = f"gcloud container clusters update {scene.named} --enable-managed-prometheus"
    fix = "Enable it: every node gets a collector pod, and Google bills the samples stored."
    if cluster.get(Ref.to(CRD, "podmonitorings.monitoring.googleapis.com")) is None:
        return fail("off: the cluster does not know PodMonitoring", fix, command)
    collector = cluster.get(Ref.to(DAEMON_SET, "collector", "gmp-system"))
    if collector is None:
        return fail("PodMonitoring is known, but no collector runs", fix, command)
    status = collector.get("status") or {}
    ready, wanted = status.get("numberReady", 0), status.get("desiredNumberScheduled", 0)
    if ready < wanted:
        return warn(f"{ready} of {wanted} collectors ready")
    if gke is not None and not gke.managed_prometheus:
        return warn("collectors run, but not GKE's own: a self-deployed operator")
    return ok(f"{ready} collectors ready")


def metric_apis(scene: Scene) -> Finding:
    """Whether somebody else serves the metrics APIs the adapter needs."""
    wanted = {
        Ref.of(manifest).name: observe.backend(manifest)
        for group in build(scene.setup, scene.profile, None)
        for manifest in group.objects
        if manifest["kind"] == "APIService"
    }
    owners = detect.metric_api_owners(scene.cluster())
    foreign = [
        owner
        for owner in owners
        if owner.api in wanted and (owner.namespace, owner.service) != wanted[owner.api]
    ]
    if foreign:
        named = ", ".join(f"{each.api} by {each.namespace}/{each.service}" for each in foreign)
        return warn(
            f"served by somebody else: {named}",
            "A cluster has one owner of each: the plan says what would break.",
            scene.kubectl("get", "apiservices", *(each.api for each in foreign)),
        )
    broken = [owner for owner in owners if not owner.available]
    if broken:
        return warn(
            f"{broken[0].api} is not available: {broken[0].reason}",
            "Look at its adapter; applying the setup puts this adapter's own objects right.",
            scene.kubectl("describe", "apiservice", broken[0].api),
        )
    return ok(f"{len(owners)} served by this adapter" if owners else "free")


def _project(scene: Scene) -> tuple[Cloud, str]:
    cloud, project = scene.cloud(), scene.setup.google.project
    if cloud is None or project is None:
        raise UsageError("No project or no Google credentials, so this is not known.")
    return cloud, project


CHECKS: tuple[Check, ...] = (
    Check(
        "credentials",
        "Google credentials",
        "They read the project and grant the adapter its role.",
        credentials,
        opens=True,
        diagnose=lambda _setup: "gcloud info --run-diagnostics",
    ),
    Check(
        "kubernetes",
        "Kubernetes API",
        "Everything is read from it and written to it.",
        kubernetes,
        opens=True,
        diagnose=remedies.ask_version,
    ),
    Check(
        "same-cluster",
        "Same cluster",
        "Kubernetes and Google have to be asked about the same one.",
        same_cluster,
    ),
    Check(
        "permissions",
        "Permissions",
        "What you may not do is handed over as commands.",
        permissions,
    ),
    Check("services", "Google services", "A disabled API refuses every call.", services),
    Check(
        "workload-identity",
        "Workload Identity",
        "It is how the adapter's pods act with their own identity.",
        workload_identity,
    ),
    Check(
        "managed-prometheus",
        "Managed Prometheus",
        "It carries the server's metrics into Cloud Monitoring.",
        managed_prometheus,
    ),
    Check("server", "Server", "It is what is scaled.", server),
    Check(
        "metrics-endpoint",
        "Metrics endpoint",
        "An HPA can only follow what the server emits.",
        metrics_endpoint,
    ),
    Check("chips", "TPU chips", "A replica without chips stays Pending.", chips),
    Check("metric-apis", "Metrics APIs", "A cluster has one owner of each.", metric_apis),
    Check("other-hpa", "Other autoscalers", "Two on one target switch each other off.", other_hpa),
)
"""All of them, in the order they are shown."""
