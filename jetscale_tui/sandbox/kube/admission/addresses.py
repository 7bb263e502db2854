"""Cluster IPs and node ports of Services."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import SERVICE

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.store import Store

SERVICE_RANGE = IPv4Network("34.118.224.0/20")
"""GKE's default range for Services."""
NODE_PORTS = range(30000, 32768)
_KEPT = ("clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy")


def assign(store: Store, service: Json) -> None:
    """Give a new Service the next free address, unless it wants a certain one or none."""
    spec = service["spec"]
    if spec.get("type") == "ExternalName":
        return
    if spec.get("type") in ("NodePort", "LoadBalancer"):
        _assign_node_ports(store, spec)
    if not spec.get("clusterIP"):
        taken = {other["spec"].get("clusterIP") for other in store.list(SERVICE)}
        hosts = (str(address) for address in SERVICE_RANGE.hosts())
        spec["clusterIP"] = next(address for address in hosts if address not in taken)
    spec["clusterIPs"] = [spec["clusterIP"]]
    spec.setdefault("ipFamilies", ["IPv4"])
    spec.setdefault("ipFamilyPolicy", "SingleStack")


def _assign_node_ports(store: Store, spec: Json) -> None:
    others = (port for other in store.list(SERVICE) for port in other["spec"].get("ports") or ())
    taken = {port.get("nodePort") for port in others}
    free = (number for number in NODE_PORTS if number not in taken)
    for port in spec.get("ports") or []:
        if not port.get("nodePort"):
            port["nodePort"] = next(free)


def keep(service: Json, old: Json) -> None:
    """Carry over the addresses of a Service into a version that does not mention them."""
    if service["spec"].get("type") != "ExternalName":
        for key in _KEPT:
            if key in old["spec"]:
                service["spec"].setdefault(key, old["spec"][key])
