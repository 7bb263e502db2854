"""The steps of a run as they go: sign, elapsed time, and what was seen or is waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive

from jetscale_tui.engine.plan import StepState
from jetscale_tui.tui.format import STYLES, State, duration, shown, sign, wrapped
from jetscale_tui.tui.glyphs import glyphs_of, spinning
from jetscale_tui.tui.widgets.lines import Lines

if TYPE_CHECKING:
    from jetscale_tui.tui.glyphs import Glyphs

_TITLE = 24
_LEAST_TIME = 8
_GAP = 2


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of a run."""

    title: str
    state: StepState | None = None
    """None: not begun."""
    detail: str = ""
    elapsed: float = 0
    """Seconds of the cluster's clock."""

    @property
    def going(self) -> bool:
        """Whether it is running now."""
        return self.state in (StepState.STARTED, StepState.PROGRESS, StepState.WAITING)


_STATES = {
    StepState.DONE: State.OK,
    StepState.SKIPPED: State.WARNING,
    StepState.FAILED: State.FAILED,
}


class StepList(Lines):
    """As high as its steps."""

    rows: reactive[tuple[StepRow, ...]] = reactive((), layout=True)
    turn: reactive[int] = reactive(0)
    """Which picture of the spinner."""

    def lines(self, width: int) -> list[Content]:
        """One step after another."""
        glyphs, spin = glyphs_of(self), spinning(self, self.turn)
        times = [len(_time(row)) + _GAP for row in self.rows]
        column = max([_LEAST_TIME, *times])
        lines: list[Content] = []
        for row in self.rows:
            lines += _lines(row, column, spin, width, glyphs)
        return lines


def _time(row: StepRow) -> str:
    return "" if row.state is None else duration(row.elapsed)


def _lines(row: StepRow, column: int, spin: str, width: int, glyphs: Glyphs) -> list[Content]:
    """One step, its time in a column of some width."""
    if row.going:
        mark = Content.styled(spin, STYLES[State.CURRENT])
        style = "bold"
    else:
        state = State.TODO if row.state is None else _STATES[row.state]
        mark = sign(state, glyphs)
        style = "$foreground-muted" if row.state is None else "bold"
    indent = mark.cell_length + 1 + _TITLE + column
    failed = row.state is StepState.FAILED
    said = wrapped(shown(row.detail), max(width - indent, 16))
    detail = "$text-error" if failed else "$foreground-muted" if not row.going else ""
    first = Content.assemble(
        mark, " ", (f"{row.title:<{_TITLE}}", style), f"{_time(row):<{column}}", (said[0], detail)
    )
    return [first, *(Content.styled(" " * indent + part, detail) for part in said[1:])]
