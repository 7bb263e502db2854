"""What is asked: each question with its words, its field in the setup document, and its flag."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.domain.flow import WizardStep

if TYPE_CHECKING:
    from collections.abc import Collection

    from jetscale_tui.domain.spec import Setup


class Topic(StrEnum):
    """A question; the value is the field that its answer goes to."""

    CLUSTER = "kubernetes.context"
    SERVER = "workload.deployment"
    ADAPTER = "adapter.kind"
    IDENTITY = "adapter.identity"
    METRICS = "scaling.metrics"
    MINIMUM = "scaling.minReplicas"
    MAXIMUM = "scaling.maxReplicas"
    BEHAVIOR = "scaling.behavior"

    @property
    def step(self) -> WizardStep:
        """The step that asks it."""
        return _ASKED[self].step

    @property
    def question(self) -> str:
        """One sentence."""
        return _ASKED[self].question

    @property
    def explanation(self) -> str:
        """What the answer means."""
        return _ASKED[self].explanation

    @property
    def flag(self) -> str:
        """What answers it on the command line."""
        return _ASKED[self].flag


class _Asked(NamedTuple):
    step: WizardStep
    question: str
    flag: str
    explanation: str


_ASKED: dict[Topic, _Asked] = {
    Topic.CLUSTER: _Asked(
        WizardStep.CLUSTER,
        "Which cluster runs the server? Every write goes there.",
        "--context NAME",
        "The list holds the contexts of your kubeconfig, then the GKE clusters that have none; "
        "those are reached with your Google credentials. JetScale never changes the kubeconfig: "
        "it names the chosen cluster in every call.",
    ),
    Topic.SERVER: _Asked(
        WizardStep.WORKLOAD,
        "Which server should scale?",
        "--deployment NAME",
        "The Deployment that will be scaled. JetScale recognises a server by its container's name "
        "or image, then asks one ready pod's metrics port what it really emits.",
    ),
    Topic.ADAPTER: _Asked(
        WizardStep.ADAPTER,
        "What brings the metrics to the autoscaler?",
        "--adapter KIND",
        "The HPA asks the metrics APIs of the cluster; an adapter answers them from Cloud "
        "Monitoring. A cluster has one owner of each API: installing a second adapter takes the "
        "API from the first, and every HPA that used it stops working.",
    ),
    Topic.IDENTITY: _Asked(
        WizardStep.ADAPTER,
        "As whom does it read Cloud Monitoring?",
        "--identity KIND",
        "The adapter needs roles/monitoring.viewer. Principal grants it to its Kubernetes service "
        "account directly; that is the least to create and to forget.",
    ),
    Topic.METRICS: _Asked(
        WizardStep.METRICS,
        "What should the number of replicas follow?",
        "--metric NAME=TARGET",
        "For each metric the HPA asks for value / target times the replicas there are; the "
        "highest answer wins. Targets are Kubernetes quantities: 10, 900m (0.9), 12Gi. For a "
        "share you may write 90%.",
    ),
    Topic.MINIMUM: _Asked(
        WizardStep.METRICS,
        "How many replicas at least?",
        "--min COUNT",
        "The HPA never goes below this, however little there is to do.",
    ),
    Topic.MAXIMUM: _Asked(
        WizardStep.METRICS,
        "How many replicas at most?",
        "--max COUNT",
        "A replica's TPU chips are all on one node, so what counts is how many nodes have "
        "enough. A maximum above that leaves pods Pending until a node is added.",
    ),
    Topic.BEHAVIOR: _Asked(
        WizardStep.METRICS,
        "How fast may the autoscaler act?",
        "--behavior KIND",
        "Kubernetes's defaults may ask for more replicas while the first ones still load their "
        "model. Fitted adds one within the time a replica takes to start, and takes none away "
        "that would have to be started again at once. A behavior of your own comes from a file: "
        "--answers, scaling.behavior.",
    ),
}


def answer(topic: Topic, setup: Setup) -> object:
    """What a setup says to a question."""
    match topic:
        case Topic.CLUSTER:
            return setup.kubernetes.context, setup.google
        case Topic.SERVER:
            return setup.workload.namespace, setup.workload.deployment
        case Topic.ADAPTER:
            return setup.adapter.kind
        case Topic.IDENTITY:
            return setup.adapter.identity
        case Topic.METRICS:
            return setup.scaling.metrics
        case Topic.MINIMUM:
            return setup.scaling.min_replicas
        case Topic.MAXIMUM:
            return setup.scaling.max_replicas
        case Topic.BEHAVIOR:
            return setup.scaling.behavior


def is_given(field: str, given: Collection[str]) -> bool:
    """Whether a field, or something below it, is among those that were answered."""
    return any(each == field or each.startswith((f"{field}.", f"{field}[")) for each in given)


EVERYTHING: frozenset[str] = frozenset(
    {
        *Topic,
        "google.cluster",
        "workload.profile",
        "workload.selector",
        "workload.chipsPerReplica",
        "workload.metricsPort",
    }
)
"""All that anything is ever proposed for: of a setup that was finished before, nothing changes."""
