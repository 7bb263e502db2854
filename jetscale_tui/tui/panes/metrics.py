"""What the number of replicas follows, and between which limits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.advice import AdviceDialog
from jetscale_tui.tui.format import State, measured, number, plural
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.field import Field
from jetscale_tui.tui.widgets.forecast_view import ForecastView
from jetscale_tui.tui.widgets.metric_row import MetricLine, MetricRow, MetricToggle
from jetscale_tui.tui.widgets.notice_line import Notice
from jetscale_tui.wizard import behaviors
from jetscale_tui.wizard.answers import with_limits, with_metric
from jetscale_tui.wizard.forecasts import Advised, advice_for, foresee
from jetscale_tui.wizard.metric_offers import spoken_target
from jetscale_tui.wizard.topics import Topic
from jetscale_tui.wizard.workloads import ServerFacts, look_at

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.domain.forecast.result import Forecast
    from jetscale_tui.domain.profile import Metric
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk

_REFRESH = 5.0
"""Wall seconds between two looks at the metrics page."""


class MetricsPane(StepPane):
    """Targets beside what the metrics are now, limits beside the chips there are."""

    STEP = WizardStep.METRICS
    QUESTION = Topic.METRICS.question
    HELP: ClassVar[str] = """
    For each metric the HPA asks for value / target times the replicas there are; the highest answer
    wins. Targets are Kubernetes quantities: 10, 900m (0.9), 12Gi. For a share you may write 90%.

    The prefill backlog is the queue before the model and reacts first. A maximum above what the
    chips allow leaves pods Pending.

    `{metrics.behavior}` says how fast replicas may come and go; by default as Kubernetes does it.
    What a burst would do with all that is foreseen below.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("metrics.stop", "stop_asking"),
        bound("metrics.forecast", "forecast"),
        bound("metrics.behavior", "behavior"),
    ]
    LOOK_UPS = ("advice",)
    STOP = "metrics.stop"

    class AdviceFound(Message):
        """Settings that do better under a burst."""

        def __init__(self, advised: Advised) -> None:
            super().__init__()
            self.advised = advised

    class Looked(Message):
        """The metrics page, read again."""

        def __init__(self, facts: ServerFacts) -> None:
            super().__init__()
            self.facts = facts

    class Foreseen(Message):
        """What the draft would do under a burst; None while it makes no sense."""

        def __init__(self, forecast: Forecast | None) -> None:
            super().__init__()
            self.forecast = forecast

    class NoAdvice(Message):
        """Nothing can be foreseen."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    class Failed(Message):
        """It could not be read; the last values stay."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, desk: Desk | None) -> None:
        super().__init__(desk)
        self._typed: dict[str, str] = {}
        self._foreseen_for: tuple[object, ...] = ()
        self._searching = self._reading = False

    def compose_answers(self) -> ComposeResult:
        """The metrics the adapter can serve, then the limits."""
        yield VerticalScroll(id="metrics-offered", can_focus=False)
        with Horizontal(id="limits"):
            yield Static(Content("Replicas  min "), classes="word")
            yield Field(id="minimum", compact=True, type="integer", max_length=5)
            yield Static(Content("  max "), classes="word")
            yield Field(id="maximum", compact=True, type="integer", max_length=5)
            yield Static(id="capacity")
        yield Static(id="limit-problem")
        yield Static(id="behavior")
        yield ForecastView(id="forecast")

    def on_mount(self) -> None:
        """Read the metrics page again from time to time."""
        self.set_interval(_REFRESH, self._read_again)

    def entered(self) -> None:
        """The forecast waits until somebody looks."""
        if self.desk is not None:
            self._foresee(self.desk)

    def draw(self, desk: Desk) -> None:
        """Rows, limits, capacity."""
        lines = metric_lines(desk, self._typed)
        rows = list(self.query(MetricRow))
        if [row.metric_name for row in rows] != [line.name for line in lines]:
            self.run_worker(self._fill(lines), group="rows", exclusive=True)
        else:
            for row, line in zip(rows, lines, strict=True):
                row.show(line)
        scaling = desk.draft.scaling
        for field_id, limit in (
            ("minimum", scaling.min_replicas),
            ("maximum", scaling.max_replicas),
        ):
            field = self.query_one(f"#{field_id}", Input)
            if not field.has_focus and field.value != str(limit):
                with self.prevent(Input.Changed):
                    field.value = str(limit)
        self.query_one("#capacity", Static).update(Content.styled(_capacity(desk), "$text"))
        problem = desk.problem("scaling.minReplicas", "scaling.maxReplicas")
        beside = self.query_one("#limit-problem", Static)
        beside.display = problem is not None
        beside.update(
            Content.styled(f"{problem.what}. {problem.fix}" if problem else "", "$text-error")
        )
        self.query_one("#behavior", Static).update(
            Content.assemble("Behavior  ", (behaviors.in_words(desk), "bold"))
        )
        self._foresee(desk)

    def _foresee(self, desk: Desk) -> None:
        """Ask for a forecast when something it rests on has changed."""
        basis = (desk.draft, desk.cluster_look, desk.server_look)
        if not self.display or basis == self._foreseen_for:
            return
        self._foreseen_for = basis
        if desk.problem("scaling", "scrape"):
            self.post_message(self.Foreseen(None))
        else:
            work.ask(
                self,
                "forecast",
                lambda: foresee(desk),
                self.Foreseen,
                lambda _error: self.Foreseen(None),
            )

    @on(Foreseen)
    def _foreseen(self, event: Foreseen) -> None:
        event.stop()
        self.query_one(ForecastView).forecast = event.forecast

    def action_behavior(self) -> None:
        """Choose how fast it may act."""
        from jetscale_tui.tui.dialogs.behavior import BehaviorDialog, Chosen

        desk = self.desk
        if desk is None:
            return

        def taken(chosen: Chosen | None) -> None:
            if chosen is not None:
                behavior = chosen.behavior
                self.post_message(
                    self.Edited(lambda setup: behaviors.with_behavior(setup, behavior))
                )

        dialog = BehaviorDialog(desk.draft.scaling.behavior, behaviors.measured(desk))
        self.app.push_screen(dialog, taken)

    def action_forecast(self) -> None:
        """Search for better settings, and show what was found."""
        desk = self.desk
        if desk is not None and not desk.problem("scaling", "scrape"):
            work.ask(self, "advice", lambda: advice_for(desk), self.AdviceFound, self.NoAdvice)
            self._search("looking for settings that do better")

    @on(AdviceFound)
    def _show_advice(self, event: AdviceFound) -> None:
        event.stop()
        self._search("")
        advice = event.advised.search.advice

        def take_over(index: int | None) -> None:
            if index is not None:
                scaling = advice[index].setup.scaling
                self.post_message(
                    self.Edited(lambda setup: setup.model_copy(update={"scaling": scaling}))
                )

        self.app.push_screen(AdviceDialog(event.advised), take_over)

    @on(NoAdvice)
    def _no_advice(self, event: NoAdvice) -> None:
        event.stop()
        self._search("")
        self.notify(str(event.error), title="No forecast", severity="error", markup=False)

    def _search(self, doing: str) -> None:
        """Say that it goes on, or no longer."""
        self._searching = bool(doing)
        self.say_title(doing)
        self.time_the_wait()

    @property
    def asking(self) -> bool:
        """The search for better settings; values are read behind, and nobody waits for them."""
        return self._searching

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One search at a time."""
        searching = action == "forecast" and self.slow
        return not searching and super().check_action(action, parameters)

    def give_up(self) -> None:
        """Search no more."""
        super().give_up()
        self._search(worded(self, "stopped, {metrics.forecast} searches again"))
        self._searching = False

    async def _fill(self, lines: list[MetricLine]) -> None:
        offered = self.query_one("#metrics-offered")
        await offered.remove_children()
        await offered.mount_all([MetricRow(line) for line in lines])
        if self.display:
            self.focus_default()

    def _read_again(self) -> None:
        desk = self.desk
        if desk is not None and self.display and self.screen.is_current and not self._reading:
            self._reading = True
            work.ask(self, "look", lambda: look_at(desk), self.Looked, self.Failed)

    @on(Looked)
    def _looked(self, event: Looked) -> None:
        self._reading = False
        look = event.facts.look
        self.post_message(self.Learned(lambda desk: replace(desk, server_look=look)))

    @on(Failed)
    def _failed(self, event: Failed) -> None:
        event.stop()
        self._reading = False

    def focus_default(self) -> None:
        """The first metric that is followed."""
        for row in self.query(MetricRow):
            row.focus_toggle()
            return

    def advice(self) -> Notice:
        """What the limits mean on this cluster."""
        desk = self.desk
        if desk is None or desk.cluster_look is None:
            return Notice()
        capacity, wanted = desk.cluster_look.capacity, desk.draft.scaling.max_replicas
        if capacity.nodes and wanted > capacity.fits_now:
            needed = wanted * desk.draft.workload.chips_per_replica
            return Notice(
                f"{wanted} replicas need {needed} chips, {capacity.chips} are there: "
                f"replica {capacity.fits_now + 1} waits for a node",
                State.WARNING,
            )
        return Notice()

    @on(MetricRow.Changed)
    def _changed(self, event: MetricRow.Changed) -> None:
        event.stop()
        self._typed[event.name] = event.target
        self.post_message(
            self.Edited(lambda setup: with_metric(setup, event.name, event.chosen, event.target))
        )

    @on(MetricRow.Submitted)
    def _submitted(self) -> None:
        self.post_message(self.Advance())

    @on(MetricToggle.Stepped)
    def _stepped(self, event: MetricToggle.Stepped) -> None:
        event.stop()
        rows = list(self.query(MetricRow))
        index = next(i for i, row in enumerate(rows) if event.toggle in row.query(MetricToggle))
        following = index + event.rows
        if 0 <= following < len(rows):
            rows[following].focus_toggle()
        elif following >= len(rows):
            self.query_one("#minimum", Input).focus()

    @on(Input.Changed, "#minimum")
    @on(Input.Changed, "#maximum")
    def _limited(self, event: Input.Changed) -> None:
        event.stop()
        if not event.value.isdigit() or int(event.value) < 1:
            return
        limit = int(event.value)
        minimum = event.input.id == "minimum"
        self.post_message(
            self.Edited(
                lambda setup: (
                    with_limits(setup, minimum=limit)
                    if minimum
                    else with_limits(setup, maximum=limit)
                )
            )
        )

    @on(Input.Submitted, "#minimum")
    @on(Input.Submitted, "#maximum")
    def _limits_entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Advance())


def metric_lines(desk: Desk, typed: dict[str, str]) -> list[MetricLine]:
    """A line for every metric that the chosen adapter can serve and that can be scaled on."""
    setup = desk.draft
    chosen = {target.name: (i, target.target) for i, target in enumerate(setup.scaling.metrics)}
    readings = desk.server_look.metrics if desk.server_look else {}
    lines = []
    for metric in desk.profile.metrics:
        if not metric.scalable or setup.adapter.kind.value not in metric.adapters:
            continue
        index, target = chosen.get(metric.name, (None, None))
        value = readings.get(metric.name)
        problem = desk.problem(f"scaling.metrics[{index}]") if index is not None else None
        shown = target or typed.get(metric.name, metric.default_target or "")
        lines.append(
            MetricLine(
                name=metric.name,
                title=metric.title,
                chosen=index is not None,
                now="-" if value is None else measured(value, metric.unit),
                target=shown,
                unit="" if problem else spoken_target(metric, shown),
                why=f"{metric.why}{_range(metric)}",
                problem=f"{problem.what}. {problem.fix}" if problem else "",
            )
        )
    return lines


def _range(metric: Metric) -> str:
    if metric.maximum is None:
        return ""
    return f"; {number(metric.minimum)} to {number(metric.maximum)}, or write 90%"


def _capacity(desk: Desk) -> str:
    look = desk.cluster_look
    if look is None or not look.capacity.nodes:
        return ""
    capacity, each = look.capacity, desk.draft.workload.chips_per_replica
    fit = plural(capacity.fits_now, "fits", "fit")
    return f"  {capacity.chips} chips / {each} = {fit} now"
