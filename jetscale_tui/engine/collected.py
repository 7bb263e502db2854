"""The server's metrics as Cloud Monitoring has them, for where no pod may be asked. Reads only."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.monitoring import Availability
from jetscale_tui.domain.profile import Origin
from jetscale_tui.errors import AuthError, JetScaleError

if TYPE_CHECKING:
    from collections.abc import Collection

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import ServerLook
    from jetscale_tui.engine.ports import Cloud


@dataclass(frozen=True, slots=True)
class Collected:
    """What Cloud Monitoring has of one of the server's metrics now."""

    metric: str
    availability: Availability
    value: float | None = None
    """Mean over the pods, of each the sum of its series; None where there is no value."""
    why: str = ""
    fix: str = ""


def collected(
    cloud: Cloud, setup: Setup, profile: Profile, names: Collection[str] | None = None
) -> tuple[Collected, ...]:
    """The server's own metrics, as they were scraped last; empty without a google.project.

    Args:
        cloud: with the credentials of whoever asks.
        setup: names the project, the cluster and the namespace.
        profile: names the metrics.
        names: of those that are wanted; all of them when None.

    Raises:
        JetScaleError: Cloud Monitoring cannot be asked at all.
    """
    project = setup.google.project
    if project is None:
        return ()
    emitted = [metric.name for metric in profile.metrics if metric.origin is Origin.SERVER]
    wanted = [name for name in emitted if names is None or name in names]
    return tuple(_one(cloud, project, setup, name) for name in wanted)


def in_words(cloud: Cloud | None, setup: Setup, profile: Profile, names: Collection[str]) -> str:
    """Whether metrics have arrived, for people; empty where that cannot be seen.

    Raises:
        AuthError: the Google credentials are no longer good.
    """
    if cloud is None:
        return ""
    try:
        found = collected(cloud, setup, profile, names)
    except AuthError:
        raise
    except JetScaleError:
        return ""
    states = {each.availability for each in found}
    if not states or Availability.FORBIDDEN in states:
        return ""
    there = states == {Availability.DATA}
    return f"Cloud Monitoring has {'values' if there else 'no values yet'}"


def completed(look: ServerLook, cloud: Cloud | None, setup: Setup, profile: Profile) -> ServerLook:
    """The look, with values from Cloud Monitoring where a pod was there and could not be asked.

    Raises:
        AuthError: the Google credentials are no longer good.
    """
    if look.page is None or look.page.answered or cloud is None:
        return look
    try:
        found = collected(cloud, setup, profile)
    except AuthError:
        raise
    except JetScaleError:
        # The pod's own refusal is what there is to say then.
        return look
    values = {each.metric: each.value for each in found if each.value is not None}
    return replace(look, metrics=values, collected=True) if values else look


def _one(cloud: Cloud, project: str, setup: Setup, name: str) -> Collected:
    query = f"avg(sum by (pod) ({name}{{{_matchers(setup)}}}))"
    answer = cloud.promql(project, query, about=f"prometheus.googleapis.com/{name}/")
    values = [row.value for row in answer.rows]
    value = values[0] if values and math.isfinite(values[0]) else None
    return Collected(name, answer.availability, value, answer.why, answer.fix)


def _matchers(setup: Setup) -> str:
    google = setup.google
    labels = {
        "cluster": google.cluster,
        "location": google.location,
        "namespace": setup.workload.namespace,
    }
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items() if value)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
