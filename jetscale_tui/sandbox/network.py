"""The cluster's network as far as anyone calls: pods by port, Services by name, and the proxy."""

from __future__ import annotations

import itertools
import threading
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jetscale_tui.domain.kinds import POD, SERVICE
from jetscale_tui.sandbox.controllers import pods as facts
from jetscale_tui.sandbox.controllers.selectors import selects_map
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.kube.status import ApiError, bad_request, unavailable
from jetscale_tui.sandbox.programs import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.handlers import ProxyRequest
    from jetscale_tui.sandbox.kube.store import Store
    from jetscale_tui.sandbox.programs import Programs


class Refused(Exception):
    """Nothing listens at that address; the message is the dialler's."""


class Network:
    """Reaches programs in pods, straight or through a Service."""

    def __init__(self, store: Store, programs: Programs) -> None:
        self._store = store
        self._programs = programs
        self._turns: dict[tuple[str, str], Iterator[int]] = {}
        self._lock = threading.Lock()

    def call(self, pod: Json, port: int, call: Call) -> Reply:
        """What a pod answers on a port, after as long as that takes.

        Raises:
            Refused: the pod does not run, or nothing listens there.
        """
        address = f"{(pod.get('status') or {}).get('podIP', '')}:{port}"
        process = self._programs.of(pod)
        reply = process.program.answer(pod, port, call) if facts.phase(pod) == "Running" else None
        if reply is None:
            raise Refused(f"dial tcp {address}: connect: connection refused")
        return reply

    def fetch(self, url: str, call: Call) -> Reply:
        """What a Service of the cluster answers, called by a pod as `http://NAME.NAMESPACE.svc:1`.

        Raises:
            Refused: there is no such Service, nothing ready behind it, or nothing listens there.
        """
        address = urlsplit(url)
        name, _, rest = (address.hostname or "").partition(".")
        namespace, _, domain = rest.partition(".")
        service = self._store.peek(SERVICE, namespace, name)
        if service is None or domain not in ("svc", "svc.cluster.local"):
            raise Refused(f"dial tcp: lookup {address.hostname}: no such host")
        asked, pods = address.port or 80, self.endpoints(service)
        target: int | None
        if service["spec"].get("clusterIP") == "None":
            # The name is that of the pods themselves: no port is mapped.
            target = asked
        else:
            port = service_port(service, str(asked))
            target = port_of(pods[0], port.get("targetPort", asked)) if port and pods else None
        if not pods or target is None:
            raise Refused(f"dial tcp {address.netloc}: connect: connection refused")
        return self.call(pods[0], target, replace(call, path=address.path + call.path))

    def endpoints(self, service: Json) -> list[Json]:
        """Ready pods behind a Service, by name."""
        selector = service["spec"].get("selector")
        if not selector:
            return []
        return [
            pod
            for pod in self._store.list(POD, service["metadata"]["namespace"])
            if facts.is_ready(pod)
            and not facts.is_terminating(pod)
            and selects_map(selector, pod["metadata"].get("labels"))
        ]

    def proxy(self, request: ProxyRequest) -> Reply:
        """Answer a request to `pods/NAME:PORT/proxy` or `services/NAME:PORT/proxy`."""
        call = Call(request.method, request.path, request.query, request.body)
        try:
            if request.resource == "services":
                pod, port = self._through_service(request)
            else:
                pod, port = self._at_pod(request)
            return self.call(pod, port, call)
        except Refused as refused:
            error = unavailable(f"error trying to reach service: {refused}")
        except ApiError as refusal:
            error = refusal
        return Reply.of(error.status, error.code)

    def _at_pod(self, request: ProxyRequest) -> tuple[Json, int]:
        pod = self._store.peek(POD, request.namespace, request.name)
        if pod is None:
            raise unavailable(f'pod "{request.name}" is gone')
        if not request.port:
            ports = [port for each in facts.containers(pod) for port in each.get("ports") or ()]
            return pod, ports[0]["containerPort"] if ports else 80
        number = port_of(pod, int(request.port) if request.port.isdigit() else request.port)
        if number is None:
            raise bad_request(f'no port "{request.port}" in pod "{request.name}"')
        return pod, number

    def _through_service(self, request: ProxyRequest) -> tuple[Json, int]:
        service = self._store.peek(SERVICE, request.namespace, request.name)
        if service is None:
            raise unavailable(f'service "{request.name}" is gone')
        port = service_port(service, request.port)
        if port is None:
            raise unavailable(
                f'no service port "{request.port}" found for service "{request.name}"'
            )
        ready = self.endpoints(service)
        if not ready:
            raise unavailable(f'no endpoints available for service "{request.name}"')
        with self._lock:
            turns = self._turns.setdefault((request.namespace, request.name), itertools.count())
            pod = ready[next(turns) % len(ready)]
        target = port_of(pod, port["targetPort"] if "targetPort" in port else port["port"])
        if target is None:
            raise unavailable(f'no endpoints available for service "{request.name}"')
        return pod, target


def service_port(service: Json, wanted: str) -> Json | None:
    """The port of a Service with that number or name; the only one when none is wanted."""
    ports: list[Json] = service["spec"].get("ports") or []
    if not wanted:
        return ports[0] if len(ports) == 1 else None
    return next(
        (port for port in ports if wanted in (port.get("name"), str(port["port"]))),
        None,
    )


def port_of(pod: Json, wanted: int | str) -> int | None:
    """A port number, as it is or by the name a container declares."""
    if isinstance(wanted, int):
        return wanted
    for container in facts.containers(pod):
        for port in container.get("ports") or ():
            if port.get("name") == wanted:
                number: int = port["containerPort"]
                return number
    return None
