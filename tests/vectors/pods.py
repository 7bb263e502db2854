"""Pods and resource samples as the vectors write them."""

from __future__ import annotations

from typing import Any

from jetscale_tui.domain.hpa.readings import Pod, ResourceSample

Json = dict[str, Any]

STARTED = -3_600_000
BECAME_READY = -3_590_000


def explicit_pod(given: Json, origin: int = 0) -> Pod:
    """A pod; `origin` is the vectors' time 0 in milliseconds."""
    ready = given.get("ready", "True")
    started = None if given.get("no_start_time") else origin + given.get("start_ms", STARTED)
    return Pod(
        name=given["name"],
        phase=given.get("phase", "Running"),
        ready=None if ready == "absent" else ready,
        ready_changed=origin + given.get("ready_changed_ms", BECAME_READY),
        started=started,
        deleting=given.get("deleting", False),
        requests=given.get("requests_milli", {"main": {}}),
        sidecar_requests=given.get("restartable_init_requests_milli", {}),
        pod_requests=given.get("pod_requests_milli"),
    )


def explicit_pods(given: list[Json] | None, origin: int = 0) -> list[Pod]:
    return [explicit_pod(pod, origin) for pod in given or ()]


def explicit_sample(given: Json, origin: int = 0) -> ResourceSample:
    return ResourceSample(
        given["pod"],
        given["containers_milli"],
        origin + given.get("timestamp_ms", 0),
        given.get("window_ms", 30_000),
    )
