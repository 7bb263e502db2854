"""The load test, for pods a dashboard sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine.burst import Burst, Load

if TYPE_CHECKING:
    from jetscale_tui.domain.live import PodRow
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.tui.dialogs.burst import Strength

__all__ = ["Burst", "aim", "make_burst", "selector_of"]

_PER_POD = ("pod-template-hash", "statefulset.kubernetes.io/pod-name", "controller-revision-hash")


def selector_of(pods: tuple[PodRow, ...]) -> str:
    """The labels all of the pods have in common, as a selector."""
    common = set(pods[0].labels.items()) if pods else set()
    for pod in pods[1:]:
        common &= set(pod.labels.items())
    return ",".join(f"{key}={value}" for key, value in sorted(common) if key not in _PER_POD)


def aim(setup: Setup, namespace: str, selector: str, strength: Strength) -> Load:
    """The load for these pods, on the setup's port."""
    return Load(
        namespace=namespace,
        selector=selector,
        port=setup.workload.http_port,
        requests=strength.requests,
        concurrency=strength.concurrency,
        max_tokens=strength.max_tokens,
    )


def make_burst(backend: Backend, context: str | None, load: Load) -> Burst:
    """A burst that has not begun. May block to connect.

    Raises:
        JetScaleError: the cluster cannot be reached.
    """
    return Burst(backend.cluster(context), load, backend.clock)
