"""What is known of an inference server: data, one file a server, no code.

A profile names the server's container, arguments, ports and the metrics worth scaling on (or not).
The files are in `assets/profiles/`; a person may bring their own by path.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Model(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True
    )


class Unit(StrEnum):
    """What a metric counts."""

    REQUESTS = "requests"
    RATIO = "ratio"
    BYTES = "bytes"


class Origin(StrEnum):
    """Who emits a metric."""

    SERVER = "server"
    """The inference server itself, on its metrics port."""
    TPU_EXPORTER = "tpu-exporter"
    """The TPU device plugin, port 2112 in kube-system."""
    SYSTEM = "system"
    """GKE itself; nothing to scrape."""


class Metric(_Model):
    """One metric an HPA could follow."""

    name: str = Field(description="Name in the setup document.")
    title: str = Field(description="Short name for people.")
    origin: Origin = Origin.SERVER
    unit: Unit = Unit.REQUESTS
    minimum: float = 0
    maximum: float | None = Field(None, description="Upper bound of the gauge, null if none.")
    adapters: tuple[str, ...] = Field(
        ("stackdriver", "prometheus"), description="Which adapters can serve it."
    )
    default_target: str | None = Field(None, description="Proposed target quantity.")
    why: str = Field(description="One line: what scaling on it is good for.")
    scalable: bool = Field(True, description="false: must not be scaled on.")
    why_not: str | None = Field(None, description="Why it must not be scaled on.")


class Timing(_Model):
    """Histograms of the server that tell how fast it works; names without `_sum` and `_count`."""

    request: str = Field(description="Seconds from a request's arrival to its last token.")
    first_token: str = Field(description="Seconds from a request's arrival to its first token.")
    output_tokens: str = Field(description="Tokens a request generated.")


class Profile(_Model):
    """One inference server."""

    name: str
    title: str
    container: str = Field(description="Container that requests google.com/tpu.")
    deployment: str = Field(description="Usual name of the Deployment.")
    selector: dict[str, str] = Field(description="Usual labels of its pods.")
    service: str = Field("jetstream-svc", description="Usual Service.")
    http_port: int = Field(8000, ge=1, le=65535)
    metrics_port: int = Field(9100, ge=1, le=65535)
    metrics_argument: str = Field(
        description="Container argument that opens the metrics port; {port} is replaced."
    )
    images: tuple[str, ...] = Field(
        (), description="Parts of image names by which the server is recognised."
    )
    chips_per_replica: int = Field(8, ge=1)
    slots_per_chip: int = Field(4, ge=1, description="Concurrent decodes per chip.")
    slots_argument: str | None = Field(
        None,
        description="Container argument that sets the concurrent decodes per chip; "
        "{slots} is replaced.",
    )
    timing: Timing | None = Field(None, description="How its speed is measured; null: it is not.")
    metrics: tuple[Metric, ...]
    notice: str | None = Field(None, description="Something to say once about this server.")

    def metric(self, name: str) -> Metric | None:
        """The metric of that name."""
        return next((metric for metric in self.metrics if metric.name == name), None)
