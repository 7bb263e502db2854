"""What the dashboard's panels draw: one HPA in one snapshot, taken together once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jetscale_tui.domain.live import HpaHistory, LinkState, LiveSnapshot

if TYPE_CHECKING:
    from jetscale_tui.domain.live import EventRow, HpaView, Link, PodRow


@dataclass(frozen=True, slots=True)
class Glance:
    """One HPA (or none) with everything around it."""

    snapshot: LiveSnapshot = field(default_factory=LiveSnapshot)
    hpa: HpaView | None = None
    now: datetime | None = None
    """The cluster's time of drawing."""
    bursts: tuple[tuple[float, str], ...] = ()
    """When load tests began, seconds since the epoch, and the word for the plots."""

    @property
    def moment(self) -> datetime:
        """The time ages are counted from."""
        return self.now or self.snapshot.taken or datetime.now(UTC)

    @property
    def history(self) -> HpaHistory:
        """The HPA over time."""
        if self.hpa is None:
            return HpaHistory()
        return self.snapshot.history(*self.hpa.key)

    @property
    def pods(self) -> tuple[PodRow, ...]:
        """The HPA's pods."""
        return self.snapshot.pods_of(self.hpa) if self.hpa else ()

    @property
    def events(self) -> tuple[EventRow, ...]:
        """Events of the HPA and its target, and warnings of the target's pods, newest first."""
        if self.hpa is None:
            return self.snapshot.events
        involved = {f"HorizontalPodAutoscaler/{self.hpa.name}", self.hpa.reference}
        pods = {f"Pod/{pod.name}" for pod in self.pods}
        return tuple(
            event
            for event in self.snapshot.events
            if event.namespace == self.hpa.namespace
            and (event.involved in involved or (event.involved in pods and event.type == "Warning"))
        )

    @property
    def link(self) -> Link:
        """The watch the dashboard stands on."""
        return self.snapshot.connection.link("horizontalpodautoscalers")

    @property
    def stale(self) -> bool:
        """Whether what is shown may be out of date."""
        return self.link.state is not LinkState.LIVE

    @property
    def lost(self) -> bool:
        """Whether the connection was there and is not: what is shown ages."""
        return self.link.state not in (LinkState.LIVE, LinkState.CONNECTING)

    @property
    def awaited(self) -> str:
        """What is said in place of data before the first has come."""
        return "no answer from the cluster" if self.lost else "waiting for the cluster"

    def seconds_since(self, moment: datetime | None) -> float | None:
        """Seconds of the cluster's time since then."""
        return None if moment is None else (self.moment - moment).total_seconds()
