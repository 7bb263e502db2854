"""What a real server refuses about Deployments and the pods they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.quantity import parse
from jetscale_tui.sandbox.kube.names import DNS_LABEL
from jetscale_tui.sandbox.kube.status import (
    Cause,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json

_NOT_ROLLING = "may not be specified when strategy `type` is 'Recreate'"


def deployment_causes(deployment: Json, old: Json | None) -> Iterator[Cause]:
    """Everything wrong with a Deployment's spec."""
    spec = deployment["spec"]
    if spec.get("replicas", 0) < 0:
        yield invalid("spec.replicas", spec["replicas"], "must be greater than or equal to 0")
    selector = spec.get("selector")
    labels = spec["template"]["metadata"].get("labels") or {}
    if selector is None:
        yield required("spec.selector")
    if selector is None or any(
        labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()
    ):
        yield invalid(
            "spec.template.metadata.labels",
            labels or None,
            "`selector` does not match template `labels`",
        )
    elif not (selector.get("matchLabels") or selector.get("matchExpressions")):
        yield invalid("spec.selector", selector, "empty selector is invalid for deployment")
    if old is not None and old["spec"].get("selector") != selector:
        yield invalid("spec.selector", selector, "field is immutable")
    strategy = spec["strategy"]
    if strategy.get("type") == "Recreate" and strategy.get("rollingUpdate") is not None:
        yield forbidden("spec.strategy.rollingUpdate", _NOT_ROLLING)
    rolling = strategy.get("rollingUpdate") or {}
    if rolling.get("maxUnavailable") in (0, "0%") and rolling.get("maxSurge") in (0, "0%"):
        yield invalid(
            "spec.strategy.rollingUpdate.maxUnavailable",
            rolling["maxUnavailable"],
            "may not be 0 when `maxSurge` is 0",
        )
    pod = spec["template"]["spec"]
    if pod.get("restartPolicy") != "Always":
        yield not_supported(
            "spec.template.spec.restartPolicy", pod.get("restartPolicy"), ["Always"]
        )
    yield from pod_spec_causes(pod, "spec.template.spec")


def pod_spec_causes(spec: Json, path: str) -> Iterator[Cause]:
    """Everything wrong with a pod's spec."""
    volumes = _named(spec.get("volumes") or [])
    containers = spec.get("containers") or []
    if not containers:
        yield required(f"{path}.containers")
    names: set[str] = set()
    for index, container in enumerate(containers):
        place = f"{path}.containers[{index}]"
        yield from _container(container, place, volumes)
        if container["name"] in names:
            yield duplicate(f"{place}.name", container["name"])
        names.add(container["name"])


def _named(items: list[Json]) -> set[str]:
    return {item.get("name", "") for item in items}


def _container(container: Json, path: str, volumes: set[str]) -> Iterator[Cause]:
    if not container["name"]:
        yield required(f"{path}.name")
    for problem in DNS_LABEL.problems(container["name"]) if container["name"] else ():
        yield invalid(f"{path}.name", container["name"], problem)
    if not container.get("image"):
        yield required(f"{path}.image")
    for index, port in enumerate(container.get("ports") or []):
        number = port.get("containerPort", 0)
        if not number:
            yield required(f"{path}.ports[{index}].containerPort")
        elif not 1 <= number <= 65535:
            yield invalid(
                f"{path}.ports[{index}].containerPort",
                number,
                "must be between 1 and 65535, inclusive",
            )
    for index, mount in enumerate(container.get("volumeMounts") or []):
        if mount.get("name") not in volumes:
            yield Cause(
                "FieldValueNotFound",
                f'Not found: "{mount.get("name")}"',
                f"{path}.volumeMounts[{index}].name",
            )
    yield from _resources(container["resources"], f"{path}.resources")


def _resources(resources: Json, path: str) -> Iterator[Cause]:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, amount in requests.items():
        limit = limits.get(name)
        extended = "/" in name
        if extended and limit is None:
            yield required(f"{path}.limits", "Limit must be set for non overcommitable resources")
        elif extended and limit is not None and parse(limit) != parse(amount):
            yield invalid(f"{path}.requests", amount, f"must be equal to {name} limit of {limit}")
        elif limit is not None and parse(amount).milli > parse(limit).milli:
            yield invalid(
                f"{path}.requests",
                amount,
                f"must be less than or equal to {name} limit of {limit}",
            )
