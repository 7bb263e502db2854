"""Every Google service the sandbox answers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.google import clusters, projects, services
from jetscale_tui.sandbox.google.operations import Operations

if TYPE_CHECKING:
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.wire import GenericHandler


def handlers(state: GoogleState) -> list[GenericHandler]:
    """Handlers of all services, over the same state."""
    operations = Operations(state)
    return [
        projects.handler(state),
        clusters.handler(state),
        services.handler(state, operations),
        operations.handler(services.API),
    ]
