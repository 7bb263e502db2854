"""Acts on the HPA under the cursor: other numbers, pause and resume. Mixed into the screen.

Each is planned in the background, shown, agreed to, carried out and journalled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from jetscale_tui.tui import work
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.screens.asking import Asking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.domain.live import HpaView
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.acts import Bench, Numbers
    from jetscale_tui.engine.plan import Plan, StepEvent
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.tui.glance import Glance

_PAUSE = (
    "Both directions are switched off in its behavior, whoever looks at it; what it was is kept "
    "beside it, so that {dashboard.pause} resumes it from any machine. A size outside minimum and "
    "maximum is still brought back."
)
_RESUME = "The behavior from before the pause comes back exactly; the next look acts on it."
_CHANGE = "Written by server-side apply, as one object. The controller acts on it at its next look."


class ActPlanned(Message):
    """There is a plan to agree to."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan


class ActRefused(Message):
    """There is none."""

    def __init__(self, error: JetScaleError) -> None:
        super().__init__()
        self.error = error


class ActHappened(Message):
    """Something happened while it was carried out."""

    def __init__(self, event: StepEvent) -> None:
        super().__init__()
        self.event = event


class ActEnded(Message):
    """It is over."""

    def __init__(self, error: JetScaleError | None) -> None:
        super().__init__()
        self.error = error


class Acting(Asking):
    """What a screen needs to change the HPA it shows."""

    glance: Glance
    backend: Backend
    setup: Setup

    _asked = "change"
    """What was asked for last: `change`, `pause` or `resume`."""

    def action_pause(self) -> None:
        """Plan a pause, or its end."""
        hpa = self.glance.hpa
        if hpa is None:
            return
        from jetscale_tui.engine import acts

        self._asked = "resume" if hpa.paused else "pause"
        plan = acts.plan_resume if hpa.paused else acts.plan_pause
        self._plan(lambda bench: plan(bench, hpa.namespace, hpa.name))

    def action_edit(self) -> None:
        """Ask for other numbers, then plan them."""
        hpa = self.glance.hpa
        if hpa is None:
            return
        from jetscale_tui.tui.dialogs.edit import EditDialog

        def answered(numbers: Numbers | None) -> None:
            if numbers is not None:
                self.change_numbers(hpa, numbers)

        self.app.push_screen(EditDialog(self.glance, hpa, paused=hpa.paused), answered)

    def change_numbers(self, hpa: HpaView, numbers: Numbers) -> None:
        """Plan other numbers."""
        from jetscale_tui.engine import acts

        self._asked = "change"
        self._plan(lambda bench: acts.plan_numbers(bench, hpa.namespace, hpa.name, numbers))

    def _plan(self, planned: Callable[[Bench], Plan]) -> None:
        backend, setup = self.backend, self.setup

        def plan() -> Plan:
            from jetscale_tui.engine.acts import Bench

            return planned(Bench(backend.cluster(setup.kubernetes.context), setup))

        command = "dashboard.edit" if self._asked == "change" else "dashboard.pause"
        self.look_up(command, f"planning the {self._asked}", plan, ActPlanned, ActRefused)

    @on(ActRefused)
    def _refused(self, event: ActRefused) -> None:
        from jetscale_tui.tui.dialogs.refusal import RefusalDialog

        self.app.push_screen(RefusalDialog("Nothing was changed", event.error))

    @on(ActPlanned)
    def _planned(self, event: ActPlanned) -> None:
        from jetscale_tui.tui.dialogs.plan import PlanDialog

        plan = event.plan
        about = worded(self, {"pause": _PAUSE, "resume": _RESUME}.get(self._asked, _CHANGE))
        name = plan.act.partition(" ")[2]

        def answered(yes: bool | None) -> None:
            if yes:
                self._carry_out(plan)

        title = f"{self._asked.capitalize()} {name}?"
        self.app.push_screen(PlanDialog(plan, title, about, self._asked.capitalize()), answered)

    def _carry_out(self, plan: Plan) -> None:
        backend, context = self.backend, self.setup.kubernetes.context

        def events() -> Iterator[StepEvent]:
            from jetscale_tui.engine.acts import carry_out

            yield from carry_out(plan, backend.cluster(context), backend.clock)

        work.follow(self, "acting", events, ActHappened, ActEnded, writes=True)

    @on(ActEnded)
    def _act_ended(self, event: ActEnded) -> None:
        if event.error is not None:
            self._refused(ActRefused(event.error))
            return
        done = {"pause": "Paused.", "resume": "Resumed."}.get(self._asked, "Changed.")
        self.notify(f"{done} `jetscale undo` takes it back.", markup=False)
