"""The dashboard: HPAs as they are, why they are so, and what is under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import getters, on
from textual.containers import Container
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input

from jetscale_tui.domain.live import LiveSnapshot
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.glance import Glance
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.history import (
    metric_legend,
    metric_plots,
    reaction,
    replica_history,
    replica_legend,
    replica_title,
)
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.messages import SetupRequested
from jetscale_tui.tui.screens.bursting import Bursting
from jetscale_tui.tui.screens.examining import Examining
from jetscale_tui.tui.screens.frame import FrameScreen
from jetscale_tui.tui.screens.keeping import Keeping
from jetscale_tui.tui.screens.replaying import TRANSPORT, TRANSPORT_KEYS, Replaying
from jetscale_tui.tui.screens.scoping import Scoping
from jetscale_tui.tui.widgets.burst_line import BurstLine
from jetscale_tui.tui.widgets.field import PlainField
from jetscale_tui.tui.widgets.history_plot import HistoryPlot
from jetscale_tui.tui.widgets.hpa_table import HpaTable
from jetscale_tui.tui.widgets.log_panel import LogPanel
from jetscale_tui.tui.widgets.metric_plots import MetricPlots
from jetscale_tui.tui.widgets.panel import entitle
from jetscale_tui.tui.widgets.pods_panel import PodsPanel
from jetscale_tui.tui.widgets.replay_line import ReplayLine
from jetscale_tui.tui.widgets.status_line import StatusLine
from jetscale_tui.tui.widgets.why_panel import WhyPanel

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.domain.live import Key
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Backend, LiveFeed

FEW = 3
"""Up to this many HPAs the table leaves the screen to the one under the cursor."""
_ON_AN_HPA = ("burst", "pause", "edit", "forecast", "export", "hold", "turn")
"""Actions that need an HPA under the cursor."""
_ON_A_CLUSTER = (*_ON_AN_HPA[:-1], "doctor", "record", "setup", "namespace")
"""Actions that a recording has nothing for."""
_LOWER = ("events", "pods", "metric")
"""What shares the lower part of a small terminal, in the order `v` goes through it."""


class SnapshotArrived(Message):
    """The feed has a newer picture of the cluster."""

    def __init__(self, snapshot: LiveSnapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def can_replace(self, message: Message) -> bool:
        """Only the newest picture is worth drawing."""
        return isinstance(message, SnapshotArrived)


class DashboardScreen(Examining, Keeping, Bursting, Replaying, Scoping):
    """Follows one feed. Data stays on screen, marked, when the connection breaks."""

    CSS_PATH = "../styles/dashboard.tcss"
    HELP = """
    The dashboard follows the cluster by itself. The first line below the header says how old the
    data is. {Dashboard.hold} holds the picture still to read it; nothing is lost meanwhile.
    `{dashboard.pause}` pauses scaling itself, after a plan that has to be agreed to.

    Replicas: the line is what runs, the dots are what the controller wants, dashes the limits. A
    burst is marked below, and so is the moment the HPA reacted to it.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("dashboard.connect", "connect"),
        bound("dashboard.burst", "burst"),
        bound("dashboard.pause", "pause"),
        bound("dashboard.edit", "edit"),
        bound("dashboard.doctor", "doctor"),
        bound("dashboard.forecast", "forecast"),
        bound("dashboard.record", "record"),
        bound("dashboard.export", "export"),
        *TRANSPORT_KEYS,
        bound("dashboard.hold", "hold"),
        bound("dashboard.filter", "filter"),
        bound("dashboard.namespace", "namespace"),
        bound("dashboard.depth", "depth"),
        bound("dashboard.turn", "turn"),
        bound("dashboard.metrics", "next_metric"),
        bound("dashboard.setup", "setup"),
        bound("dashboard.back", "back"),
    ]

    snapshot: reactive[LiveSnapshot] = reactive(LiveSnapshot(), repaint=False)
    glance: reactive[Glance] = reactive(Glance(), repaint=False)
    held: reactive[bool] = reactive(False, repaint=False)
    """The picture is held still."""
    deep: reactive[bool] = reactive(False, repaint=False, bindings=True)
    """One of many HPAs is open in depth."""
    many: reactive[bool] = reactive(False, repaint=False, bindings=True)
    pointed: reactive[bool] = reactive(False, repaint=False, bindings=True)
    """There is an HPA under the cursor."""
    lower: reactive[str] = reactive(_LOWER[0], repaint=False)

    table = getters.query_one(HpaTable)

    def __init__(
        self,
        feed: LiveFeed,
        backend: Backend,
        setup: Setup,
        *,
        namespace: str | None,
        name: str | None = None,
        recorded: bool = False,
    ) -> None:
        """A dashboard.

        Args:
            feed: where pictures come from; started and stopped with the screen.
            backend: whose clock ages are counted by, and through which bursts are sent.
            setup: what was set up; says which server is ours.
            namespace: watched namespace, None for all.
            name: HPA to open in depth.
            recorded: all of it is recorded until the end, as the command line wants it.
        """
        super().__init__()
        self.set_reactive(DashboardScreen.recording, "recording" if recorded else "")
        self._feed = feed
        self.backend = backend
        self.setup = setup
        self._namespace = namespace
        self._first: Key | None = (namespace, name) if namespace and name else None
        self._held: LiveSnapshot | None = None
        self._plays = self.player is not None

    def compose_body(self) -> ComposeResult:
        """Status line, filter, table, panels."""
        yield StatusLine().data_bind(
            DashboardScreen.glance,
            DashboardScreen.held,
            DashboardScreen.recording,
            DashboardScreen.asking,
        )
        if self.player is not None:
            yield ReplayLine(self.player)
        yield PlainField(placeholder="name, namespace or target", id="filter", compact=True)
        yield BurstLine()
        yield HpaTable(with_namespace=self._namespace is None)
        with Container(id="panels"):
            with Container(id="replicas", classes="panel") as box:
                box.border_title = "Replicas"
                yield HistoryPlot()
            yield WhyPanel(id="why", classes="panel").data_bind(DashboardScreen.glance)
            with Container(id="metric", classes="panel lower"):
                yield MetricPlots()
            yield PodsPanel(id="pods", classes="panel lower").data_bind(DashboardScreen.glance)
            yield LogPanel(id="events", classes="panel lower").data_bind(DashboardScreen.glance)

    def on_mount(self) -> None:
        """Start following."""
        line = self.query_one(StatusLine)
        line.scope = f"namespace {self._namespace}" if self._namespace else "all namespaces"
        line.replayed = self._plays
        self.query_one("#filter", Input).display = False
        self.query_one(BurstLine).display = False
        if self._first is not None:
            self.table.select(self._first)
            self.deep = True
        self.table.focus()
        self._feed.start(self._hear)
        self.call_after_refresh(self._look)
        self.set_interval(0.5, self._tick)

    def _hear(self, snapshot: LiveSnapshot) -> None:
        """Called by the feed's thread."""
        self.post_message(SnapshotArrived(snapshot))

    def on_unmount(self) -> None:
        """Stop following and sending; leaves no thread behind."""
        self.stop_burst()
        self.stop_recording()
        self._feed.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what makes sense now."""
        del parameters
        if action in TRANSPORT:
            return self._plays and not isinstance(self.focused, Input)
        if action in _ON_A_CLUSTER and self._plays:
            return False
        if action in _ON_AN_HPA and not self.pointed:
            # A burst that runs can be stopped, whatever has become of its HPA.
            return action == "burst" and self.bursting
        if action == "filter":
            return bool(self.snapshot.hpas) and not isinstance(self.focused, Input)
        if action == "next_metric":
            return bool(self.glance.hpa and len(self.glance.hpa.metrics) > 1)
        if action == "namespace":
            # Another feed would end either in the middle.
            return not (self.recording or self.bursting)
        if action == "record":
            return self.recordable
        if action == "connect":
            return self.glance.lost and not self._plays
        if action == "depth":
            return self.many and not self.deep
        if action == "turn":
            return not (self.has_class("-wide") and self.has_class("-tall"))
        if action == "back":
            return (self.many and self.deep) or self._closable
        return True

    @property
    def holding(self) -> bool:
        """Whether a newer picture waits for the pause to end."""
        return self._held is not None

    @property
    def _closable(self) -> bool:
        """Whether escape has something to close, or to stop."""
        if not self.is_mounted:
            return False
        done = self.query_one(BurstLine).display and not self.bursting
        return bool(self.asking) or done or self.query_one("#filter", Input).display

    @on(SnapshotArrived)
    def _arrived(self, event: SnapshotArrived) -> None:
        if self.held:
            self._held = event.snapshot
        else:
            self.snapshot = event.snapshot

    def watch_snapshot(self, snapshot: LiveSnapshot) -> None:
        """Draw a newer picture."""
        self.many = len(snapshot.hpas) > FEW
        self._look()

    def _tick(self) -> None:
        """Ages go on growing between pictures."""
        self.show_position()
        if not self.held:
            self._look()

    def action_connect(self) -> None:
        """Try every watch again now, as after a new login."""
        self._feed.reconnect()
        self.notify("Connecting again.", timeout=2, markup=False)

    def _look(self) -> None:
        if not self.is_mounted:
            return
        snapshot, now = self.snapshot, self.backend.clock.now()
        stale = not snapshot.connection.link("horizontalpodautoscalers").live
        self.table.show(snapshot.hpas, now, stale=stale, empty=self._nothing)
        key = self.table.selected
        hpa = snapshot.hpa(*key) if key else None
        self.glance = Glance(snapshot, hpa, now, self._bursts)
        self.pointed = hpa is not None
        self.query_one(StatusLine).matching = self.table.count

    @property
    def _nothing(self) -> str:
        """What to say when there is no row to draw."""
        if not self.snapshot.complete:
            return self.asked_in_words(self.glance.link)
        if self.snapshot.hpas:
            return worded(self, "Nothing matches the filter. {Dashboard.back} takes it away.")
        said = "No HPA in {where} yet. {dashboard.setup} opens the wizard that makes one."
        return worded(self, said, where=self.asked_of)

    def watch_glance(self, glance: Glance) -> None:
        """Hand the plots their part, after the frame that shows the row: that must not wait."""
        if not self.is_mounted:
            return
        with self.app.batch_update():
            if self.has_class("-stale") is not glance.lost:
                self.set_class(glance.lost, "-stale")
                self.refresh_bindings()
        self.call_after_refresh(self._plot)

    def _plot(self) -> None:
        if not self.is_mounted or self.has_class("-list"):
            return
        glance, glyphs = self.glance, glyphs_of(self)
        replicas, metric = self.query_one("#replicas"), self.query_one("#metric")
        replicas.query_one(HistoryPlot).shown_history = replica_history(glance)
        entitle(replicas, replica_title(glance), replica_legend(glance, glyphs))
        plots = metric.query_one(MetricPlots)
        plots.plots = metric_plots(glance)
        count, showing = len(plots.plots), len(plots.showing)
        title = plots.plots[0].title if count == 1 else "Metrics" if count else "Metric"
        turns = worded(self, "{dashboard.metrics} goes on")
        hidden = f"  {showing} of {count}, {turns}" if showing < count else ""
        entitle(metric, title + hidden, metric_legend(glance, glyphs))
        line = self.query_one(BurstLine)
        began = glance.bursts[-1][0] if glance.bursts else None
        line.reaction = reaction(glance, began) if began is not None else None

    @on(FrameScreen.Located)
    def _located(self, event: FrameScreen.Located) -> None:
        from jetscale_tui.engine.locate import with_cluster
        from jetscale_tui.wizard.opening import place_of

        self.setup = setup = with_cluster(event.setup, event.whereabouts.cluster)
        self.place = place_of(setup, self.place.label, event.whereabouts.identity)

    @on(HpaTable.Selected)
    def _selected(self) -> None:
        self._look()

    def watch_deep(self) -> None:
        """Give the screen to the list or to the one."""
        self.set_class(self.many and not self.deep, "-list")
        self.call_after_refresh(self._plot)

    watch_many = watch_deep

    def watch_lower(self, lower: str) -> None:
        """Show another view below, in a small terminal."""
        for name in _LOWER:
            self.query_one(f"#{name}").set_class(name == lower, "-shown")

    def on_resize(self) -> None:
        """What a large terminal shows at once needs no key."""
        self.call_after_refresh(self.refresh_bindings)

    def action_depth(self) -> None:
        """Open the HPA under the cursor."""
        self.deep = True

    def action_back(self) -> None:
        """Stop asking, or close the filter, the last burst's result, or the depth."""
        box, line = self.query_one("#filter", Input), self.query_one(BurstLine)
        if self.asking:
            self.stop_asking()
        elif box.display:
            box.display = False
            box.value = ""
            self.table.focus()
        elif line.display and not self.bursting:
            line.display = False
        else:
            self.deep = False
        self.refresh_bindings()

    def action_turn(self) -> None:
        """Go on to the next view below."""
        self.lower = _LOWER[(_LOWER.index(self.lower) + 1) % len(_LOWER)]

    def action_next_metric(self) -> None:
        """Show the metrics that did not fit."""
        self.query_one(MetricPlots).turn()
        self._plot()

    def action_hold(self) -> None:
        """Hold the picture, or let it go on where the cluster is by now."""
        self.held = not self.held
        if not self.held and self._held is not None:
            self.snapshot, self._held = self._held, None

    def action_filter(self) -> None:
        """Ask for a part of a name."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()
        self.refresh_bindings()

    @on(Input.Changed, "#filter")
    def _narrow(self, event: Input.Changed) -> None:
        self.query_one(StatusLine).wanted = event.value
        self.table.narrow_to(event.value)
        self._look()

    @on(Input.Submitted, "#filter")
    def _narrowed(self) -> None:
        self.table.focus()

    def action_setup(self) -> None:
        """Ask for the wizard."""
        self.post_message(SetupRequested())
