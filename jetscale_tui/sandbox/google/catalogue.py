"""Every Google service the sandbox answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.google import clusters, metrics, projects, serviceaccounts, services
from jetscale_tui.sandbox.google.operations import Operations

if TYPE_CHECKING:
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.wire import GenericHandler
    from jetscale_tui.sandbox.monitoring import Monitoring


def handlers(state: GoogleState, monitoring: Monitoring | None) -> list[GenericHandler]:
    """Handlers of all services, over the same state; Cloud Monitoring where there is a store."""
    operations = Operations(state)
    found = [
        projects.handler(state),
        clusters.handler(state),
        services.handler(state, operations),
        operations.handler(services.API),
        serviceaccounts.handler(state),
    ]
    if monitoring is not None:
        found.append(metrics.handler(state, monitoring))
    return found
