"""APIService controller: whether an aggregated API can be reached, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jetscale_tui.domain.kinds import API_SERVICE, SERVICE
from jetscale_tui.sandbox.controllers.conditions import set_condition
from jetscale_tui.sandbox.controllers.endpointslices import SERVICE_NAME
from jetscale_tui.sandbox.kube.catalog import ENDPOINT_SLICE
from jetscale_tui.sandbox.kube.objects import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

_RESYNC_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Availability:
    """What the Available condition says."""

    ok: bool
    reason: str
    message: str


LOCAL = Availability(True, "Local", "Local APIServices are always available")
PASSED = Availability(True, "Passed", "all checks passed")


class Discovery(Protocol):
    """Asks an extension server for its resource list."""

    def __call__(self, service: Json, port: int, group: str, version: str) -> str:
        """Empty when it answers, else why not."""


class ApiServiceController:
    """Keeps the Available condition of every APIService true to its Service and endpoints."""

    kinds = (API_SERVICE, SERVICE, ENDPOINT_SLICE)
    delay = 0.0

    def __init__(self, store: Store, clock: SimClock, discovery: Discovery) -> None:
        self._store = store
        self._clock = clock
        self._discovery = discovery

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The APIService itself, or those whose Service or endpoints changed."""
        if observed.kind == API_SERVICE.name:
            yield observed.key
            return
        namespace, service = observed.key
        if observed.kind == ENDPOINT_SLICE.name:
            service = (observed.obj["metadata"].get("labels") or {}).get(SERVICE_NAME, "")
        for api_service in self._store.list(API_SERVICE):
            reference = api_service["spec"].get("service") or {}
            if (reference.get("namespace"), reference.get("name")) == (namespace, service):
                yield "", api_service["metadata"]["name"]

    def reconcile(self, key: Key) -> float | None:
        """Check and report."""
        api_service = self._store.peek(API_SERVICE, None, key[1])
        if api_service is None:
            return None
        found = self.check(api_service)

        def report(obj: Json) -> None:
            set_condition(
                obj.setdefault("status", {}),
                "Available",
                found.ok,
                rfc3339(self._clock.now()),
                reason=found.reason,
                message=found.message,
            )

        self._store.mutate(API_SERVICE, None, key[1], report, status=True, manager="kube-apiserver")
        return None if found is LOCAL else _RESYNC_SECONDS

    def check(self, api_service: Json) -> Availability:
        """Whether requests for this API have somewhere to go, as of now."""
        spec = api_service["spec"]
        reference = spec.get("service")
        if not reference:
            return LOCAL
        namespace, name = reference["namespace"], reference["name"]
        number = reference.get("port", 443)
        service = self._store.peek(SERVICE, namespace, name)
        if service is None:
            return Availability(
                False, "ServiceNotFound", f'service/{name} in "{namespace}" is not present'
            )
        port = next(
            (each for each in service["spec"].get("ports") or () if each["port"] == number), None
        )
        if port is None:
            return Availability(
                False,
                "ServicePortError",
                f'service/{name} in "{namespace}" is not listening on port {number}',
            )
        slices = [
            each
            for each in self._store.list(ENDPOINT_SLICE, namespace)
            if (each["metadata"].get("labels") or {}).get(SERVICE_NAME) == name
        ]
        if not slices:
            return Availability(
                False,
                "EndpointsNotFound",
                f'cannot find endpointslices for service/{name} in "{namespace}"',
            )
        if not any(_serves(each, port.get("name") or "") for each in slices):
            return Availability(
                False,
                "MissingEndpoints",
                f'endpointslices for service/{name} in "{namespace}" have no addresses with port '
                f'name "{port.get("name") or ""}"',
            )
        failure = self._discovery(service, number, spec["group"], spec["version"])
        if failure:
            return Availability(False, "FailedDiscoveryCheck", failure)
        return PASSED


def _serves(endpoint_slice: Json, port_name: str) -> bool:
    """Whether any endpoint of a slice is ready, and the port is among those of the slice."""
    ready = any(each["conditions"].get("ready", True) for each in endpoint_slice["endpoints"])
    return ready and any(port["name"] == port_name for port in endpoint_slice["ports"])
