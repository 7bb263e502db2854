"""KEDA's metrics server as a program: somebody else who serves the external metrics API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.kube.status import ApiError
from jetscale_tui.sandbox.programs import Call, Plain

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

IMAGE = "keda-metrics-apiserver"
PORT = 6443
_VERSION = "external.metrics.k8s.io/v1beta1"


class Keda(Plain):
    """Healthy, and of no use to an autoscaler that no ScaledObject made."""

    def runs_in(self, container: Json) -> bool:
        """By image."""
        return IMAGE in container["image"]

    def answer(self, pod: Json, port: int, call: Call) -> Reply | None:
        """A list that names nothing, and the same refusal for every metric."""
        del pod
        if port != PORT:
            return None
        root = f"/apis/{_VERSION}"
        if call.path == root:
            return Reply.of(_RESOURCES)
        if call.path.startswith(f"{root}/"):
            error = ApiError(
                500,
                "InternalError",
                "Internal error occurred: scaledObject name is not specified",
            )
            return Reply.of(error.status, error.code)
        return Reply(404, b"404 page not found\n", "text/plain; charset=utf-8")


_RESOURCES: Json = {
    "kind": "APIResourceList",
    "apiVersion": "v1",
    "groupVersion": _VERSION,
    "resources": [
        {
            "name": "externalmetrics",
            "singularName": "",
            "namespaced": True,
            "kind": "ExternalMetricValueList",
            "verbs": ["get"],
        }
    ],
}
