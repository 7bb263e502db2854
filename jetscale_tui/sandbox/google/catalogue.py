"""Every Google service the sandbox answers for.

Google's packages take half a second and forty megabytes. A service is therefore put together by
its first call: a sandbox is up at once, and nobody pays for a service that nobody calls.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import grpc

from jetscale_tui.imports import ONE_AT_A_TIME
from jetscale_tui.sandbox.google.operations import Operations
from jetscale_tui.sandbox.google.wire import service_handler

if TYPE_CHECKING:
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.wire import GenericHandler
    from jetscale_tui.sandbox.monitoring import Monitoring


def handlers(state: GoogleState, monitoring: Monitoring | None) -> list[GenericHandler]:
    """Handlers of all services, over the same state; Cloud Monitoring where there is a store."""
    operations = Operations(state)
    found: list[GenericHandler] = [
        _Service("google.cloud.resourcemanager.v3.Projects", "projects", state),
        _Service("google.container.v1.ClusterManager", "clusters", state),
        _Service("google.iam.admin.v1.IAM", "serviceaccounts", state),
        _Service("google.api.serviceusage.v1.ServiceUsage", "services", state, operations),
        operations.handler("serviceusage.googleapis.com"),
    ]
    if monitoring is not None:
        found.append(_Service("google.monitoring.v3.MetricService", "metrics", state, monitoring))
    return found


class _Service(grpc.GenericRpcHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """A gRPC service by its full name, and the module here that has its methods."""

    def __init__(self, name: str, module: str, state: GoogleState, *rest: Any) -> None:
        self._name = name
        self._module = module
        self._state = state
        self._rest = rest
        self._handler: GenericHandler | None = None

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """The method that is called; None where it is another service's."""
        if handler_call_details.method.split("/")[1] != self._name:
            return None
        if self._handler is None:
            with ONE_AT_A_TIME:
                module = import_module(f"{__package__}.{self._module}")
            methods = module.methods(self._state, *self._rest)
            self._handler = service_handler(self._state, self._name, module.API, methods)
        return self._handler.service(handler_call_details)
