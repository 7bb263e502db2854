"""The Managed Prometheus frontend as a program: passes queries on with its pod's identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.controllers.pods import containers
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.programs import Call, Plain, options

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.blueprint import Blueprint
    from jetscale_tui.sandbox.identity import PodIdentity
    from jetscale_tui.sandbox.managed_prometheus import ManagedPrometheus

IMAGE = "prometheus-engine/frontend"
_DEFAULT_ADDRESS = ":19090"
_TEXT = "text/plain; charset=utf-8"


class Frontend(Plain):
    """Answers anybody in the cluster, as long as its own identity may read monitoring.

    It is ready whatever that identity may do: only a query tells.
    """

    def __init__(
        self, blueprint: Blueprint, identity: PodIdentity, prometheus: ManagedPrometheus
    ) -> None:
        self._project = blueprint.project_id
        self._identity = identity
        self._prometheus = prometheus

    def runs_in(self, container: Json) -> bool:
        """By image."""
        return IMAGE in container["image"]

    def fatal(self, pod: Json) -> str | None:
        """It has to be told a project."""
        if self._options(pod).get("query.project-id"):
            return None
        return '{"level":"error","msg":"--query.project-id must be set"}'

    def answer(self, pod: Json, port: int, call: Call) -> Reply | None:
        """Probes always succeed; below `/api/` Google answers."""
        given = self._options(pod)
        if not given.get("web.listen-address", _DEFAULT_ADDRESS).endswith(f":{port}"):
            return None
        match call.path:
            case "/-/ready":
                return Reply(200, b"Prometheus frontend is Ready.\n", _TEXT)
            case "/-/healthy":
                return Reply(200, b"Prometheus frontend is Healthy.\n", _TEXT)
            case path if path.startswith("/api/"):
                return self._forward(pod, given, call)
            case _:
                return Reply(404, b"404 page not found\n", _TEXT)

    def _forward(self, pod: Json, given: dict[str, str], call: Call) -> Reply:
        if not self._identity.signs_in(pod):
            return Reply(500, b"", _TEXT)
        if given["query.project-id"] != self._project or not self._identity.reads_monitoring(pod):
            return permission_denied()
        return self._prometheus.answer(call)

    def _options(self, pod: Json) -> dict[str, str]:
        return next(options(each) for each in containers(pod) if self.runs_in(each))


def permission_denied() -> Reply:
    """What the Monitoring API says to whoever may not read time series."""
    message = "Permission monitoring.timeSeries.list denied (or the resource may not exist)."
    error = {"code": 403, "message": message, "status": "PERMISSION_DENIED"}
    return Reply.of({"error": error}, 403)
