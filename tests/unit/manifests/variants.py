"""The setups the tests of manifests and exports walk: every variant of the guide, and more."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.google import Project
from jetscale_tui.domain.spec import Guide, Setup
from jetscale_tui.setupfile.profiles import load_profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PROFILE = load_profile("jetstream-maxtext")
PROJECT = Project("my-project", "123456789012")

BACKLOG = {"name": "jetstream_prefill_backlog_size", "target": "10"}
SLOTS = {"name": "jetstream_slots_used_percentage", "target": "90%"}
HBM_BYTES = {"name": "memory_used", "target": "100Gi"}
HBM_NODE = {"name": "kubernetes.io/node/accelerator/memory_used", "target": "100Gi"}
HBM_SHARE = {"name": "memory_used_percentage", "target": "90%"}

VARIANTS: dict[str, tuple[str, list[dict[str, str]]]] = {
    "V1": ("stackdriver", [BACKLOG]),
    "V2": ("stackdriver", [SLOTS]),
    "V3": ("stackdriver", [HBM_BYTES]),
    "V3b": ("stackdriver", [HBM_NODE]),
    "V4": ("prometheus", [BACKLOG]),
    "V5": ("prometheus", [SLOTS]),
    "V6": ("prometheus", [HBM_SHARE]),
    "V7-stackdriver": ("stackdriver", [BACKLOG, HBM_BYTES]),
    "V7-prometheus": ("prometheus", [BACKLOG, HBM_SHARE]),
}
"""Adapter and metrics of each variant of the guide, by the name its golden file has."""


def setup_of(
    adapter: str = "stackdriver",
    metrics: list[dict[str, str]] | None = None,
    *,
    guide: Guide = Guide.CORRECTED,
    identity: str = "principal",
    install: str = "direct",
    prometheus: Mapping[str, str] | None = None,
    **sections: Mapping[str, Any],
) -> Setup:
    """A setup on my-project/us-central1/tpu-cluster; whole sections may be given."""
    return Setup.model_validate(
        {
            "guide": guide,
            "google": {
                "project": PROJECT.project_id,
                "location": "us-central1",
                "cluster": "tpu-cluster",
            },
            "adapter": {
                "kind": adapter,
                "identity": identity,
                "prometheus": {"install": install, **(prometheus or {})},
            },
            "scaling": {"metrics": metrics or [BACKLOG]},
            **sections,
        }
    )


def variant(name: str, guide: Guide = Guide.CORRECTED) -> Setup:
    """The setup of one variant of the guide."""
    adapter, metrics = VARIANTS[name]
    return setup_of(adapter, metrics, guide=guide)


def everything() -> Iterator[tuple[str, Setup]]:
    """Every variant in every combination of guide, identity and install, with a name for each."""
    identities = ("principal", "service-account", "node")
    for name, (adapter, metrics) in VARIANTS.items():
        installs = ("direct", "helm") if adapter == "prometheus" else ("direct",)
        for guide, identity, install in itertools.product(Guide, identities, installs):
            yield (
                f"{name}-{guide}-{identity}-{install}",
                setup_of(adapter, metrics, guide=guide, identity=identity, install=install),
            )
