"""The starting state of the sandbox: what the small GKE looks like before anything is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from jetscale_tui.sandbox.durations import Seconds  # noqa: TC001  # pydantic reads it

_IN_FILES = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)
"""How scenario files write these: camelCase, and nothing unknown."""


@dataclass(frozen=True, slots=True)
class PoolBlueprint:
    """A node pool of the sandbox."""

    __pydantic_config__: ClassVar[ConfigDict] = _IN_FILES

    name: str
    machine_type: str
    nodes: int
    max_nodes: int
    accelerator: str = ""
    topology: str = ""
    chips_per_node: int = 0


@dataclass(frozen=True, slots=True)
class WorkloadBlueprint:
    """The simulated JetStream."""

    __pydantic_config__: ClassVar[ConfigDict] = _IN_FILES

    namespace: str = "default"
    deployment: str = "maxengine-server"
    service: str = "jetstream-svc"
    replicas: int = 1
    chips: int = 8
    metrics_port: int = 9100
    """0: the server was started without its metrics port."""
    start_seconds: Seconds = 75.0
    """From scheduled to ready: image, weights, compile."""
    slots: int = 32
    """Concurrent decodes per replica: per_device_batch_size times chips."""
    decode_seconds_per_token: Seconds = 0.1
    """One decode step, which gives every busy slot a token."""
    prefill_seconds: Seconds = 0.1


@dataclass(frozen=True, slots=True)
class Blueprint:
    """All of the sandbox's starting state; a scenario is another one of these. Times in seconds."""

    __pydantic_config__: ClassVar[ConfigDict] = _IN_FILES

    project_id: str = "sandbox-project"
    project_number: str = "123456789012"
    location: str = "us-central1"
    cluster: str = "tpu-cluster"
    account: str = "ana@example.com"
    workload_identity: bool = True
    private_nodes: bool = False
    """The control plane reaches pods on ports 443 and 10250 only."""
    pools: tuple[PoolBlueprint, ...] = (
        PoolBlueprint("default-pool", "e2-standard-4", nodes=1, max_nodes=3),
        PoolBlueprint(
            "tpu-pool",
            "ct5lp-hightpu-8t",
            nodes=2,
            max_nodes=2,
            accelerator="tpu-v5-lite-podslice",
            topology="2x4",
            chips_per_node=8,
        ),
    )
    workload: WorkloadBlueprint = field(default_factory=WorkloadBlueprint)
    services_disabled: tuple[str, ...] = ()
    iam_propagation: Seconds = 45.0
    """From a grant to its effect."""
    node_provisioning: Seconds = 150.0
    hpa_period: Seconds = 15.0
    downscale_stabilization: Seconds = 300.0
    ingestion_delay: Seconds = 5.0
    """From scrape to queryable."""
    adapter_window: Seconds = 300.0
    google_permissions_denied: tuple[str, ...] = ()
    """IAM permissions the account lacks."""
    speed: float = 1.0
