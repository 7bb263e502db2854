"""What one metric proposes, and how it can fail."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from jetscale_tui.domain.hpa.readings import Flags, Pods, Scale
    from jetscale_tui.domain.hpa.spec import Behavior


class Tolerances(NamedTuple):
    """How far a ratio may be from 1 without a change, as fractions."""

    down: float
    up: float

    def allow(self, ratio: float) -> bool:
        """Whether the ratio is within, both ends included; no number never is."""
        return 1.0 - self.down <= ratio <= 1.0 + self.up


def tolerances(behavior: Behavior | None, flags: Flags) -> Tolerances:
    """The controller's flag, replaced in each direction that sets its own."""
    default = flags.tolerance
    if behavior is None or not flags.configurable_tolerance:
        return Tolerances(default, default)
    down, up = behavior.scale_down.tolerance, behavior.scale_up.tolerance
    return Tolerances(default if down is None else down, default if up is None else up)


class PassInputs(NamedTuple):
    """What the metrics of one pass have in common."""

    namespace: str
    scale: Scale
    pods: Pods
    allowed: Tolerances
    now: int
    """Milliseconds."""
    flags: Flags


class Proposal(NamedTuple):
    """The size one metric asks for, with the values on the way to it."""

    replicas: int
    """Before stabilization and limits; may be 0, and negative for a negative reading."""
    usage: int
    """As the status reports it, milli-units: the total for a Value target, else the mean."""
    ratio: float
    """Usage over target."""
    within_tolerance: bool
    """True: the size is kept because the ratio (the corrected one, if there is one) is near 1."""
    multiplied_by: int = 0
    """How many pods or samples the ratio was multiplied with; 0: the size was kept, or the total
    was divided by the target."""
    utilization: int | None = None
    """Percent of the request, for a utilization target."""
    missing: int = 0
    """Pods without a sample."""
    unready: int = 0
    """Pods whose sample does not count yet."""
    corrected_ratio: float | None = None
    """The ratio after missing and unready pods were filled in, where that was done."""


class Failure(StrEnum):
    """Why a metric gave no proposal."""

    API_ERROR = "metrics_api_error"
    API_EMPTY = "metrics_api_empty"
    NO_PODS = "no_pods"
    NO_USABLE_SAMPLES = "no_usable_samples"
    ZERO_TOTAL_REQUEST = "zero_total_request"
    MISSING_CONTAINER_REQUEST = "missing_container_request"
    MISSING_POD_REQUEST = "missing_pod_request"
    CONTAINER_NOT_FOUND = "container_not_found"
    INVALID_SOURCE = "invalid_source"


class MetricError(Exception):
    """A metric gave no proposal. Never leaves the loop: it becomes a condition and an event."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure = failure
        self.message = message
        """The controller's exact words."""


def no_pods(what: str = "") -> MetricError:
    """The selector matches nothing."""
    return MetricError(
        Failure.NO_PODS, f"{what}no pods returned by selector while calculating replica count"
    )
