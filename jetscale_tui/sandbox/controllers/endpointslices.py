"""EndpointSlice controller: the pods behind every Service that selects some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.kinds import POD, SERVICE
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.ownership import owner_reference
from jetscale_tui.sandbox.controllers.selectors import selects_map
from jetscale_tui.sandbox.kube.catalog import ENDPOINT_SLICE
from jetscale_tui.sandbox.network import port_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.controllers.ownership import Ownership
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

SERVICE_NAME = "kubernetes.io/service-name"
"""Label of a slice that says whose it is."""
_MANAGED_BY = "endpointslice-controller.k8s.io"


class EndpointSliceController:
    """Keeps one slice a Service; a real one begins another after a hundred pods."""

    kinds = (SERVICE, POD)
    delay = 0.0

    def __init__(self, store: Store, ownership: Ownership) -> None:
        self._store = store
        self._ownership = ownership

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The Service itself, or those that select the pod."""
        if observed.kind == SERVICE.name:
            yield observed.key
            return
        namespace, labels = observed.key[0], observed.obj["metadata"].get("labels")
        for service in self._store.list(SERVICE, namespace):
            selector = service["spec"].get("selector")
            if selector and selects_map(selector, labels):
                yield namespace, service["metadata"]["name"]

    def reconcile(self, key: Key) -> None:
        """Write down which pods are there and which of them are ready."""
        service = self._store.peek(SERVICE, *key)
        if service is None or not service["spec"].get("selector"):
            return
        content = {"endpoints": self._endpoints(service), "ports": self._ports(service)}
        owned = self._ownership.owned(service["metadata"]["uid"], ENDPOINT_SLICE)
        if not owned:
            self._store.create({**_new_slice(service), **content})
            return
        name = owned[0]["metadata"]["name"]
        self._store.mutate(ENDPOINT_SLICE, key[0], name, lambda obj: obj.update(content))

    def _endpoints(self, service: Json) -> list[Json]:
        return [_endpoint(pod) for pod in self._pods(service)]

    def _pods(self, service: Json) -> list[Json]:
        return [
            pod
            for pod in self._store.list(POD, service["metadata"]["namespace"])
            if selects_map(service["spec"]["selector"], pod["metadata"].get("labels"))
            and (pod.get("status") or {}).get("podIP")
            and facts.phase(pod) == "Running"
        ]

    def _ports(self, service: Json) -> list[Json]:
        pods = self._pods(service)
        ports = []
        for port in service["spec"].get("ports") or ():
            target: Any = port.get("targetPort") or port["port"]
            number = port_of(pods[0], target) if pods else target
            if isinstance(number, int):
                protocol = port.get("protocol", "TCP")
                ports.append({"name": port.get("name", ""), "port": number, "protocol": protocol})
        return ports


def _new_slice(service: Json) -> Json:
    name = service["metadata"]["name"]
    return {
        "apiVersion": ENDPOINT_SLICE.api_version,
        "kind": ENDPOINT_SLICE.name,
        "metadata": {
            "generateName": f"{name}-",
            "namespace": service["metadata"]["namespace"],
            "labels": {
                **(service["metadata"].get("labels") or {}),
                "endpointslice.kubernetes.io/managed-by": _MANAGED_BY,
                SERVICE_NAME: name,
            },
            "ownerReferences": [owner_reference(service)],
        },
        "addressType": "IPv4",
    }


def _endpoint(pod: Json) -> Json:
    ready, leaving = facts.is_ready(pod), facts.is_terminating(pod)
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready and not leaving, "serving": ready, "terminating": leaving},
        "nodeName": pod["spec"]["nodeName"],
        "targetRef": {
            "kind": "Pod",
            "name": pod["metadata"]["name"],
            "namespace": pod["metadata"]["namespace"],
            "uid": pod["metadata"]["uid"],
        },
    }
