"""Every place where what JetScale writes differs from the public guide, and when it matters.

`guide: literal` switches all of them off. Sources name public files and pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.corrections import Correction
from jetscale_tui.domain.profile import Origin, Unit
from jetscale_tui.domain.spec import AdapterKind, Identity, Install
from jetscale_tui.manifests.metadata import is_literal
from jetscale_tui.manifests.serving import GUIDE_TPU_CONTAINER

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.profile import Metric, Profile
    from jetscale_tui.domain.spec import Setup


@dataclass(frozen=True, slots=True)
class _Entry:
    correction: Correction
    concerns: Callable[[Setup, Profile], bool]
    """Whether a setup makes JetScale write the thing at all."""


def in_force(setup: Setup, profile: Profile) -> tuple[Correction, ...]:
    """The corrections that shape this setup's output; none in literal mode."""
    if is_literal(setup):
        return ()
    return tuple(entry.correction for entry in _ENTRIES if entry.concerns(setup, profile))


def registry() -> tuple[Correction, ...]:
    """All corrections there are."""
    return tuple(entry.correction for entry in _ENTRIES)


def _metrics(setup: Setup, profile: Profile) -> list[Metric]:
    found = (profile.metric(target.name) for target in setup.scaling.metrics)
    return [metric for metric in found if metric is not None]


def _always(_setup: Setup, _profile: Profile) -> bool:
    return True


def _scrapes_server(setup: Setup, _profile: Profile) -> bool:
    return setup.scrape.server.enabled


def _names_namespaces(setup: Setup, _profile: Profile) -> bool:
    return setup.scrape.server.enabled or setup.adapter.kind is AdapterKind.PROMETHEUS


def _external_stackdriver(setup: Setup, profile: Profile) -> bool:
    return setup.adapter.kind is AdapterKind.STACKDRIVER and any(
        metric.origin is not Origin.SERVER for metric in _metrics(setup, profile)
    )


def _tpu_series(setup: Setup, profile: Profile) -> bool:
    if profile.container == GUIDE_TPU_CONTAINER:
        return False
    ruled = profile.metrics if setup.adapter.kind is AdapterKind.PROMETHEUS else ()
    return any(
        metric.origin is Origin.TPU_EXPORTER and setup.adapter.kind in metric.adapters
        for metric in (*_metrics(setup, profile), *ruled)
    )


def _ratios(setup: Setup, profile: Profile) -> bool:
    return any(metric.unit is Unit.RATIO for metric in _metrics(setup, profile))


def _several_metrics(setup: Setup, _profile: Profile) -> bool:
    return len(setup.scaling.metrics) > 1


def _several_with_server(setup: Setup, profile: Profile) -> bool:
    server = any(metric.origin is Origin.SERVER for metric in _metrics(setup, profile))
    return server and len(setup.scaling.metrics) > 1


def _prometheus(setup: Setup, _profile: Profile) -> bool:
    return setup.adapter.kind is AdapterKind.PROMETHEUS


def _helm(setup: Setup, profile: Profile) -> bool:
    return _prometheus(setup, profile) and setup.adapter.prometheus.install is Install.HELM


def _frontend_account(setup: Setup, profile: Profile) -> bool:
    return _prometheus(setup, profile) and setup.adapter.identity is not Identity.NODE


def _google_account(setup: Setup, profile: Profile) -> bool:
    return _prometheus(setup, profile) and setup.adapter.identity is Identity.SERVICE_ACCOUNT


def _project_binding(setup: Setup, _profile: Profile) -> bool:
    return setup.adapter.identity is not Identity.NODE


_ENTRIES: tuple[_Entry, ...] = (
    _Entry(
        Correction(
            "ownership-labels",
            guide="Nothing marks the objects the guide creates.",
            ours="app.kubernetes.io/managed-by and app.kubernetes.io/instance on every object.",
            why="Undo, and whoever comes next, can tell what belongs to this setup.",
            source="Kubernetes documentation, Recommended Labels",
        ),
        _always,
    ),
    _Entry(
        Correction(
            "explicit-namespace",
            guide="The server's PodMonitoring, the frontend and its Service name no namespace.",
            ours="Every namespaced object names its own.",
            why="A PodMonitoring selects pods of its own namespace only; created in whatever "
            "namespace kubectl stands in, it matches nothing and reports no error.",
            source="GoogleCloudPlatform/prometheus-engine: doc/api.md",
        ),
        _names_namespaces,
    ),
    _Entry(
        Correction(
            "metrics-port-number",
            guide="port: PROMETHEUS_PORT, a word to replace, with the target label container.",
            ours="The port as an integer, with the target labels pod and node.",
            why="A port given as text is taken for the name of a container port and matches "
            "nothing; with a number the operator drops the label container.",
            source="GoogleCloudPlatform/prometheus-engine: pkg/operator/apis/monitoring/v1/"
            "pod_config.go",
        ),
        _scrapes_server,
    ),
    _Entry(
        Correction(
            "tpu-container",
            guide=f"TPU series are selected by container {GUIDE_TPU_CONTAINER}.",
            ours="They are selected by the container that requests google.com/tpu.",
            why="The device plugin labels a chip's series with the container that owns the chip; "
            f"{GUIDE_TPU_CONTAINER} is the HTTP sidecar and owns none.",
            source="GoogleCloudPlatform/ai-on-gke: tpu-device-plugin/pkg/metrics/metrics.go",
        ),
        _tpu_series,
    ),
    _Entry(
        Correction(
            "external-scope",
            guide="External selectors name no cluster and no location.",
            ours="resource.labels for cluster, location and, where series have one, namespace.",
            why="The Stackdriver adapter adds no filter to External metrics: the chips of every "
            "cluster in the project would be added up.",
            source="GoogleCloudPlatform/k8s-stackdriver: custom-metrics-stackdriver-adapter/pkg/"
            "adapter/translator",
        ),
        _external_stackdriver,
    ),
    _Entry(
        Correction(
            "ratio-as-ratio",
            guide="Targets of metrics called percentage carry no unit.",
            ours="Shares are stored between 0 and 1, in thousandths: 90% and 0.9 become 900m.",
            why="jetstream_slots_used_percentage goes from 0 to 1 in spite of its name; a target "
            "of 90 would never be reached.",
            source="AI-Hypercomputer/JetStream: jetstream/core/orchestrator.py",
        ),
        _ratios,
    ),
    _Entry(
        Correction(
            "one-adapter",
            guide="Several metrics: a Pods metric with a bare name beside an External one.",
            ours="All metrics in the form the chosen adapter serves.",
            why="The Stackdriver adapter looks for a bare name under custom.googleapis.com, and "
            "prometheus-adapter with external rules serves no Pods metric at all.",
            source="GoogleCloudPlatform/k8s-stackdriver: custom-metrics-stackdriver-adapter/pkg/"
            "adapter/provider/provider.go",
        ),
        _several_with_server,
    ),
    _Entry(
        Correction(
            "one-autoscaler",
            guide="The autoscaler with several metrics has a second name.",
            ours="One name, whatever the number of metrics.",
            why="Two autoscalers on one Deployment switch each other off (AmbiguousSelector).",
            source="kubernetes/kubernetes: pkg/controller/podautoscaler/horizontal.go",
        ),
        _several_metrics,
    ),
    _Entry(
        Correction(
            "sum-or-value",
            guide="avg() rules with an AverageValue target.",
            ours="sum() with AverageValue for counts, avg() with Value for shares.",
            why="An External AverageValue is the returned value divided by the target, whatever "
            "the number of replicas: given an average, it asks for one replica's worth.",
            source="kubernetes/kubernetes: pkg/controller/podautoscaler/replica_calculator.go",
        ),
        _prometheus,
    ),
    _Entry(
        Correction(
            "promql-scope",
            guide="PromQL filters on the cluster's name only.",
            ours="It filters on cluster, location and namespace, in discovery too.",
            why="Names of clusters repeat across locations, and the frontend sees every namespace "
            "of all of them.",
            source="Google Cloud documentation, Horizontal Pod autoscaling with Managed Service "
            "for Prometheus",
        ),
        _prometheus,
    ),
    _Entry(
        Correction(
            "matchers-first",
            guide="<<.LabelMatchers>> comes first in the braces.",
            ours="Fixed matchers come first.",
            why="The template may be empty, and PromQL allows a trailing comma but no leading one.",
            source="kubernetes-sigs/prometheus-adapter: pkg/naming/metrics_query.go",
        ),
        _prometheus,
    ),
    _Entry(
        Correction(
            "frontend-service",
            guide="The text sends the adapter to a Service called frontend; the manifest creates "
            "one called prometheus.",
            ours="The adapter's URL is made from the name of the Service.",
            why="With a wrong URL the adapter finds no series and reports no metric.",
            source="GoogleCloudPlatform/prometheus-engine: examples/hpa",
        ),
        _prometheus,
    ),
    _Entry(
        Correction(
            "frontend-labels",
            guide="The frontend is called frontend and selected by app: frontend.",
            ours="Its name and its label carry the release's name.",
            why="app: frontend is common; a second workload with it would share the Service.",
            source="GoogleCloudPlatform/prometheus-engine: examples/frontend.yaml",
        ),
        _prometheus,
    ),
    _Entry(
        Correction(
            "frontend-image",
            guide="frontend:v0.8.0-gke.4.",
            ours="The newest frontend image that was verified.",
            why="The guide's image is seven minor versions behind.",
            source="GoogleCloudPlatform/prometheus-engine: examples/frontend.yaml",
        ),
        _prometheus,
    ),
    _Entry(
        Correction(
            "frontend-hardening",
            guide="Capabilities dropped as `all`, no seccomp profile, a writable root file system.",
            ours="Capabilities dropped as ALL, seccomp RuntimeDefault, a read-only root.",
            why="Namespaces that enforce the restricted Pod Security Standard refuse the guide's "
            "pods.",
            source="Kubernetes documentation, Pod Security Standards",
        ),
        _prometheus,
    ),
    _Entry(
        Correction(
            "service-account-first",
            guide="The frontend is deployed, and given its service account afterwards.",
            ours="The service account is created first and named in the Deployment.",
            why="One rollout instead of two, and no pod that starts without its identity.",
            source="Google Cloud documentation, About Workload Identity Federation for GKE",
        ),
        _frontend_account,
    ),
    _Entry(
        Correction(
            "one-google-account",
            guide="prom-frontend-sa is created; jetstream-iam-sa is bound, annotated and granted.",
            ours="The account that is created is the one that is bound, annotated and granted.",
            why="The bound account may not exist, or be the one that reads model weights.",
            source="GoogleCloudPlatform/ai-on-gke: tutorials-and-examples/inference-servers/"
            "jetstream",
        ),
        _google_account,
    ),
    _Entry(
        Correction(
            "metrics-max-age",
            guide="The age after which a metric is forgotten is left at one minute.",
            ours="--metrics-max-age=10m.",
            why="One missed scrape would take the metric away from the autoscaler.",
            source="kubernetes-sigs/prometheus-adapter: cmd/adapter/adapter.go",
        ),
        _prometheus,
    ),
    _Entry(
        Correction(
            "listen-port",
            guide="The adapter listens on the chart's port 6443.",
            ours="It listens on 10250.",
            why="A private cluster's control plane may connect to nodes on 443 and 10250 only.",
            source="kubernetes-sigs/prometheus-adapter: issue 534",
        ),
        _prometheus,
    ),
    _Entry(
        Correction(
            "chart-version",
            guide="The chart is installed at whatever version is newest that day.",
            ours="The chart version is pinned.",
            why="The same setup gives the same adapter next month.",
            source="prometheus-community/helm-charts: charts/prometheus-adapter/Chart.yaml",
        ),
        _helm,
    ),
    _Entry(
        Correction(
            "iam-condition",
            guide="gcloud add-iam-policy-binding without --condition.",
            ours="--condition=None, and conditional bindings stay as they are.",
            why="On a policy that holds conditions gcloud asks back, or fails without a terminal.",
            source="Google Cloud CLI reference, gcloud projects add-iam-policy-binding",
        ),
        _project_binding,
    ),
)
