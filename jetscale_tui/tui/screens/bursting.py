"""The burst on the dashboard: asked for, running, stopped. Mixed into the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.screen import Screen

from jetscale_tui.tui import work
from jetscale_tui.tui.format import plural
from jetscale_tui.tui.widgets.burst_line import BurstLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.burst import Burst, Load
    from jetscale_tui.engine.burst_report import BurstReport
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.tui.dialogs.burst import Strength
    from jetscale_tui.tui.glance import Glance


class BurstBegan(Message):
    """A burst can be stopped from now on."""

    def __init__(self, burst: Burst) -> None:
        super().__init__()
        self.burst = burst


class BurstProgressed(Message):
    """How far it is."""

    def __init__(self, report: BurstReport) -> None:
        super().__init__()
        self.report = report

    def can_replace(self, message: Message) -> bool:
        """Only the newest report is worth drawing."""
        return isinstance(message, BurstProgressed)


class BurstEnded(Message):
    """No more reports follow."""

    def __init__(self, error: JetScaleError | None) -> None:
        super().__init__()
        self.error = error


class Bursting(Screen[None]):
    """What a screen needs to load the pods of the HPA it shows."""

    glance: Glance
    backend: Backend
    setup: Setup

    _burst: Burst | None = None
    _strength: Strength | None = None
    _bursts: tuple[tuple[float, str], ...] = ()

    @property
    def bursting(self) -> bool:
        """Whether requests are being sent."""
        return self._burst is not None

    def action_burst(self) -> None:
        """Ask how hard, or stop the one that runs."""
        if self._burst is not None:
            self._burst.stop()
            return
        from jetscale_tui.tui.burst_load import aim, selector_of
        from jetscale_tui.tui.dialogs.burst import BurstDialog, Strength

        hpa = self.glance.hpa
        ready = tuple(pod for pod in self.glance.pods if pod.is_ready)
        if hpa is None or not ready:
            self.notify("No pod of this HPA's target is ready.", severity="warning", markup=False)
            return
        selector = selector_of(ready)
        target = f"{plural(len(ready), 'ready pod')} of {hpa.reference} in {hpa.namespace}"

        def answered(strength: Strength | None) -> None:
            if strength is not None:
                self._strength = strength
                self._send(aim(self.setup, hpa.namespace, selector, strength))

        dialog = BurstDialog(target, self._warning(), self._strength or Strength())
        self.app.push_screen(dialog, answered)

    def _warning(self) -> str:
        hpa, workload = self.glance.hpa, self.setup.workload
        ours = f"Deployment/{workload.deployment}"
        if hpa is None or (hpa.reference == ours and hpa.namespace == workload.namespace):
            return ""
        return f"This is not the server of your setup ({workload.namespace}/{ours})."

    def _send(self, load: Load) -> None:
        backend, context = self.backend, self.setup.kubernetes.context
        line = self.query_one(BurstLine)
        line.report, line.error = None, None
        line.display = True

        def reports() -> Iterator[BurstReport]:
            from jetscale_tui.tui.burst_load import make_burst

            burst = make_burst(backend, context, load)
            self.post_message(BurstBegan(burst))
            yield from burst.run()

        work.follow(self, "burst", reports, BurstProgressed, BurstEnded)

    @on(BurstBegan)
    def _began(self, event: BurstBegan) -> None:
        self._burst = event.burst
        self._bursts = (*self._bursts, (self.backend.clock.now().timestamp(), "burst"))
        self.refresh_bindings()

    @on(BurstProgressed)
    def _progressed(self, event: BurstProgressed) -> None:
        self.query_one(BurstLine).report = event.report

    @on(BurstEnded)
    def _burst_ended(self, event: BurstEnded) -> None:
        self._burst = None
        self.query_one(BurstLine).error = event.error
        self.refresh_bindings()

    def stop_burst(self) -> None:
        """Send nothing more."""
        if self._burst is not None:
            self._burst.stop()
