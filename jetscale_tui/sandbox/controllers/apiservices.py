"""APIService controller: whether an aggregated API can be reached, and if not, why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from jetscale_tui.domain.kinds import API_SERVICE, POD, SERVICE
from jetscale_tui.sandbox.controllers.conditions import set_condition
from jetscale_tui.sandbox.kube.objects import rfc3339

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store
    from jetscale_tui.sandbox.network import Network


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
    """Keeps the Available condition of every APIService true to its Service and pods."""

    kinds = (API_SERVICE, SERVICE, POD)
    delay = 0.0

    def __init__(
        self, store: Store, clock: SimClock, network: Network, discovery: Discovery
    ) -> None:
        self._store = store
        self._clock = clock
        self._network = network
        self._discovery = discovery

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The APIService itself, or those whose Service or pods may have changed."""
        if observed.kind == API_SERVICE.name:
            yield observed.key
            return
        for api_service in self._store.list(API_SERVICE):
            reference = (api_service.get("spec") or {}).get("service")
            if reference and reference.get("namespace") == observed.key[0]:
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
        return None

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
        if not self._network.endpoints(service):
            return Availability(
                False,
                "MissingEndpoints",
                f'endpoints for service/{name} in "{namespace}" have no addresses with port name '
                f'"{port.get("name", "")}"',
            )
        failure = self._discovery(service, number, spec["group"], spec["version"])
        if failure:
            return Availability(False, "FailedDiscoveryCheck", failure)
        return PASSED
