"""The top line: where every write would go, and as whom. It never scrolls away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from jetscale_tui.tui.format import fit, fit_middle, shown
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.wizard.place import Place

if TYPE_CHECKING:
    from jetscale_tui.tui.glyphs import Glyphs

NAME = "JetScale"
_SHORTEST = 9
"""Cells below which a part of the place is no longer recognisable."""


class WhereBar(Widget):
    """Product, backend, place and identity on one line."""

    place: reactive[Place] = reactive(Place())

    def render(self) -> Content:
        """Everything, shortened from the least telling part on."""
        return where_line(self.place, self.size.width, glyphs_of(self))

    def watch_place(self, place: Place) -> None:
        """Keep the unshortened text within reach of the mouse."""
        whole = " ▸ ".join(shown(part) for part in place.parts)
        self.tooltip = Content("\n".join(part for part in (whole, shown(place.identity)) if part))


def where_line(place: Place, width: int, glyphs: Glyphs) -> Content:
    """The line for a width in cells: the identity gives way first, then the longest part."""
    left = Content.assemble((f" {NAME}", "bold $text-primary"))
    if place.label:
        left = Content.assemble(left, "  ", (f" {shown(place.label)} ", "$text-accent on $surface"))
    parts = [shown(part) for part in place.parts]
    if not parts:
        right = Content.styled("not connected ", "$foreground-muted")
        return _spread(left, right, width)
    link = f" {glyphs.path} "
    identity = shown(place.identity)
    room = width - left.cell_length - 2 - cell_len(link) * (len(parts) - 1) - 1
    taken = sum(cell_len(part) for part in parts)
    if identity:
        spare = max(room - taken - 2, _SHORTEST - 2)
        identity = fit(identity, spare, glyphs.ellipsis)
        room -= cell_len(identity) + 2
    while sum(cell_len(part) for part in parts) > room:
        longest = max(range(len(parts)), key=lambda index: cell_len(parts[index]))
        excess = sum(cell_len(part) for part in parts) - room
        length = max(cell_len(parts[longest]) - excess, _SHORTEST)
        if length >= cell_len(parts[longest]):
            break
        parts[longest] = fit_middle(parts[longest], length, glyphs.ellipsis)
    where = (
        Content(link).stylize("$foreground-muted").join([Content.styled(p, "bold") for p in parts])
    )
    who = Content.styled(f"  {identity}", "$foreground-muted") if identity else Content("")
    return _spread(left, Content.assemble(where, who, " "), width)


def _spread(left: Content, right: Content, width: int) -> Content:
    gap = max(1, width - left.cell_length - right.cell_length)
    return Content.assemble(left, " " * gap, right)
