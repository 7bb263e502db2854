"""The setup document: the one value everything starts from.

The wizard fills it, `export` writes it, `plan -f` reads it. Models are frozen; a change is a copy.
Loading, saving and error messages live in `setupfile/`; rules that compare several fields in
`validation.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Guide(StrEnum):
    """Whose manifests: JetScale's corrected ones, or the public guide's as printed."""

    CORRECTED = "corrected"
    LITERAL = "literal"


class AdapterKind(StrEnum):
    """Which metrics adapter serves the HPA."""

    STACKDRIVER = "stackdriver"
    PROMETHEUS = "prometheus"


class Identity(StrEnum):
    """How the adapter may read Cloud Monitoring."""

    PRINCIPAL = "principal"
    SERVICE_ACCOUNT = "service-account"
    NODE = "node"


class Install(StrEnum):
    """Who installs prometheus-adapter."""

    DIRECT = "direct"
    HELM = "helm"


class Metadata(_Model):
    """Name of the setup; goes into labels."""

    name: str = Field("jetstream", description="Name of this setup, used as the instance label.")


class Google(_Model):
    """Where the cluster lives."""

    project: str | None = Field(
        None, description="Project id. null: Google steps are handed over as commands."
    )
    location: str | None = Field(None, description="Region or zone of the cluster.")
    cluster: str | None = Field(None, description="Name of the GKE cluster.")


class Kubernetes(_Model):
    """How to reach the cluster."""

    context: str | None = Field(
        None,
        description="kubeconfig context. null: found by project, location and cluster, "
        "else the current one.",
    )


class Workload(_Model):
    """The inference server to scale."""

    profile: str = Field(
        "jetstream-maxtext",
        description="jetstream-maxtext, jetstream-pytorch, or the path of a profile file.",
    )
    namespace: str = Field("default", description="Namespace of the Deployment.")
    deployment: str = Field("maxengine-server", description="Name of the Deployment.")
    selector: dict[str, str] = Field(
        default_factory=lambda: {"app": "maxengine-server"},
        description="Labels that select its pods.",
    )
    service: str = Field("jetstream-svc", description="Service in front of it.")
    http_port: int = Field(8000, ge=1, le=65535, description="Port that answers /generate.")
    metrics_port: int = Field(9100, ge=1, le=65535, description="Port of the server's metrics.")
    chips_per_replica: int = Field(8, ge=1, description="TPU chips one replica requests.")


class ServerScrape(_Model):
    """PodMonitoring for the server's own metrics."""

    enabled: bool = True
    name: str = "jetstream-podmonitoring"
    interval: str = Field("15s", description="Scrape interval, 5s or more.")
    path: str = "/"


class TpuScrape(_Model):
    """PodMonitoring for the TPU device plugin's exporter."""

    enabled: bool = True
    name: str = "tpu-metrics-exporter"
    namespace: str = "kube-system"
    port: int = Field(2112, ge=1, le=65535)
    interval: str = Field("15s", description="Scrape interval, 15s or more.")


class Scrape(_Model):
    """What Managed Prometheus collects."""

    server: ServerScrape = Field(default_factory=lambda: ServerScrape())
    tpu: TpuScrape = Field(default_factory=lambda: TpuScrape())


class Prometheus(_Model):
    """Only read when the adapter is prometheus."""

    namespace: str = "default"
    install: Install = Field(
        Install.DIRECT,
        description="who installs it, JETSCALE_HELM_CHART may name another chart",
    )
    release: str = "jetscale"
    google_service_account: str = "prom-frontend-sa"


class Adapter(_Model):
    """The metrics adapter."""

    kind: AdapterKind = AdapterKind.STACKDRIVER
    identity: Identity = Identity.PRINCIPAL
    prometheus: Prometheus = Field(default_factory=lambda: Prometheus())


def _written(value: object) -> object:
    """A number as the text it stands for: YAML reads `target: 10` as an integer."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


class MetricTarget(_Model):
    """One metric the number of replicas follows."""

    name: str
    target: Annotated[str, BeforeValidator(_written)] = Field(
        description="Kubernetes quantity; a percentage is accepted for ratios and stored as one."
    )


class Scaling(_Model):
    """The HorizontalPodAutoscaler."""

    name: str = "jetstream-hpa"
    min_replicas: int = Field(1, ge=1)
    max_replicas: int = Field(2, ge=1)
    metrics: tuple[MetricTarget, ...] = (
        MetricTarget(name="jetstream_prefill_backlog_size", target="10"),
    )
    behavior: dict[str, Any] | None = Field(
        None, description="autoscaling/v2 behavior. null: the controller's defaults."
    )


class Setup(_Model):
    """A whole setup document."""

    api_version: Literal["jetscale/v1"] = "jetscale/v1"
    kind: Literal["Setup"] = "Setup"
    metadata: Metadata = Field(default_factory=lambda: Metadata())
    guide: Guide = Guide.CORRECTED
    google: Google = Field(default_factory=lambda: Google())
    kubernetes: Kubernetes = Field(default_factory=lambda: Kubernetes())
    workload: Workload = Field(default_factory=lambda: Workload())
    scrape: Scrape = Field(default_factory=lambda: Scrape())
    adapter: Adapter = Field(default_factory=lambda: Adapter())
    scaling: Scaling = Field(default_factory=lambda: Scaling())
