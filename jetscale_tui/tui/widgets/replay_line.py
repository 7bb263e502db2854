"""Where a replay is: playing or not, how fast, a bar, the recorded time; gone while live."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from jetscale_tui.tui.glyphs import glyphs_of

if TYPE_CHECKING:
    from jetscale_tui.engine.playing import Player
    from jetscale_tui.tui.glyphs import Glyphs

_LEAST_BAR = 6


class ReplayLine(Widget):
    """One line; drawn anew with every look."""

    look: reactive[int] = reactive(0)

    def __init__(self, player: Player) -> None:
        super().__init__()
        self._player = player

    def render(self) -> Content:
        """The line."""
        return replay_line(self._player, glyphs_of(self), self.size.width)


def replay_line(player: Player, glyphs: Glyphs, width: int) -> Content:
    """`▶ ×4  ■■■□□□  14:02:31  1:23 of 8:00`."""
    position, length = player.position, player.length
    ended = position >= length
    word = "at the end" if ended else "standing" if player.paused else "playing"
    sign = glyphs.paused if player.paused or ended else glyphs.playing
    lead = f" {sign} replay {word} {glyphs.times}{player.speed:g}  "
    recorded = player.began + timedelta(seconds=position)
    tail = f"  {recorded:%H:%M:%S}  {_clock(position)} of {_clock(length)} "
    room = max(width - len(lead) - len(tail), _LEAST_BAR)
    share = position / length if length else 1.0
    filled = min(room, round(room * share))
    drawn = glyphs.full * filled + glyphs.empty * (room - filled)
    return Content.assemble((lead, "bold"), (drawn, "$text-primary"), (tail, "$foreground-muted"))


def _clock(seconds: float) -> str:
    """`1:23`, `2:05:09`."""
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    return f"{whole // 3600}:{whole % 3600 // 60:02d}:{whole % 60:02d}"
