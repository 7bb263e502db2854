"""google.api.serviceusage.v1.ServiceUsage: which services the project has enabled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.cloud import service_usage_v1
from google.longrunning import operations_pb2  # noqa: TC002  # annotations say what is sent

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.sandbox.google.status import Refusal, error_info

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.sandbox.google.operations import Operations
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.wire import Method

API = "serviceusage.googleapis.com"


def methods(state: GoogleState, operations: Operations) -> list[Method]:
    """What the gRPC service is called with."""
    services = Services(state, operations)
    return [
        services.get_service,
        services.batch_get_services,
        services.batch_enable_services,
    ]


class Services:
    """The methods, for the services of one project."""

    def __init__(self, state: GoogleState, operations: Operations) -> None:
        self._state = state
        self._operations = operations

    def get_service(self, request: service_usage_v1.GetServiceRequest) -> service_usage_v1.Service:
        """One service, by `projects/ID/services/NAME`."""
        return self._existing([request.name], "serviceusage.services.get", "get")[0]

    def batch_get_services(
        self, request: service_usage_v1.BatchGetServicesRequest
    ) -> service_usage_v1.BatchGetServicesResponse:
        """Several services; one that does not exist spoils the whole answer."""
        if len(request.names) > 30:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "Cannot get more than 30 services.")
        return service_usage_v1.BatchGetServicesResponse(
            services=self._existing(request.names, "serviceusage.services.get", "get")
        )

    def batch_enable_services(
        self, request: service_usage_v1.BatchEnableServicesRequest
    ) -> operations_pb2.Operation:
        """Begin to enable up to 20 services, all or none."""
        if len(request.service_ids) > 20:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "Cannot enable more than 20 services.")
        self._existing(request.service_ids, "serviceusage.services.enable", "enable")
        ready = self._state.enable(request.service_ids)
        response = service_usage_v1.BatchEnableServicesResponse(
            services=[self._enabled(name) for name in request.service_ids]
        )
        return self._operations.begin(
            ready, service_usage_v1.BatchEnableServicesResponse.pb(response)
        )

    def _existing(
        self, names: Iterable[str], permission: str, verb: str
    ) -> list[service_usage_v1.Service]:
        found = []
        for name in map(_short, names):
            if not self._state.allowed(permission):
                raise Refusal(
                    grpc.StatusCode.PERMISSION_DENIED,
                    f"Permission denied to {verb} service [{name}]",
                    error_info("AUTH_PERMISSION_DENIED", API),
                )
            if self._state.service_state(name) is ServiceState.UNKNOWN:
                raise Refusal(
                    grpc.StatusCode.PERMISSION_DENIED,
                    f"Not found or permission denied for service(s): {name}.",
                    error_info("SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED", API, services=name),
                )
            found.append(self._message(name))
        return found

    def _message(self, name: str) -> service_usage_v1.Service:
        enabled = self._state.service_state(name) is ServiceState.ENABLED
        return self._enabled(name) if enabled else self._with_state(name, "DISABLED")

    def _enabled(self, name: str) -> service_usage_v1.Service:
        return self._with_state(name, "ENABLED")

    def _with_state(self, name: str, state: str) -> service_usage_v1.Service:
        number = self._state.project.number
        return service_usage_v1.Service(
            name=f"projects/{number}/services/{name}",
            parent=f"projects/{number}",
            config=service_usage_v1.ServiceConfig(name=name),
            state=state,
        )


def _short(name: str) -> str:
    """`monitoring.googleapis.com` of `projects/ID/services/monitoring.googleapis.com`."""
    return name.rpartition("/")[2]
