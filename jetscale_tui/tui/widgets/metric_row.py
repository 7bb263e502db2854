"""One metric an HPA could follow: whether it does, its value now, and the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import fit, shown
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.field import Field

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


_NOW = 8
"""Cells for a value."""


@dataclass(frozen=True, slots=True)
class MetricLine:
    """What a row shows."""

    name: str
    title: str
    chosen: bool
    now: str
    """Value with its unit, or a dash."""
    target: str
    unit: str
    """Behind the target: its unit, or the same amount written otherwise."""
    why: str
    """What it is good for, and its range."""
    problem: str = ""


class MetricToggle(Widget, can_focus=True):
    """The part of a row that switches it on and off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("metric.toggle", "switch"),
        bound("metric.up", "step(-1)"),
        bound("metric.down", "step(1)"),
        bound("metric.target", "app.focus_next"),
    ]

    line: reactive[MetricLine | None] = reactive(None)

    class Toggled(Message):
        """The person switched the metric."""

    class Stepped(Message):
        """The person wants the row above or below."""

        def __init__(self, toggle: MetricToggle, rows: int) -> None:
            super().__init__()
            self.toggle = toggle
            self.rows = rows

    def render(self) -> Content:
        """Box, title, value."""
        line, glyphs = self.line, glyphs_of(self)
        if line is None:
            return Content("")
        box = glyphs.checked if line.chosen else glyphs.unchecked
        pointer = glyphs.pointer if self.has_focus else " "
        room = max(self.size.width - len(f"{pointer}{box}  now ") - _NOW, 8)
        title = fit(shown(line.title), room, glyphs.ellipsis)
        return Content.assemble(
            (pointer, "bold $text-primary"),
            (box, "bold $text-primary" if line.chosen else "$foreground-muted"),
            (f" {title:<{room}}", "bold" if line.chosen else ""),
            (" now ", "" if self.has_focus else "$foreground-muted"),
            f"{shown(line.now):<{_NOW}}",
        )

    def action_switch(self) -> None:
        """Switch."""
        self.post_message(self.Toggled())

    def action_step(self, rows: int) -> None:
        """To another row."""
        self.post_message(self.Stepped(self, rows))

    def on_click(self) -> None:
        """A click switches."""
        self.post_message(self.Toggled())


class MetricRow(Vertical):
    """Toggle, target and why."""

    class Changed(Message):
        """The person switched the metric or typed a target."""

        def __init__(self, name: str, chosen: bool, target: str) -> None:
            super().__init__()
            self.name = name
            self.chosen = chosen
            self.target = target

    class Submitted(Message):
        """Enter in the target."""

    def __init__(self, line: MetricLine) -> None:
        super().__init__()
        self._line = line

    def compose(self) -> ComposeResult:
        """Two lines, and a third for a problem."""
        with Horizontal(classes="metric"):
            toggle = MetricToggle()
            toggle.line = self._line
            yield toggle
            yield Static(Content(" target "), classes="word")
            yield Field(self._line.target, compact=True)
            yield Static(classes="word unit")
        yield Static(classes="why")

    def on_mount(self) -> None:
        """Say why."""
        self.show(self._line)

    @property
    def metric_name(self) -> str:
        """Which metric the row is about."""
        return self._line.name

    def show(self, line: MetricLine) -> None:
        """Draw it; the target's field is left alone while it is being typed in."""
        self._line = line
        self.query_one(MetricToggle).line = line
        field = self.query_one(Input)
        if not field.has_focus and field.value != line.target:
            with self.prevent(Input.Changed):
                field.value = line.target
        field.set_class(bool(line.problem), "-invalid")
        self.query_one(".unit", Static).update(Content(f" {line.unit}"))
        why = self.query_one(".why", Static)
        if line.problem:
            glyphs = glyphs_of(self)
            why.update(Content.styled(f"{glyphs.failed} {shown(line.problem)}", "$text-error"))
        else:
            why.update(Content(line.why))

    def focus_toggle(self) -> None:
        """Focus the row."""
        self.query_one(MetricToggle).focus()

    @on(MetricToggle.Toggled)
    def _toggled(self, event: MetricToggle.Toggled) -> None:
        event.stop()
        target = self.query_one(Input).value
        self.post_message(self.Changed(self._line.name, not self._line.chosen, target))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.value == self._line.target:
            return
        # A target that is typed is meant.
        self.post_message(self.Changed(self._line.name, True, event.value))

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Submitted())
