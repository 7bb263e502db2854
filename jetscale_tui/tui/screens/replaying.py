"""A recording on the dashboard: play, stand still, faster, slower, back and forth. Mixed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from jetscale_tui.engine.playing import Player
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.widgets.replay_line import ReplayLine

if TYPE_CHECKING:
    from textual.binding import BindingType

    from jetscale_tui.engine.ports import LiveFeed

_SLOWEST, _FASTEST = 0.125, 1024.0
_STEP = 2.0
TRANSPORT = ("play", "speed", "skip", "jump")
"""Actions that only a replay has."""


TRANSPORT_KEYS: list[BindingType] = [
    bound("replay.play", "play", priority=True),
    bound("replay.back", "skip(-10)", priority=True),
    bound("replay.forth", "skip(10)", priority=True),
    bound("replay.slower", "speed(False)"),
    bound("replay.faster", "speed(True)"),
    bound("replay.begin", "jump(False)", priority=True),
    bound("replay.end", "jump(True)", priority=True),
]
"""For the screen's own list: a key that a live feed uses too has to stand in the same one."""


class Replaying(Screen[None]):
    """What a screen needs to play a recording; the actions do nothing on a live feed."""

    _feed: LiveFeed

    @property
    def player(self) -> Player | None:
        """The recording; None on a live feed."""
        return self._feed if isinstance(self._feed, Player) else None

    def action_play(self) -> None:
        """Play, or stand still; from the end, play again from the start."""
        player = self.player
        if player is None:
            return
        if player.position >= player.length:
            player.seek(0.0)
            player.resume()
        elif player.paused:
            player.resume()
        else:
            player.pause()
        self.show_position()

    def action_speed(self, faster: bool) -> None:
        """Twice or half as fast."""
        if self.player is not None:
            factor = _STEP if faster else 1 / _STEP
            self.player.play_at(min(max(self.player.speed * factor, _SLOWEST), _FASTEST))
            self.show_position()

    def action_skip(self, seconds: int) -> None:
        """So many recorded seconds on, or back."""
        if self.player is not None:
            self.player.seek(self.player.position + seconds)
            self.show_position()

    def action_jump(self, end: bool) -> None:
        """To the end or the start."""
        if self.player is not None:
            self.player.seek(self.player.length if end else 0.0)
            self.show_position()

    def show_position(self) -> None:
        """Draw where it is."""
        for line in self.query(ReplayLine):
            line.look += 1
