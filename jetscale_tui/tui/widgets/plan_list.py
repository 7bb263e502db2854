"""A plan as a tree: steps, and below each open one its changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets.option_list import Option

from jetscale_tui.engine.plan import is_change
from jetscale_tui.tui.format import fit, plural, shown
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.plan_text import Tone, headline, tone_of
from jetscale_tui.tui.widgets.drawn_list import DrawnList

if TYPE_CHECKING:
    from textual import events

    from jetscale_tui.engine.plan import Change, Plan, Step
    from jetscale_tui.tui.glyphs import Glyphs

TONES = {
    Tone.PLAIN: "",
    Tone.ADDED: "$text-success",
    Tone.REMOVED: "$text-error",
    Tone.CHANGED: "$text-warning",
    Tone.MUTED: "$foreground-muted",
    Tone.WARNING: "$text-warning",
    Tone.FAILED: "bold $text-error",
    Tone.HEADING: "bold",
}


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One line: a step, or one of its changes."""

    step: Step
    change: Change | None = None


class PlanList(DrawnList):
    """Moved through by the pane's keys too, so that Enter can stay with the Apply button."""

    class Shown(Message):
        """Another line is highlighted."""

        def __init__(self, row: PlanRow) -> None:
            super().__init__()
            self.row = row

    def __init__(self) -> None:
        super().__init__()
        self._plan: Plan | None = None
        self._open: set[str] = set()
        self._rows: tuple[PlanRow, ...] = ()

    @property
    def current(self) -> PlanRow | None:
        """The highlighted line."""
        index = self.highlighted
        return self._rows[index] if index is not None and index < len(self._rows) else None

    def show(self, plan: Plan) -> None:
        """Draw a plan, steps closed, the first that writes highlighted."""
        self._plan = plan
        self._open = set()
        writing = next((i for i, step in enumerate(plan.steps) if step.writes), 0)
        self._fill(writing)

    def toggle(self) -> None:
        """Open or close the step of the highlighted line."""
        row = self.current
        if row is not None:
            self._open ^= {row.step.id.value}
            steps = [i for i, each in enumerate(self._rows) if each.step is row.step]
            self._fill(steps[0])

    def _fill(self, highlighted: int) -> None:
        rows: list[PlanRow] = []
        for step in self._plan.steps if self._plan else ():
            rows.append(PlanRow(step))
            if step.id.value in self._open:
                rows += [PlanRow(step, change) for change in step.changes]
        self._rows = tuple(rows)
        self.set_options([Option(self._drawn(row)) for row in rows])
        self.highlighted = min(highlighted, len(rows) - 1) if rows else None

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Say which line it is."""
        super().watch_highlighted(highlighted)
        if self.current is not None:
            self.post_message(self.Shown(self.current))

    def on_resize(self) -> None:
        """Cut the lines for the new width."""
        for index, row in enumerate(self._rows):
            self.redraw(index, self._drawn(row))

    def on_click(self, event: events.Click) -> None:
        """A click highlights; a second one opens or closes."""
        if event.chain == 2:
            self.toggle()

    def _drawn(self, row: PlanRow) -> Content:
        glyphs = glyphs_of(self)
        width = max(self.room - 2, 20)
        if row.change is None:
            return step_line(row.step, row.step.id.value in self._open, glyphs, width)
        sign = _sign(row.change, glyphs)
        text = fit(shown(headline(row.change)), width - 6, glyphs.ellipsis)
        return Content.styled(f"    {sign} {text}", TONES[tone_of(row.change)])


def step_line(step: Step, opened: bool, glyphs: Glyphs, width: int) -> Content:
    """A step in one line: title, what it comes to, what to look at."""
    arrow = glyphs.opened if opened else glyphs.closed
    line = Content.assemble(f"{arrow} ", (f"{step.title:<24}", "bold"))
    warning = _warning(step, glyphs)
    room = width - line.cell_length
    if warning is not None and not opened:
        return Content.assemble(line, (fit(warning[0], room, glyphs.ellipsis), warning[1]))
    said, style = _comes_to(step, glyphs)
    return Content.assemble(line, (fit(said, room, glyphs.ellipsis), style))


def _comes_to(step: Step, glyphs: Glyphs) -> tuple[str, str]:
    """What a step would do, in a few words, and their style."""
    writing = [change for change in step.changes if is_change(change)]
    if not writing:
        return "already right", TONES[Tone.MUTED]
    if len(writing) == 1:
        only = writing[0]
        return f"{_sign(only, glyphs)} {shown(headline(only))}", TONES[tone_of(only)]
    return plural(len(writing), "change"), ""


def _warning(step: Step, glyphs: Glyphs) -> tuple[str, str] | None:
    risk = next((risk for risk in step.risks if risk.blocking), None)
    risk = risk or next(iter(step.risks), None)
    if step.handed_over and step.missing:
        said = f"handed over: you lack {plural(len(step.missing), 'right')}"
        return f"{glyphs.warning} {said}", TONES[Tone.WARNING]
    if risk is None:
        return None
    if risk.blocking:
        return f"{glyphs.failed} {shown(risk.what)}", TONES[Tone.FAILED]
    return f"{glyphs.warning} {shown(risk.what)}", TONES[Tone.WARNING]


def _sign(change: Change, glyphs: Glyphs) -> str:
    match tone_of(change):
        case Tone.ADDED:
            return glyphs.add
        case Tone.REMOVED:
            return glyphs.remove
        case Tone.CHANGED:
            return glyphs.change
        case _:
            return glyphs.keep
