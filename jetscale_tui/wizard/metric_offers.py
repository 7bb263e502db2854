"""The metrics that an autoscaler could follow here, with what they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain import quantity
from jetscale_tui.domain.wording import measured, number, plural
from jetscale_tui.wizard.offers import Offer

if TYPE_CHECKING:
    from jetscale_tui.domain.profile import Metric
    from jetscale_tui.wizard.desk import Desk


def servable(desk: Desk) -> tuple[Metric, ...]:
    """Metrics of the profile that may be scaled on and that the chosen adapter can serve."""
    kind = desk.draft.adapter.kind.value
    return tuple(m for m in desk.profile.metrics if m.scalable and kind in m.adapters)


def metric_offers(desk: Desk) -> tuple[Offer, ...]:
    """Each with its value now, where a pod tells it."""
    return tuple(
        Offer(metric.name, metric.title, now_of(desk, metric), (f"{metric.why}{_range(metric)}",))
        for metric in servable(desk)
    )


def now_of(desk: Desk, metric: Metric) -> str:
    """`now 3 requests`; empty while it is not known."""
    value = desk.server_look.metrics.get(metric.name) if desk.server_look else None
    return "" if value is None else f"now {measured(value, metric.unit)}"


def _range(metric: Metric) -> str:
    if metric.maximum is None:
        return ""
    return f"; {number(metric.minimum)} to {number(metric.maximum)}, or write 90%"


def spoken_target(metric: Metric, target: str) -> str:
    """A target the other way round: `90%` as `= 900m`, `900m` as `= 90 %`; else its unit."""
    match metric.unit.value:
        case "requests":
            return "requests"
        case "bytes":
            amount = _milli(target)
            return "bytes" if amount is None else f"= {measured(amount / 1000, metric.unit)}"
        case _:
            if target.strip().endswith("%"):
                share = _milli(target.strip().removesuffix("%").strip())
                return "share" if share is None else f"= {quantity.format_milli(share // 100)}"
            amount = _milli(target)
            return "share" if amount is None else f"= {measured(amount / 1000, metric.unit)}"


def _milli(text: str) -> int | None:
    try:
        return quantity.parse(text.strip()).milli
    except ValueError:
        return None


def target_of(desk: Desk, metric: Metric) -> str:
    """The target that is answered, else the profile's."""
    chosen = {each.name: each.target for each in desk.draft.scaling.metrics}
    return chosen.get(metric.name) or metric.default_target or ""


def room(desk: Desk) -> str:
    """How many replicas the TPU chips hold; empty while they were not counted."""
    look = desk.cluster_look
    if look is None or not look.capacity.nodes:
        return ""
    capacity, each = look.capacity, desk.draft.workload.chips_per_replica
    fit = plural(capacity.fits_now, "fits", "fit")
    return f"{capacity.chips} chips / {each} a replica = {fit} now"
