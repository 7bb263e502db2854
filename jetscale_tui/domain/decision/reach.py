"""How far into the past a pass of an HPA looks. All in seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from jetscale_tui.domain.hpa.readings import Flags
    from jetscale_tui.domain.hpa.spec import HpaSpec


class Reach(NamedTuple):
    """The stabilization windows, and how long a rescale counts against the rate limits."""

    down_window: float
    up_window: float
    rates: float

    @property
    def longest(self) -> float:
        """Anything older cannot matter."""
        return max(self)


def reach_of(spec: HpaSpec, flags: Flags) -> Reach:
    """The reach of one HPA, the controller's defaults filled in."""
    default = flags.downscale_stabilization / 1000
    rules = spec.behavior
    if rules is None:
        return Reach(default, 0.0, 0.0)
    up, down = rules.scale_up, rules.scale_down
    return Reach(
        default if down.window is None else down.window / 1000,
        (up.window or 0) / 1000,
        max(up.longest_period, down.longest_period) / 1000,
    )
