"""Google services of a project, through the Service Usage API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.api_core import exceptions as api
from google.api_core.future.polling import DEFAULT_POLLING
from google.cloud import service_usage_v1

from jetscale_tui.cloud.calls import SERVICE_USAGE, Call
from jetscale_tui.domain.google import ServiceState
from jetscale_tui.errors import JetScaleError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.cloud.session import Session

_NAMES_A_READ = 30
_NAMES_A_WRITE = 20

_POLLING = DEFAULT_POLLING.with_delay(initial=0.25, maximum=5.0, multiplier=1.5)

ENABLE_SECONDS = 300.0
"""How long enabling may take; usually it is well under a minute."""


class Services:
    """Reading and enabling the services of projects."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def states(self, project_id: str, names: Sequence[str]) -> dict[str, ServiceState]:
        """State of each named service, UNKNOWN for one that does not exist."""
        states: dict[str, ServiceState] = {}
        for start in range(0, len(names), _NAMES_A_READ):
            part = list(dict.fromkeys(names[start : start + _NAMES_A_READ]))
            try:
                states.update(self._batch(project_id, part))
            except JetScaleError as refusal:
                # One name that does not exist spoils the answer for the whole batch.
                if not _is_unknown_service(refusal):
                    raise
                states.update({name: self._one(project_id, name) for name in part})
        return states

    def enable(self, project_id: str, names: Sequence[str]) -> None:
        """Enable services and wait until Google says they are."""
        call = Call(
            f"enable {', '.join(names)} in project {project_id}",
            SERVICE_USAGE,
            "serviceusage.services.enable",
            project_id,
        )
        wanted = list(dict.fromkeys(names))
        for start in range(0, len(wanted), _NAMES_A_WRITE):
            request = service_usage_v1.BatchEnableServicesRequest(
                parent=f"projects/{project_id}",
                service_ids=wanted[start : start + _NAMES_A_WRITE],
            )
            method = self._client.batch_enable_services
            try:
                operation = self._session.write(method, request)
                operation.result(timeout=ENABLE_SECONDS, polling=_POLLING)  # type: ignore[no-untyped-call]
            except Exception as error:
                raise self._session.translated(error, call) from error

    def _batch(self, project_id: str, names: Sequence[str]) -> dict[str, ServiceState]:
        request = service_usage_v1.BatchGetServicesRequest(
            parent=f"projects/{project_id}",
            names=[f"projects/{project_id}/services/{name}" for name in names],
        )
        answer = self._session.read(_reading(project_id), self._client.batch_get_services, request)
        return {
            service.name.rpartition("/")[2]: _state(service.state) for service in answer.services
        }

    def _one(self, project_id: str, name: str) -> ServiceState:
        request = service_usage_v1.GetServiceRequest(name=f"projects/{project_id}/services/{name}")
        try:
            service = self._session.read(_reading(project_id), self._client.get_service, request)
        except JetScaleError as refusal:
            if not _is_unknown_service(refusal):
                raise
            return ServiceState.UNKNOWN
        return _state(service.state)

    @property
    def _client(self) -> service_usage_v1.ServiceUsageClient:
        return self._session.client(service_usage_v1.ServiceUsageClient)


def _reading(project_id: str) -> Call:
    return Call(
        f"read the services of project {project_id}",
        SERVICE_USAGE,
        "serviceusage.services.get",
        project_id,
    )


def _is_unknown_service(refusal: JetScaleError) -> bool:
    cause = refusal.__cause__
    return (
        isinstance(cause, api.GoogleAPICallError)
        and cause.reason == "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED"
    )


def _state(state: service_usage_v1.State) -> ServiceState:
    names = {"ENABLED": ServiceState.ENABLED, "DISABLED": ServiceState.DISABLED}
    return names.get(state.name, ServiceState.UNKNOWN)
