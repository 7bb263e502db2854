"""The HorizontalPodAutoscaler."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DEPLOYMENT, HPA
from jetscale_tui.domain.quantity import QuantityError, canonical
from jetscale_tui.domain.validation import resolved_target
from jetscale_tui.errors import ConfigError
from jetscale_tui.manifests.metadata import header, is_literal
from jetscale_tui.manifests.serving import Source, TargetType, serving

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import MetricTarget, Setup

_GUIDE_SUFFIX = "-multiple-metrics"


def hpa_name(setup: Setup) -> str:
    """Name of the autoscaler; the guide gives the one with several metrics a second name."""
    several = len(setup.scaling.metrics) > 1
    return setup.scaling.name + (_GUIDE_SUFFIX if is_literal(setup) and several else "")


def autoscaler(setup: Setup, profile: Profile) -> Json:
    """The autoscaler of a setup, all its metrics in one object."""
    scaling = setup.scaling
    spec: Json = {
        "scaleTargetRef": {
            "apiVersion": DEPLOYMENT.api_version,
            "kind": DEPLOYMENT.name,
            "name": setup.workload.deployment,
        },
        "minReplicas": scaling.min_replicas,
        "maxReplicas": scaling.max_replicas,
        "metrics": [_metric(setup, profile, target) for target in scaling.metrics],
    }
    if scaling.behavior is not None:
        spec["behavior"] = copy.deepcopy(scaling.behavior)
    return {**header(setup, HPA, hpa_name(setup), setup.workload.namespace), "spec": spec}


def _metric(setup: Setup, profile: Profile, target: MetricTarget) -> Json:
    served = serving(setup, profile, target.name)
    metric: Json = {"name": served.name}
    if served.selector:
        metric["selector"] = {"matchLabels": dict(served.selector)}
    field = "value" if served.target is TargetType.VALUE else "averageValue"
    source = "pods" if served.source is Source.PODS else "external"
    return {
        "type": served.source.value,
        source: {
            "metric": metric,
            "target": {"type": served.target.value, field: _quantity(setup, target)},
        },
    }


def _quantity(setup: Setup, target: MetricTarget) -> str:
    """The target as the API server would send it back, so that nothing differs on a second look.

    Literal mode keeps the spelling, but for the percent sign, which Kubernetes refuses.
    """
    written = resolved_target(target.target)
    if is_literal(setup):
        return written
    try:
        return canonical(written)
    except QuantityError as error:
        raise ConfigError(f"The target of {target.name} cannot be used.", why=str(error)) from error
