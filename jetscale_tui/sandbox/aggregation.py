"""The API server's way to aggregated APIs: APIService, Service, ready pod."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from jetscale_tui.domain.kinds import API_SERVICE, SERVICE
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.kube.status import unavailable
from jetscale_tui.sandbox.network import Refused, port_of, service_port
from jetscale_tui.sandbox.programs import Call

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.handlers import AggregatedRequest
    from jetscale_tui.sandbox.kube.store import Store
    from jetscale_tui.sandbox.network import Network

_PRIVATE_PORTS = (443, 10250)
"""All that GKE's own firewall rules let a private control plane reach on nodes and pods."""

METRIC_APIS = (
    ("custom.metrics.k8s.io", "v1beta1"),
    ("custom.metrics.k8s.io", "v1beta2"),
    ("external.metrics.k8s.io", "v1beta1"),
    ("metrics.k8s.io", "v1beta1"),
)


class Aggregation:
    """Hands requests for aggregated APIs to the pods that serve them."""

    def __init__(self, store: Store, network: Network, *, private: bool = False) -> None:
        self._store = store
        self._network = network
        self._private = private

    def __call__(self, request: AggregatedRequest) -> Reply:
        """The extension server's answer."""
        name = f"{request.version}.{request.group}"
        api_service = self._store.peek(API_SERVICE, None, name)
        reference = ((api_service or {}).get("spec") or {}).get("service") or {}
        service = self._store.peek(SERVICE, reference.get("namespace"), reference.get("name", ""))
        path = "/".join(quote(part, safe="*") for part in request.path)
        call = Call(
            request.method,
            f"/apis/{request.group}/{request.version}/{path}".rstrip("/"),
            request.query,
        )
        if service is not None:
            try:
                return self._ask(service, reference.get("port", 443), call)
            except Refused:
                pass
        error = unavailable("service unavailable")
        return Reply.of(error.status, error.code)

    def discover(self, service: Json, port: int, group: str, version: str) -> str:
        """Why an extension server does not answer for its group; empty when it does."""
        path = f"/apis/{group}/{version}"
        address = f"https://{self._address(service, port)}{path}"
        try:
            reply = self._ask(service, port, Call("GET", path))
        except Refused as refused:
            return f'failing or missing response from {address}: Get "{address}": {refused}'
        if reply.status != 200:
            return (
                f"failing or missing response from {address}: "
                f"bad status from {address}: {reply.status}"
            )
        return ""

    def _ask(self, service: Json, port: int, call: Call) -> Reply:
        pods = self._network.endpoints(service)
        if not pods:
            raise Refused("no endpoints available")
        target = _target(service, pods[0], port)
        if target is None:
            raise Refused("no such port")
        if self._private and target not in _PRIVATE_PORTS:
            raise Refused(
                "net/http: request canceled while waiting for connection "
                "(Client.Timeout exceeded while awaiting headers)"
            )
        return self._network.call(pods[0], target, call)

    def _address(self, service: Json, port: int) -> str:
        pods = self._network.endpoints(service)
        target = _target(service, pods[0], port) if pods else port
        return f"{pods[0]['status']['podIP'] if pods else ''}:{target}"


def _target(service: Json, pod: Json, port: int) -> int | None:
    stated = service_port(service, str(port))
    return None if stated is None else port_of(pod, stated.get("targetPort", port))
