"""What a person should know before agreeing: each rule looks at facts and says one thing.

Rules are pure; ids begin with the failure they keep away. Blocking ones stop the plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.google import POLICY_MEMBERS
from jetscale_tui.domain.profile import Origin
from jetscale_tui.domain.spec import Identity
from jetscale_tui.engine import observe
from jetscale_tui.engine.growth import more_replicas
from jetscale_tui.engine.locate import leads_to
from jetscale_tui.engine.plan import Risk
from jetscale_tui.engine.propose import take_over_flag

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from jetscale_tui.domain.google import GkeCluster, Policy
    from jetscale_tui.domain.kinds import Json, Ref
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import Capacity, ServerLook, StartUp
    from jetscale_tui.engine.ports import Cluster
    from jetscale_tui.errors import JetScaleError


def deployment_missing(setup: Setup, look: ServerLook) -> tuple[Risk, ...]:
    """The target of the autoscaler has to be there."""
    if look.deployment is not None:
        return ()
    place = f"{setup.workload.namespace}/{setup.workload.deployment}"
    return (
        Risk(
            "H10-no-deployment",
            f"There is no Deployment {place} in this cluster.",
            "Correct workload.namespace and workload.deployment; `jetscale check` lists the "
            "servers it finds.",
            blocking=True,
        ),
    )


def selector_mismatch(setup: Setup, look: ServerLook) -> tuple[Risk, ...]:
    """A PodMonitoring whose labels match nothing says nothing (S1)."""
    if look.deployment is None:
        return ()
    template = look.deployment["spec"]["template"]["metadata"].get("labels") or {}
    if setup.workload.selector.items() <= template.items():
        return ()
    wanted = observe.label_selector(setup.workload.selector)
    carried = observe.label_selector(template) or "no labels"
    return (
        Risk(
            "S1-selector-matches-nothing",
            f"workload.selector asks for {wanted}; the pods carry {carried}.",
            "Correct workload.selector.",
            blocking=True,
        ),
    )


def other_hpas(setup: Setup, name: str, found: Sequence[Json]) -> tuple[Risk, ...]:
    """Two autoscalers on one target switch each other off (H2)."""
    others = [observe.name_of(hpa) for hpa in found if observe.name_of(hpa) != name]
    if not others:
        return ()
    namespace = setup.workload.namespace
    return (
        Risk(
            "H2-two-hpas",
            f"{', '.join(others)} already scales {setup.workload.deployment}. Kubernetes switches "
            "off every HPA of a target that has two.",
            f"Set scaling.name to {others[0]} to adopt it, or delete it: "
            f"kubectl --namespace={namespace} delete hpa {others[0]}",
            blocking=True,
        ),
    )


def scraped_twice(setup: Setup, others: Sequence[Json]) -> tuple[Risk, ...]:
    """Two PodMonitorings over one pod give two series, which an adapter adds up (S9)."""
    labels, scrape = setup.workload.selector, setup.scrape.server
    rivals = [
        observe.name_of(other)
        for other in others
        if observe.name_of(other) != scrape.name
        and (other["spec"].get("selector") or {}).get("matchLabels", {}).items() <= labels.items()
        and any(e["port"] == setup.workload.metrics_port for e in other["spec"]["endpoints"])
    ]
    if not rivals:
        return ()
    return (
        Risk(
            "S9-scraped-twice",
            f"{', '.join(rivals)} scrapes the same port of the same pods: values would count "
            "twice.",
            f"Set scrape.server.name to {rivals[0]} to adopt it, or delete it.",
            blocking=True,
        ),
    )


def foreign_metric_api(
    manifest: Json, ref: Ref, live: Json | None, dependents: Sequence[str], taken: bool
) -> Risk | None:
    """A cluster has one owner of a metrics API; repointing it breaks whoever uses it (A1)."""
    if live is None:
        return None
    owner, wanted = observe.backend(live), observe.backend(manifest)
    if owner in (wanted, ("", "")):
        return None
    users = f" In use by: {', '.join(dependents)}." if dependents else ""
    return Risk(
        "A1-metrics-api-owner",
        f"{ref.name} is served by {'/'.join(owner)}.{users}",
        "It is replaced, as you chose; undo gives it back."
        if taken
        else f"Choose the adapter that owns it, or replace it knowingly ({take_over_flag(ref)}).",
        blocking=not taken,
    )


def beyond_chips(
    setup: Setup, capacity: Capacity | None, start_up: StartUp | None = None
) -> tuple[Risk, ...]:
    """A maximum that no node can hold leaves pods Pending (T1, T2)."""
    if capacity is None:
        return ()
    wanted = setup.scaling.max_replicas
    if wanted <= capacity.fits_now:
        return ()
    have = (
        f"{capacity.chips} chips on {len(capacity.nodes)} nodes hold {capacity.fits_now} "
        f"replicas of {capacity.chips_per_replica} chips"
    )
    grown = capacity.fits_grown
    if grown is not None and wanted <= grown:
        return (
            Risk(
                "T2-needs-new-nodes",
                f"{have}; maxReplicas is {wanted}. The node pool can grow for the rest. "
                f"{more_replicas(capacity, start_up)}",
                "Nothing to do if that is soon enough.",
            ),
        )
    limit = f", {grown} with the pool at its maximum" if grown is not None else ""
    return (
        Risk(
            "T2-max-beyond-chips",
            f"{have}{limit}; maxReplicas is {wanted}. More would stay Pending.",
            f"Set scaling.maxReplicas to {max(1, grown or capacity.fits_now)}, or add nodes.",
        ),
    )


def metrics_not_emitted(setup: Setup, profile: Profile, look: ServerLook) -> tuple[Risk, ...]:
    """A metric the server does not emit can never be read (P3)."""
    if look.page is None or not look.page.answered:
        return ()
    absent = [name for name in server_metrics(setup, profile) if name not in look.metrics]
    return tuple(
        Risk(
            "P3-metric-not-emitted",
            f"{look.page.pod} does not emit {name}.",
            f"It emits: {', '.join(sorted(look.metrics)[:8])}.",
        )
        for name in absent
    )


def wrong_cluster(cluster: Cluster, gke: GkeCluster | None) -> tuple[Risk, ...]:
    """Kubernetes writes and Google writes have to go to the same place (C6)."""
    if gke is None or cluster.context == gke.context_name or leads_to(cluster.server, gke):
        return ()
    if not cluster.context.startswith("gke_"):
        return (
            Risk(
                "C6-address-not-known",
                f"{cluster.server} is no address Google knows of {gke.name}: it may be a tunnel "
                "to it, or another cluster.",
                f"Compare: kubectl config view --minify --context={cluster.context}",
            ),
        )
    return (
        Risk(
            "C6-two-clusters",
            f"The setup names {gke.context_name}, the kubeconfig context is {cluster.context}.",
            f"gcloud container clusters get-credentials {gke.name} --location={gke.location} "
            f"--project={gke.project}, or correct the setup.",
            blocking=True,
        ),
    )


def workload_identity_off(gke: GkeCluster | None, grants: Collection[Any]) -> tuple[Risk, ...]:
    """Without Workload Identity a grant to a principal has no effect."""
    if gke is None or gke.workload_pool or not grants:
        return ()
    return (
        Risk(
            "I1-no-workload-identity",
            f"Workload Identity is off in {gke.name}: pods use their node's identity and the "
            "grant would have no effect.",
            "Set adapter.identity to node, or enable Workload Identity: gcloud container clusters "
            f"update {gke.name} --location={gke.location} "
            f"--workload-pool={gke.project}.svc.id.goog",
            blocking=True,
        ),
    )


_READING_SCOPES = frozenset(
    f"https://www.googleapis.com/auth/{name}"
    for name in ("cloud-platform", "monitoring", "monitoring.read")
)


def node_identity(setup: Setup, gke: GkeCluster | None) -> tuple[Risk, ...]:
    """A pod acts as its node only where Workload Identity is off, and within the node's scopes."""
    if setup.adapter.identity is not Identity.NODE or gke is None:
        return ()
    acting = [
        pool
        for pool in gke.pools
        if gke.workload_pool is None or pool.metadata_mode != "GKE_METADATA"
    ]
    if gke.autopilot or not acting:
        return (
            Risk(
                "I3-pods-are-not-their-node",
                f"Workload Identity is on in every node pool of {gke.name}: the adapter would not "
                "act as its node, and may read nothing.",
                "Set adapter.identity to principal.",
                blocking=True,
            ),
        )
    if any(_READING_SCOPES & set(pool.scopes) for pool in acting):
        return ()
    named = ", ".join(f"{pool.name} ({pool.service_account})" for pool in acting)
    return (
        Risk(
            "I4-node-scopes",
            f"The nodes of {named} have no access scope for reading Cloud Monitoring, whatever "
            "roles their service account has.",
            "Scopes of a pool cannot be changed: make one with --scopes=cloud-platform for the "
            "adapter, or set adapter.identity to principal.",
            blocking=True,
        ),
    )


def policy_full(project: str, policy: Policy, new: Sequence[object]) -> tuple[Risk, ...]:
    """Google refuses a policy that names too many; better known before anything is made."""
    if not new or policy.members + len(new) <= POLICY_MEMBERS:
        return ()
    return (
        Risk(
            "I5-policy-full",
            f"The IAM policy of {project} names {policy.members:,} members, and "
            f"{POLICY_MEMBERS:,} is the most there may be.",
            "Remove grants nobody needs, or grant to groups instead of their members.",
            blocking=True,
        ),
    )


def other_account_bound(made: str, bound: str) -> Risk:
    """The guide makes one service account and grants another one, which nobody made."""
    return Risk(
        "guide-binds-another-account",
        f"The guide creates {made} but grants {bound}, which does not exist.",
        "Set guide to corrected, which uses one account, or create the other one.",
        blocking=True,
    )


def helm_fails(error: JetScaleError) -> Risk:
    """Helm is the person's own tool: it may be missing, or find no chart."""
    return Risk("helm-fails", f"{error.what} {error.why}".strip(), error.fix, blocking=True)


def server_metrics(setup: Setup, profile: Profile) -> tuple[str, ...]:
    """Metrics of the setup that the inference server itself emits."""
    return metrics_of(setup, profile, Origin.SERVER)


def metrics_of(setup: Setup, profile: Profile, origin: Origin) -> tuple[str, ...]:
    """Metrics of the setup that come from one place."""
    return tuple(
        target.name
        for target in setup.scaling.metrics
        if (metric := profile.metric(target.name)) is not None and metric.origin is origin
    )
