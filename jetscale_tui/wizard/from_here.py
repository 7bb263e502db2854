"""An autoscaler that is there, as the starting point of a forecast or an export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.load import Burst
from jetscale_tui.domain.forecast.result import answer
from jetscale_tui.engine import diff, existing_hpa
from jetscale_tui.engine.acts import Numbers, numbers_of
from jetscale_tui.engine.forecast_facts import gather
from jetscale_tui.engine.forecasting import advise
from jetscale_tui.engine.plan import Plan
from jetscale_tui.errors import JetScaleError
from jetscale_tui.manifests import dump
from jetscale_tui.wizard.exports import Export, exports
from jetscale_tui.wizard.forecasts import Advised
from jetscale_tui.wizard.opening import profile_of

if TYPE_CHECKING:
    from jetscale_tui.domain.google import GkeCluster
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.existing_hpa import ExistingHpa
    from jetscale_tui.engine.ports import Backend, Cluster

BURST = Burst(seconds=900.0)
"""The guide's hundred requests at once, watched for a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an autoscaler would do, and what would do better."""

    advised: Advised
    hpa: Json
    existing: ExistingHpa

    def numbers(self, index: int) -> Numbers | None:
        """The numbers of a piece of advice; None where it changes more than the autoscaler."""
        wanted = self.advised.search.advice[index].setup
        if wanted.model_copy(update={"scaling": self.existing.setup.scaling}) != (
            self.existing.setup
        ):
            return None
        targets = {each.name: each.target for each in wanted.scaling.metrics}
        before = numbers_of(self.hpa["spec"])
        known = [metric[0].name if metric else "" for metric in self.existing.metrics]
        if set(targets) != set(filter(None, known)):
            return None
        return Numbers(
            wanted.scaling.min_replicas,
            wanted.scaling.max_replicas,
            tuple(targets.get(name, old) for name, old in zip(known, before.targets, strict=True)),
            wanted.scaling.behavior,
        )


def foresee_here(backend: Backend, setup: Setup, namespace: str, name: str) -> Foreseen:
    """The forecast of an autoscaler as it is in the cluster, under the guide's burst. Blocks.

    Raises:
        ConfigError: it follows nothing that can be forecast.
        JetScaleError: the cluster cannot be asked.
    """
    cluster = backend.cluster(setup.kubernetes.context)
    hpa, existing = _understood(cluster, setup, namespace, name)
    placed, profile = existing.setup, profile_of(setup)
    facts = gather(cluster, placed, profile, _gke(backend, setup))
    question = existing_hpa.question_of(existing, facts, BURST, limit=30.0)
    forecast = answer(question)
    found = advise(placed, profile, question, forecast.figures)
    return Foreseen(Advised(forecast, found), hpa, existing)


def exports_here(backend: Backend, setup: Setup, namespace: str, name: str) -> tuple[Export, ...]:
    """An autoscaler as it is, and the setup nearest to it in every format. Blocks.

    Raises:
        JetScaleError: the cluster cannot be asked.
    """
    cluster = backend.cluster(setup.kubernetes.context)
    hpa = existing_hpa.from_cluster(cluster, namespace, name)
    text = dump.document(diff.meaning(hpa))
    alone = Export(
        "This HPA", "the object as it is, for kubectl apply", {f"{name}.yaml": text}, f"{name}.yaml"
    )
    try:
        _, existing = _understood(cluster, setup, namespace, name)
    except JetScaleError:
        return (alone,)
    plan = Plan(existing.setup, cluster.context, cluster.server, None, "", ())
    return (alone, *exports(plan, profile_of(setup)))


def _understood(
    cluster: Cluster, setup: Setup, namespace: str, name: str
) -> tuple[Json, ExistingHpa]:
    hpa = existing_hpa.from_cluster(cluster, namespace, name)
    target = hpa["spec"]["scaleTargetRef"]["name"]
    workload = setup.workload.model_copy(update={"namespace": namespace, "deployment": target})
    placed = setup.model_copy(update={"workload": workload})
    queries = existing_hpa.queries(cluster)
    return hpa, existing_hpa.understand(hpa, placed, profile_of(setup), queries)


def _gke(backend: Backend, setup: Setup) -> GkeCluster | None:
    """What tells how far the node pools grow; None where it cannot be asked."""
    google = setup.google
    try:
        cloud = backend.cloud()
        if cloud is None or not (google.project and google.location and google.cluster):
            return None
        return cloud.cluster(google.project, google.location, google.cluster)
    except JetScaleError:
        return None
