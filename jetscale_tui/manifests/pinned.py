"""Third-party software JetScale installs: image, version, where it was read and when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """A container image at one tag."""

    repository: str
    tag: str
    source: str
    """Public file the tag was read in."""
    read_on: str
    """Date of that reading, ISO 8601."""

    def __str__(self) -> str:
        return f"{self.repository}:{self.tag}"


@dataclass(frozen=True, slots=True)
class Chart:
    """A Helm chart at one version."""

    repository_name: str
    """Name the guide gives the repository with `helm repo add`."""
    repository: str
    name: str
    version: str
    source: str
    read_on: str


STACKDRIVER_ADAPTER = Image(
    "gcr.io/gke-release/custom-metrics-stackdriver-adapter",
    "v0.16.9-gke.0",
    "GoogleCloudPlatform/k8s-stackdriver: custom-metrics-stackdriver-adapter/deploy/production/"
    "adapter_new_resource_model.yaml",
    "2026-08-18",
)

FRONTEND = Image(
    "gke.gcr.io/prometheus-engine/frontend",
    "v0.15.3-gke.0",
    "GoogleCloudPlatform/prometheus-engine: examples/frontend.yaml",
    "2026-07-02",
)

GUIDE_FRONTEND = Image(
    "gke.gcr.io/prometheus-engine/frontend",
    "v0.8.0-gke.4",
    "The public guide's prometheus-frontend.yaml",
    "2026-08-22",
)

PROMETHEUS_ADAPTER = Image(
    "registry.k8s.io/prometheus-adapter/prometheus-adapter",
    "v0.12.0",
    "prometheus-community/helm-charts: charts/prometheus-adapter/Chart.yaml",
    "2026-08-22",
)

PROMETHEUS_ADAPTER_CHART = Chart(
    "prometheus-community",
    "https://prometheus-community.github.io/helm-charts",
    "prometheus-adapter",
    "5.3.0",
    "prometheus-community/helm-charts: charts/prometheus-adapter/Chart.yaml",
    "2026-08-22",
)
