"""What a PodMonitoring asks for: which pods, which of their ports, and how that went. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jetscale_tui.domain.kinds import Json


def selects(monitoring: Json, labels: Mapping[str, str]) -> bool:
    """Whether it selects pods that carry these labels."""
    selector = monitoring["spec"].get("selector") or {}
    return bool((selector.get("matchLabels") or {}).items() <= labels.items())


def hits(monitoring: Json, port: int, containers: Sequence[Json]) -> bool:
    """Whether one of its endpoints is that port, by number or by a container port's name."""
    names = {
        named.get("name")
        for container in containers
        for named in container.get("ports") or ()
        if named.get("containerPort") == port
    }
    return any(each.get("port") in {port, *names} for each in endpoints(monitoring))


def target_error(monitoring: Json) -> str:
    """Why its targets fail, where target status is switched on; it is off by default (S2)."""
    for status in (monitoring.get("status") or {}).get("endpointStatuses") or ():
        if status.get("unhealthyTargets"):
            for group in status.get("sampleGroups") or ():
                for sample in group.get("sampleTargets") or ():
                    if sample.get("lastError"):
                        return str(sample["lastError"])
    return ""


def endpoints(monitoring: Json) -> list[Json]:
    """Its endpoints."""
    return list(monitoring["spec"].get("endpoints") or ())
