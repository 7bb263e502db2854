"""What a real server refuses about Deployments and the pods they describe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jetscale_tui.domain.quantity import parse
from jetscale_tui.sandbox.kube.labels import requirements, selector_text
from jetscale_tui.sandbox.kube.names import (
    DNS_LABEL,
    LABEL_VALUE,
    label_key_problems,
    resource_name_problems,
)
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

_PERCENT = (
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or "
    "'93%', regex used for validation is '[0-9]+%')"
)
_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_PERIODS = ("timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")
_POD_MAY_CHANGE = ("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds")
_POD_STAYS = (
    "pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "
    "additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
    "to 1 if it was previously negative)"
)
_NOT_ROLLING = "may not be specified when strategy `type` is 'Recreate'"


def deployment_causes(deployment: Json, old: Json | None) -> Iterator[Cause]:
    """Everything wrong with a Deployment's spec."""
    spec = deployment["spec"]
    yield from _not_negative(spec, "replicas")
    selector = spec.get("selector")
    if selector is None:
        yield required("spec.selector")
    wrong = list(_selector_causes(selector or {}, "spec.selector"))
    yield from wrong
    if selector is not None and not any(map(selector.get, ("matchLabels", "matchExpressions"))):
        yield invalid("spec.selector", selector, "empty selector is invalid for deployment")
    if wrong:
        yield invalid("spec.selector", selector, "invalid label selector")
    else:
        yield from _template_causes(spec["template"], selector)
    yield from _strategy(spec["strategy"])
    yield from _not_negative(spec, "minReadySeconds")
    yield from _not_negative(spec, "revisionHistoryLimit")
    yield from _not_negative(spec, "progressDeadlineSeconds")
    deadline = spec["progressDeadlineSeconds"]
    if deadline <= spec.get("minReadySeconds", 0):
        words = "must be greater than minReadySeconds"
        yield invalid("spec.progressDeadlineSeconds", deadline, words)
    if old is not None and old["spec"].get("selector") != selector:
        yield invalid("spec.selector", selector, "field is immutable")


def _template_causes(template: Json, selector: Json | None) -> Iterator[Cause]:
    path, pod = "spec.template", template["spec"]
    labels = template["metadata"].get("labels") or {}
    if selector is None or not _selects(selector, labels):
        words = "`selector` does not match template `labels`"
        yield invalid(f"{path}.metadata.labels", labels or None, words)
    yield from label_causes(labels, f"{path}.metadata.labels")
    yield from pod_spec_causes(pod, f"{path}.spec")
    if pod.get("restartPolicy") != "Always":
        yield not_supported(f"{path}.spec.restartPolicy", pod.get("restartPolicy"), ["Always"])


def _selects(selector: Json, labels: dict[str, str]) -> bool:
    template = {"metadata": {"labels": labels}}
    return all(met(template) for met in requirements(selector_text(selector)))


def _not_negative(spec: Json, field: str) -> Iterator[Cause]:
    if spec.get(field, 0) < 0:
        yield invalid(f"spec.{field}", spec[field], "must be greater than or equal to 0")


def label_causes(labels: dict[str, str], path: str) -> Iterator[Cause]:
    """Everything wrong with the keys and values of some labels."""
    for key, value in labels.items():
        for problem in label_key_problems(key):
            yield invalid(path, key, problem)
        for problem in LABEL_VALUE.problems(value):
            yield invalid(path, value, problem)


def _selector_causes(selector: Json, path: str) -> Iterator[Cause]:
    yield from label_causes(selector.get("matchLabels") or {}, f"{path}.matchLabels")
    for index, rule in enumerate(selector.get("matchExpressions") or []):
        place, operator = f"{path}.matchExpressions[{index}]", rule.get("operator", "")
        if operator in ("In", "NotIn") and not rule.get("values"):
            words = "must be specified when `operator` is 'In' or 'NotIn'"
            yield required(f"{place}.values", words)
        if operator in ("Exists", "DoesNotExist") and rule.get("values"):
            words = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            yield forbidden(f"{place}.values", words)
        if operator not in ("In", "NotIn", "Exists", "DoesNotExist"):
            yield invalid(f"{place}.operator", operator, "not a valid selector operator")
        for problem in label_key_problems(rule.get("key", "")):
            yield invalid(f"{place}.key", rule.get("key", ""), problem)


def _strategy(strategy: Json) -> Iterator[Cause]:
    path, rolling = "spec.strategy.rollingUpdate", strategy.get("rollingUpdate")
    if strategy.get("type") == "Recreate" and rolling is not None:
        yield forbidden(path, _NOT_ROLLING)
        return
    rolling = rolling or {}
    for field in ("maxUnavailable", "maxSurge"):
        value = rolling.get(field, 0)
        if isinstance(value, str) and not re.fullmatch("[0-9]+%", value):
            yield invalid(f"{path}.{field}", value, _PERCENT)
        elif isinstance(value, int) and value < 0:
            yield invalid(f"{path}.{field}", value, "must be greater than or equal to 0")
    most = rolling.get("maxUnavailable")
    if most in (0, "0%") and rolling.get("maxSurge") in (0, "0%"):
        yield invalid(f"{path}.maxUnavailable", most, "may not be 0 when `maxSurge` is 0")
    if isinstance(most, str) and re.fullmatch("[0-9]+%", most) and int(most[:-1]) > 100:
        yield invalid(f"{path}.maxUnavailable", most, "must not be greater than 100%")


def pod_spec_causes(spec: Json, path: str) -> Iterator[Cause]:
    """Everything wrong with a pod's spec."""
    volumes: set[str] = set()
    for index, volume in enumerate(spec.get("volumes") or []):
        yield from _name(volume, f"{path}.volumes[{index}]", volumes)
    containers = spec.get("containers") or []
    if not containers:
        yield required(f"{path}.containers")
    names: set[str] = set()
    for index, container in enumerate(containers):
        yield from _name(container, f"{path}.containers[{index}]", names)
        yield from _container(container, f"{path}.containers[{index}]", volumes)


def pod_update_causes(spec: Json, old: Json) -> Iterator[Cause]:
    """What may not change of a pod that exists, which is nearly everything."""
    for field in ("containers", "initContainers"):
        if len(spec.get(field) or []) != len(old.get(field) or []):
            yield forbidden(f"spec.{field}", "pod updates may not add or remove containers")
            return
    if _kept(spec) != _kept(old):
        yield forbidden("spec", _POD_STAYS)


def _kept(spec: Json) -> Json:
    """The part of a pod's spec that stays as it was made."""
    kept = {key: value for key, value in spec.items() if key not in _POD_MAY_CHANGE}
    for field in ("containers", "initContainers"):
        kept[field] = [{**each, "image": ""} for each in spec.get(field) or []]
    return kept


def _name(named: Json, path: str, taken: set[str]) -> Iterator[Cause]:
    name = named.get("name", "")
    if not name:
        yield required(f"{path}.name")
    for problem in DNS_LABEL.problems(name) if name else ():
        yield invalid(f"{path}.name", name, problem)
    if name in taken:
        yield duplicate(f"{path}.name", name)
    taken.add(name)


def _container(container: Json, path: str, volumes: set[str]) -> Iterator[Cause]:
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
    for index, variable in enumerate(container.get("env") or []):
        if not variable.get("name"):
            yield required(f"{path}.env[{index}].name")
        if variable.get("value") and variable.get("valueFrom"):
            words = "may not be specified when `value` is not empty"
            yield invalid(f"{path}.env[{index}].valueFrom", "", words)
    for index, mount in enumerate(container.get("volumeMounts") or []):
        if mount.get("name") not in volumes:
            yield Cause(
                "FieldValueNotFound",
                f'Not found: "{mount.get("name")}"',
                f"{path}.volumeMounts[{index}].name",
            )
    yield from _resources(container["resources"], f"{path}.resources")
    for field in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(field) is not None:
            yield from _probe(container[field], f"{path}.{field}")


def _probe(probe: Json, path: str) -> Iterator[Cause]:
    handlers = [name for name in _HANDLERS if probe.get(name) is not None]
    if not handlers:
        yield required(path, "must specify a handler type")
    for extra in handlers[1:]:
        yield forbidden(f"{path}.{extra}", "may not specify more than 1 handler type")
    port = (probe.get("httpGet") or probe.get("tcpSocket") or {}).get("port")
    if isinstance(port, int) and not 1 <= port <= 65535:
        yield invalid(f"{path}.{handlers[0]}.port", port, "must be between 1 and 65535, inclusive")
    for field in ("initialDelaySeconds", *_PERIODS):
        if probe.get(field, 0) < 0:
            yield invalid(f"{path}.{field}", probe[field], "must be greater than or equal to 0")
    if probe.get("successThreshold", 1) != 1 and "readiness" not in path:
        yield invalid(f"{path}.successThreshold", probe["successThreshold"], "must be 1")


def _resources(resources: Json, path: str) -> Iterator[Cause]:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name, amount in limits.items():
        yield from _amount(name, amount, f"{path}.limits[{name}]")
    for name, amount in requests.items():
        yield from _amount(name, amount, f"{path}.requests[{name}]")
        limit, extended = limits.get(name), "/" in name
        if extended and limit is None:
            yield required(f"{path}.limits", "Limit must be set for non overcommitable resources")
        elif extended and limit is not None and parse(limit) != parse(amount):
            yield invalid(f"{path}.requests", amount, f"must be equal to {name} limit of {limit}")
        elif limit is not None and parse(amount).milli > parse(limit).milli:
            words = f"must be less than or equal to {name} limit of {limit}"
            yield invalid(f"{path}.requests", amount, words)


def _amount(name: str, amount: str, path: str) -> Iterator[Cause]:
    for problem in resource_name_problems(name):
        yield invalid(path, name, problem)
    if parse(amount).sign < 0:
        yield invalid(path, amount, "must be greater than or equal to 0")
    if "/" in name and parse(amount).milli % 1000:
        yield invalid(path, amount, "must be an integer")
