"""The bottom line: the keys that work right now, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.widget import Widget

from jetscale_tui.tui.glyphs import glyphs_of

if TYPE_CHECKING:
    from textual import events
    from textual.binding import ActiveBinding
    from textual.screen import Screen

_RIGHT = ("app.help", "app.commands")
"""Bindings that stay at the right end."""
_GAP = 2


class Entry(NamedTuple):
    """One key and its word."""

    key: str
    drawn: Content
    right: bool


class KeyBar(Widget):
    """Draws the screen's active bindings; a click presses the key.

    One drawing instead of a widget a key, so a changed binding costs a line, not a rebuild.
    """

    ALLOW_SELECT = False

    def on_mount(self) -> None:
        """Draw again whenever the active bindings may have changed."""
        self.screen.bindings_updated_signal.subscribe(self, self._redraw)

    def _redraw(self, _screen: Screen[object]) -> None:
        self.refresh()

    def _entries(self) -> list[Entry]:
        entries: dict[str, Entry] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            name = binding.id or binding.action
            if binding.show and binding.description and name not in entries:
                entries[name] = Entry(binding.key, self._drawn(active), binding.id in _RIGHT)
        return list(entries.values())

    def _drawn(self, active: ActiveBinding) -> Content:
        key = self.app.get_key_display(active.binding)
        dim = "" if active.enabled else " dim"
        return Content.assemble(
            (key, f"bold $footer-key-foreground{dim}"), " ", (active.binding.description, dim)
        )

    def _placed(self) -> list[tuple[int, Entry]]:
        """Entries with the column each begins at; those that do not fit are left out."""
        entries, width = self._entries(), self.size.width
        right = [entry for entry in entries if entry.right]
        start = width - 1 - sum(entry.drawn.cell_length + _GAP for entry in right) + _GAP
        placed = []
        column = start
        for entry in right:
            placed.append((column, entry))
            column += entry.drawn.cell_length + _GAP
        column, rest = 1, len(glyphs_of(self).ellipsis) + 1
        for entry in entries:
            if entry.right:
                continue
            if column + entry.drawn.cell_length + _GAP + rest > start:
                placed.append((column, Entry("", Content(glyphs_of(self).ellipsis), False)))
                break
            placed.append((column, entry))
            column += entry.drawn.cell_length + _GAP
        return sorted(placed, key=lambda each: each[0])

    def render(self) -> Content:
        """Left: the keys of what is focused, then of the screen. Right: help and commands."""
        line = Content("")
        for column, entry in self._placed():
            line = Content.assemble(line, " " * (column - line.cell_length), entry.drawn)
        return line

    def on_click(self, event: events.Click) -> None:
        """Press the key under the mouse."""
        for column, entry in self._placed():
            if entry.key and column <= event.x < column + entry.drawn.cell_length:
                self.app.simulate_key(entry.key)
