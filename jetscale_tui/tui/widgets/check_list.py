"""Prerequisites as they are answered: one line each, more below the ones that need a hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.widgets.option_list import Option

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.copying import copy
from jetscale_tui.tui.format import STYLES, State, duration, fit, shown, sign, wrapped
from jetscale_tui.tui.glyphs import glyphs_of, spinning
from jetscale_tui.tui.widgets.drawn_list import DrawnList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.binding import BindingType

    from jetscale_tui.engine.checks import Finding
    from jetscale_tui.tui.glyphs import Glyphs

_TITLE = 19
_INDENT = "  "


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One question and, once it is there, its answer."""

    key: str
    title: str
    why: str
    finding: Finding | None = None
    waited: float = 0
    """Seconds since it was asked."""
    instead: str = ""
    """What is said of it while nobody asks it."""

    @property
    def failed(self) -> bool:
        """Whether it was answered with a no."""
        return self.finding is not None and state_of(self.finding) is State.FAILED


class CheckList(DrawnList):
    """The highlighted line opens: why it is asked, what to do, the command."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("checks.next", "go_on"),
        bound("checks.fix", "fix"),
        bound("checks.copy", "copy"),
    ]

    virtual_size = Reactive(Size(0, 0))
    """Not a matter of layout: the list has its height whatever is in it."""

    class FixRequested(Message):
        """The person wants the highlighted check's fix carried out."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    class GoOn(Message):
        """The person wants to leave the list forwards."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[CheckRow, ...] = ()
        self._frame = 0
        self._moved = False
        self._open: int | None = None

    def show(self, rows: Sequence[CheckRow]) -> None:
        """Draw these, repainting only lines that differ."""
        before, self._rows = self._rows, tuple(rows)
        self._frame += 1
        if [row.key for row in before] != [row.key for row in rows]:
            self.set_options([Option(self._drawn(i), row.key) for i, row in enumerate(rows)])
            self.highlighted = 0 if rows else None
            self._moved = False
            return
        for index, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new or (new.finding is None and not new.instead):
                self.redraw(index, self._drawn(index))
        self.refresh_bindings()

    def point_at_trouble(self) -> None:
        """Highlight the first check that failed, unless the person has moved on their own."""
        failed = (i for i, row in enumerate(self._rows) if row.failed)
        if not self._moved and (first := next(failed, None)) is not None:
            self.highlighted = first

    def action_cursor_up(self) -> None:
        """Up, as the person wants it."""
        self._moved = True
        super().action_cursor_up()

    def action_cursor_down(self) -> None:
        """Down, as the person wants it."""
        self._moved = True
        super().action_cursor_down()

    @property
    def current(self) -> Finding | None:
        """The highlighted check's answer."""
        index = self.highlighted
        return self._rows[index].finding if index is not None and self._rows else None

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Open the highlighted line, close the one that was."""
        super().watch_highlighted(highlighted)
        drawn = min(len(self._rows), self.option_count)
        for index in {self._open, highlighted}:
            if index is not None and index < drawn:
                self.redraw(index, self._drawn(index))
        self._open = highlighted
        self.refresh_bindings()

    def on_resize(self) -> None:
        """Cut the lines for the new width."""
        for index in range(min(len(self._rows), self.option_count)):
            self.redraw(index, self._drawn(index))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Fix and copy only where there is something to fix or copy."""
        del parameters
        finding = self.current
        if action == "fix":
            return finding is not None and finding.remedy is not None
        if action == "copy":
            return finding is not None and bool(finding.command)
        return True

    def action_go_on(self) -> None:
        """Leave the list forwards."""
        self.post_message(self.GoOn())

    def action_fix(self) -> None:
        """Ask for the fix."""
        if self.current is not None:
            self.post_message(self.FixRequested(self.current))

    def action_copy(self) -> None:
        """Copy the command."""
        if self.current is not None:
            copy(self, self.current.command)

    def _drawn(self, index: int) -> Content:
        row, glyphs = self._rows[index], glyphs_of(self)
        width = max(self.room - 1, 20)
        finding = row.finding
        if finding is None and row.instead:
            return Content.assemble(
                sign(State.TODO, glyphs),
                f" {row.title:<{_TITLE}} ",
                (row.instead, "$foreground-muted"),
            )
        if finding is None:
            waited = f"asking, {duration(row.waited)}" if row.waited >= 2 else "asking"
            return Content.assemble(
                (spinning(self, self._frame + index), STYLES[State.CURRENT]),
                f" {row.title:<{_TITLE}} ",
                (waited, "$foreground-muted"),
            )
        state = state_of(finding)
        opened = index == self.highlighted
        room = width - len(glyphs.ok) - _TITLE - 2
        detail, style = shown(finding.detail), _DETAIL[state]
        lines = [
            Content.assemble(
                sign(state, glyphs),
                f" {row.title:<{_TITLE}} ",
                (fit(detail, room, glyphs.ellipsis), "" if opened and state is State.OK else style),
            )
        ]
        if opened:
            whole = detail if cell_len(detail) > room else ""
            lines += _opened(row, finding, glyphs, whole, width)
        return Content("\n").join(lines)


_DETAIL = {
    State.OK: "$foreground-muted",
    State.TODO: "$foreground-muted",
    State.WARNING: "$text-warning",
    State.FAILED: "$text-error",
}


def state_of(finding: Finding) -> State:
    """How a finding stands."""
    return {
        "ok": State.OK,
        "warn": State.WARNING,
        "fail": State.FAILED,
        "skip": State.TODO,
    }[finding.state.value]


def _opened(
    row: CheckRow, finding: Finding, glyphs: Glyphs, whole: str, width: int
) -> list[Content]:
    room = width - len(_INDENT) - 2
    lines: list[Content] = []

    def add(text: str, lead: str, style: str) -> None:
        for number, part in enumerate(wrapped(shown(text), room)):
            first = lead if number == 0 else " " * len(lead)
            lines.append(Content.styled(f"{_INDENT}{first}{part}", style))

    if whole:
        add(whole, "", _DETAIL[state_of(finding)])
    add(row.why, "", "")
    if finding.fix:
        add(finding.fix, f"{glyphs.pointer} ", "bold")
    for command in finding.command.splitlines():
        add(command, "  ", "$text-accent")
    return lines
