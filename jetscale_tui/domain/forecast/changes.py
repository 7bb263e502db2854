"""Settings a setup could have instead of its own, one change each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain import quantity
from jetscale_tui.domain.forecast.words import of, span
from jetscale_tui.domain.profile import Origin, Unit
from jetscale_tui.domain.spec import Guide, MetricTarget
from jetscale_tui.domain.validation import resolved_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jetscale_tui.domain.forecast.facts import Facts
    from jetscale_tui.domain.profile import Metric, Profile
    from jetscale_tui.domain.spec import Setup

_SHARES = ("500m", "600m", "700m", "800m", "850m", "900m")
_COUNTS = ("1", "2", "3", "5", "8", "10", "15", "20", "30", "50")
_ADDED_SHARES = ("700m", "800m", "900m")
_ADDED_COUNTS = ("5", "10")
_LONGEST_PERIOD = 1800
_SYNC = 15


class Concern(StrEnum):
    """What a change is about; of each, the best is worth an advice."""

    QUERY = "query"
    TARGET = "target"
    METRIC = "metric"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SCALE_UP = "scale-up behavior"
    SCALE_DOWN = "scale-down behavior"


@dataclass(frozen=True, slots=True)
class Change:
    """One setting to another value."""

    concern: Concern
    path: str
    """Of the field in the setup document."""
    before: str
    after: str
    apply: Callable[[Setup], Setup]
    """The setup with it, everything else as it was."""

    @property
    def text(self) -> str:
        """`scaling.maxReplicas: 4 → 2`."""
        return f"{self.path}: {self.before} → {self.after}"


def possible_changes(setup: Setup, profile: Profile, facts: Facts) -> tuple[Change, ...]:
    """Everything the search tries; of changes that do as well, the plainer concern comes first."""
    return (
        *_query(setup),
        *_limits(setup, facts),
        *_targets(setup, profile),
        *_metrics(setup, profile),
        *_scale_up(setup, facts),
        *_scale_down(setup, facts),
    )


def _query(setup: Setup) -> Iterator[Change]:
    if setup.guide is Guide.LITERAL:
        yield Change(
            Concern.QUERY,
            "guide",
            "literal",
            "corrected",
            lambda chosen: chosen.model_copy(update={"guide": Guide.CORRECTED}),
        )


def _targets(setup: Setup, profile: Profile) -> Iterator[Change]:
    offers = {Unit.RATIO: _SHARES, Unit.REQUESTS: _COUNTS}
    for index, target in enumerate(setup.scaling.metrics):
        metric = profile.metric(target.name)
        present = _milli(target.target)
        for offer in offers.get(metric.unit, ()) if metric else ():
            if _milli(offer) != present:
                yield Change(
                    Concern.TARGET,
                    f"scaling.metrics[{index}].target",
                    target.target,
                    offer,
                    partial(_with_target, name=target.name, target=offer),
                )


def _metrics(setup: Setup, profile: Profile) -> Iterator[Change]:
    """Another metric of the server as well, or instead."""
    if setup.guide is Guide.LITERAL:
        # As the guide prints several metrics together, no adapter serves them.
        return
    names = [target.name for target in setup.scaling.metrics]
    offers = {Unit.RATIO: _ADDED_SHARES, Unit.REQUESTS: _ADDED_COUNTS}
    for metric in profile.metrics:
        if metric.name in names or not _offered(metric, setup):
            continue
        for target in offers.get(metric.unit, ()):
            added = MetricTarget(name=metric.name, target=target)
            for kept in (setup.scaling.metrics, ()):
                yield Change(
                    Concern.METRIC,
                    "scaling.metrics",
                    ", ".join(names),
                    ", ".join([*(each.name for each in kept), f"{metric.name} at {target}"]),
                    partial(_with_scaling, metrics=(*kept, added)),
                )


def _offered(metric: Metric, setup: Setup) -> bool:
    served = setup.adapter.kind.value in metric.adapters
    return metric.scalable and metric.origin is Origin.SERVER and served


def _limits(setup: Setup, facts: Facts) -> Iterator[Change]:
    scaling, fits = setup.scaling, facts.fits_at_most
    least, most = scaling.min_replicas, scaling.max_replicas
    for size in _sizes({1, least - 1, least + 1, least + 2}, 1, most, least):
        yield Change(
            Concern.MINIMUM,
            "scaling.minReplicas",
            str(least),
            str(size),
            partial(_with_scaling, min_replicas=size),
        )
    offers = {most - 1, most + 1, most + 2} | ({facts.fits_now or 0, fits} if fits else {most * 2})
    # With a maximum at the minimum nothing would be scaled at all.
    for size in _sizes(offers, least + 1, most * 2 if fits is None else fits, most):
        yield Change(
            Concern.MAXIMUM,
            "scaling.maxReplicas",
            str(most),
            str(size),
            partial(_with_scaling, max_replicas=size),
        )


def _sizes(offers: Iterable[int], least: int, most: int, present: int) -> list[int]:
    return sorted(size for size in offers if least <= size <= most and size != present)


def _scale_up(setup: Setup, facts: Facts) -> Iterator[Change]:
    period = _period(facts.start_seconds)
    return _behavior(
        setup,
        "scaleUp",
        Concern.SCALE_UP,
        (
            {},
            {"policies": [_pods(1, period)]},
            {"policies": [_pods(2, period)]},
            {"stabilizationWindowSeconds": 60},
        ),
    )


def _scale_down(setup: Setup, facts: Facts) -> Iterator[Change]:
    slow = [_pods(1, 60)]
    return _behavior(
        setup,
        "scaleDown",
        Concern.SCALE_DOWN,
        (
            {},
            {"stabilizationWindowSeconds": 60},
            {"stabilizationWindowSeconds": 600},
            {"stabilizationWindowSeconds": 1200},
            {"policies": slow},
            {"stabilizationWindowSeconds": 600, "policies": slow},
            {"policies": [_pods(1, _period(2 * facts.start_seconds))]},
        ),
    )


def _behavior(
    setup: Setup, direction: str, concern: Concern, offers: Iterable[dict[str, Any]]
) -> Iterator[Change]:
    present = (setup.scaling.behavior or {}).get(direction) or {}
    for rules in offers:
        if rules != present:
            yield Change(
                concern,
                f"scaling.behavior.{direction}",
                _rules(present),
                _rules(rules),
                partial(_with_rules, direction=direction, rules=rules),
            )


def _rules(rules: dict[str, Any]) -> str:
    """Behavior of one direction in a few words."""
    parts = []
    if (window := rules.get("stabilizationWindowSeconds")) is not None:
        parts.append(f"window {span(window)}")
    for policy in rules.get("policies", ()):
        amount = f"{policy['value']} %"
        if policy["type"] == "Pods":
            amount = of(policy["value"], "pod", "pods")
        parts.append(f"{amount} in {span(policy['periodSeconds'])}")
    return ", ".join(parts) or "default"


def _period(seconds: float) -> int:
    """A policy period that covers so many seconds: whole passes of the control loop."""
    return min(_LONGEST_PERIOD, max(_SYNC, math.ceil(seconds / _SYNC) * _SYNC))


def _pods(value: int, period: int) -> dict[str, Any]:
    return {"type": "Pods", "value": value, "periodSeconds": period}


def _milli(target: str) -> int:
    return quantity.parse(resolved_target(target)).milli


def _with_scaling(setup: Setup, **update: Any) -> Setup:
    return setup.model_copy(update={"scaling": setup.scaling.model_copy(update=update)})


def _with_target(setup: Setup, *, name: str, target: str) -> Setup:
    metrics = tuple(
        MetricTarget(name=name, target=target) if each.name == name else each
        for each in setup.scaling.metrics
    )
    return _with_scaling(setup, metrics=metrics)


def _with_rules(setup: Setup, *, direction: str, rules: dict[str, Any]) -> Setup:
    behavior = {**(setup.scaling.behavior or {}), direction: rules}
    kept = {key: value for key, value in behavior.items() if value}
    return _with_scaling(setup, behavior=kept or None)
