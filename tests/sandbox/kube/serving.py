"""A Kubernetes API server of the sandbox on a free port, and a client that hides nothing."""

from __future__ import annotations

import http.client
import json
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import trustme

from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.kube.access import EVERYTHING, Identity
from jetscale_tui.sandbox.kube.catalog import custom_definitions
from jetscale_tui.sandbox.kube.server import KubeServer
from jetscale_tui.sandbox.kube.store import HISTORY, Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json

HPAS = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
PODS = "/api/v1/namespaces/default/pods"
POD_MONITORINGS = "/apis/monitoring.googleapis.com/v1/namespaces/default/podmonitorings"
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    content_type: str
    body: Any
    """JSON where it is, else text."""
    headers: dict[str, str]

    @property
    def reason(self) -> str:
        """Reason of a Status."""
        return str(self.body.get("reason", ""))

    @property
    def message(self) -> str:
        """Message of a Status."""
        return str(self.body["message"])

    @property
    def causes(self) -> list[tuple[str, str]]:
        """Field and message of every cause of a Status."""
        found = self.body["details"]["causes"]
        return [(cause["field"], cause["message"]) for cause in found]


class Watching:
    """A watch whose head has been answered."""

    def __init__(self, connection: http.client.HTTPSConnection) -> None:
        self._connection = connection
        self._response = connection.getresponse()
        self.status = self._response.status

    def text(self) -> str:
        """The next line; waits for it."""
        line = self._response.readline()
        assert line, "the watch ended"
        return line.decode()

    def next(self) -> Json:
        """The next event; waits for it."""
        event: Json = json.loads(self.text())
        return event

    def rest(self) -> list[Json]:
        """All events until the server ends the watch; hangs up after that."""
        try:
            return [json.loads(line) for line in self._response.read().splitlines()]
        finally:
            self.close()

    def ended(self) -> bool:
        """Whether the server cut the connection; waits for it."""
        try:
            return self._response.readline() == b""
        except (OSError, http.client.HTTPException):
            return True

    def close(self) -> None:
        """Hang up."""
        self._response.close()
        self._connection.close()

    def __enter__(self) -> Watching:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Client:
    """Talks to one server as one identity over one connection."""

    def __init__(self, address: str, trust: ssl.SSLContext, token: str) -> None:
        self._address = address
        self._trust = trust
        self._token = token
        self.headers: dict[str, str] = {}
        """Sent with every request."""
        self._connection = self._connect()

    def _connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._address, context=self._trust, timeout=20)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        agent: str = "tests/1",
    ) -> Answer:
        """Send one request; text is sent as it is, everything else as JSON."""
        self._send(self._connection, method, path, body, content_type, accept, agent)
        response = self._connection.getresponse()
        raw = response.read().decode()
        media_type = response.headers.get("Content-Type", "")
        parsed = json.loads(raw) if raw and media_type.startswith("application/json") else raw
        return Answer(response.status, media_type, parsed, dict(response.headers))

    def watch(self, path: str, accept: str = "application/json") -> Watching:
        """Open a watch on a connection of its own."""
        connection = self._connect()
        self._send(connection, "GET", path, None, "", accept, "tests/1")
        return Watching(connection)

    def get(self, path: str, accept: str = "application/json") -> Answer:
        """GET."""
        return self.request("GET", path, accept=accept)

    def create(self, path: str, body: Any) -> Answer:
        """POST."""
        return self.request("POST", path, body)

    def apply(self, path: str, body: Any, manager: str = "tests", **options: str) -> Answer:
        """Server-side apply."""
        query = "&".join(f"{k}={v}" for k, v in {"fieldManager": manager, **options}.items())
        return self.request("PATCH", f"{path}?{query}", body, APPLY)

    def patch(self, path: str, body: Any, content_type: str = MERGE) -> Answer:
        """Any other patch."""
        return self.request("PATCH", path, body, content_type)

    def delete(self, path: str, body: Any = None) -> Answer:
        """DELETE."""
        return self.request("DELETE", path, body)

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _send(
        self,
        connection: http.client.HTTPSConnection,
        method: str,
        path: str,
        body: Any,
        content_type: str,
        accept: str,
        agent: str,
    ) -> None:
        headers = {"Accept": accept, "User-Agent": agent, **self.headers}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        payload = body
        if body is not None:
            headers["Content-Type"] = content_type
            payload = body if isinstance(body, str) else json.dumps(body)
        connection.request(method, path, payload, headers)


@dataclass(slots=True)
class Served:
    """A running API server with its store."""

    store: Store
    server: KubeServer
    trust: ssl.SSLContext
    admin: Client

    def client(self, token: str) -> Client:
        """A client with another token; the caller closes it."""
        return Client(self.server.address, self.trust, token)


@cache
def _certificates() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    authority = trustme.CA()
    server, trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(server)
    authority.configure_trust(trust)
    return server, trust


@contextmanager
def serving(
    *identities: Identity, clock: SimClock | None = None, history: int = HISTORY
) -> Iterator[Served]:
    """A server with the namespaces `default` and `kube-system` and Managed Prometheus' kinds.

    The token `admin` may do everything; other identities have their name as their token.
    """
    clock = clock or SimClock()
    store = Store(clock, history=history)
    for name in ("default", "kube-system"):
        store.create(namespace(name))
    for definition in custom_definitions():
        store.create(definition)
    tls, trust = _certificates()
    known = {"admin": Identity("admin", rules=EVERYTHING)}
    known.update({identity.name: identity for identity in identities})
    server = KubeServer(store, clock, identities=known, tls=tls)
    server.start()
    admin = Client(server.address, trust, "admin")
    try:
        yield Served(store, server, trust, admin)
    finally:
        admin.close()
        server.stop()


def namespace(name: str) -> Json:
    """A namespace as it stands after its creation."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def autoscaler(name: str = "web", **spec: Any) -> Json:
    """An autoscaler with one External metric."""
    target = {"type": "AverageValue", "averageValue": "10"}
    metric = {"type": "External", "external": {"metric": {"name": "backlog"}, "target": target}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
            "minReplicas": 1,
            "maxReplicas": 2,
            "metrics": [metric],
            **spec,
        },
    }


def deployment(name: str = "web", *containers: Json, **spec: Any) -> Json:
    """A Deployment of one container `c`, or of those given."""
    template = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": list(containers) or [{"name": "c", "image": "example/none:1"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": template, **spec},
    }


def config_map(name: str = "settings", **data: str) -> Json:
    """A ConfigMap."""
    filled = {"data": data} if data else {}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **filled}


def metric(kind: str, **source: Any) -> Json:
    """A metric of an autoscaler, of one type."""
    key = kind[0].lower() + kind[1:]
    return {"type": kind, key: source}


def external(**target: Any) -> Json:
    """An External metric with a target."""
    return metric("External", metric={"name": "m"}, target=target)


def monitoring(**endpoint: Any) -> Json:
    """A PodMonitoring with one endpoint."""
    return {
        "apiVersion": "monitoring.googleapis.com/v1",
        "kind": "PodMonitoring",
        "metadata": {"name": "pm"},
        "spec": {"selector": {}, "endpoints": [{"port": 9100, "interval": "15s", **endpoint}]},
    }


def owners(obj: Json) -> dict[str, Any]:
    """The fields each manager owns, by `manager` or `manager/subresource`."""
    return {
        entry["manager"] + (f"/{entry['subresource']}" if "subresource" in entry else ""): entry[
            "fieldsV1"
        ]
        for entry in obj["metadata"].get("managedFields", [])
    }
