"""`ports.Cluster` over HTTP: objects in and out as plain dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.cluster.kubeconfig import GET_CREDENTIALS
from jetscale_tui.cluster.listing import Selection, pages, parsed
from jetscale_tui.cluster.watch import KubeWatch
from jetscale_tui.domain.kinds import Json, Kind, Ref
from jetscale_tui.domain.reading import mapping, text
from jetscale_tui.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.cluster.transport import Transport
    from jetscale_tui.domain.rights import KubernetesRight
    from jetscale_tui.engine.ports import Clock, ContextInfo, Helm

FIELD_MANAGER = "jetscale"
"""Owner of every field JetScale applies."""
_APPLY_PATCH = "application/apply-patch+yaml"


class KubeCluster:
    """One API server. Safe to use from many threads; nothing is sent before the first call."""

    def __init__(
        self, info: ContextInfo, transport: Transport, clock: Clock, helm: Helm | None
    ) -> None:
        """Without `helm` there is no kubeconfig that Helm could be aimed with."""
        self._info = info
        self._transport = transport
        self._clock = clock
        self._helm = helm

    @property
    def context(self) -> str:
        """Name of the kubeconfig context in use."""
        return self._info.name

    @property
    def server(self) -> str:
        """Address of the API server."""
        return self._info.server

    @property
    def namespace(self) -> str:
        """The context's own namespace."""
        return self._info.namespace

    @property
    def helm(self) -> Helm:
        """Helm, aimed at this same cluster; nothing is run before its first call.

        Raises:
            NotFound: there is no kubeconfig to aim it with.
        """
        if self._helm is None:
            raise NotFound(
                "Helm needs a kubeconfig, and there is no context for this cluster.",
                why=f"JetScale reaches {self.server} by itself; Helm cannot.",
                fix=f"Write one: {GET_CREDENTIALS}, or set adapter.prometheus.install to direct.",
            )
        return self._helm

    def version(self) -> str:
        """Git version of the server, such as `v1.36.2`."""
        return text(self._json("GET", "/version").get("gitVersion"))

    def get(self, ref: Ref) -> Json | None:
        """The object, or None where it (or its whole kind) does not exist."""
        try:
            return self._json("GET", ref.path)
        except NotFound:
            return None

    def list(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> list[Json]:
        """Objects of a kind; all namespaces when none is given. Empty where the kind is unknown."""
        found: list[Json] = []
        try:
            for page in pages(self._transport, Selection(kind, namespace, labels, fields)):
                if page.first:
                    found.clear()
                found.extend(page.objects)
        except NotFound:
            return []
        return found

    def apply(self, manifest: Json, *, dry_run: bool = False, force: bool = False) -> Json:
        """Server-side apply; the object as the server has it then.

        Raises:
            Conflict: another field manager owns a field and `force` is off.
            Rejected: the server found the object invalid; unknown fields are refused.
        """
        query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
        if dry_run:
            query["dryRun"] = "All"
        if force:
            query["force"] = "true"
        path = Ref.of(manifest).path
        return self._json("PATCH", path, query=query, body=manifest, content_type=_APPLY_PATCH)

    def delete(self, ref: Ref, *, uid: str | None = None) -> bool:
        """Delete, only if the uid still matches when one is given; False if it was not there."""
        body: Json = {
            "kind": "DeleteOptions",
            "apiVersion": "v1",
            "propagationPolicy": "Background",
        }
        if uid is not None:
            body["preconditions"] = {"uid": uid}
        try:
            self._json("DELETE", ref.path, body=body)
        except NotFound:
            return False
        except Conflict:
            live = self.get(ref)
            if uid is not None and (live is None or live["metadata"].get("uid") != uid):
                return False
            raise
        return True

    def allowed(self, right: KubernetesRight) -> bool:
        """Answer of a SelfSubjectAccessReview."""
        attributes = {
            "verb": right.verb,
            "group": right.group,
            "resource": right.resource,
            "namespace": right.namespace,
            "name": right.name,
            "subresource": right.subresource,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {
                "resourceAttributes": {key: value for key, value in attributes.items() if value}
            },
        }
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        return mapping(self._json("POST", path, body=review).get("status")).get("allowed") is True

    def raw(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """GET any path of the API server (metrics APIs, proxies); the body as text."""
        return self._transport.request("GET", path, query=query)

    def post(self, path: str, body: Json, *, timeout: float) -> str:
        """POST JSON to a proxy path; the body as text. Timeout in seconds."""
        return self._transport.request("POST", path, body=body, timeout=timeout)

    def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> KubeWatch:
        """Follow the objects of a kind; nothing is asked before the iteration begins."""
        return KubeWatch(self._transport, Selection(kind, namespace, labels, fields), self._clock)

    def _json(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Json | None = None,
        content_type: str = "application/json",
    ) -> Json:
        answer = self._transport.request(
            method, path, query=query, body=body, content_type=content_type
        )
        return parsed(answer, self.server)
