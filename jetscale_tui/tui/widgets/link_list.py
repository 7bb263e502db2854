"""The doctor's chain, one line a link, and what to do about one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets.option_list import Option

from jetscale_tui.engine.doctor import TITLES, Health, LinkId
from jetscale_tui.tui.format import STYLES, State, fit, shown, shown_lines, sign
from jetscale_tui.tui.glyphs import glyphs_of, spinning
from jetscale_tui.tui.widgets.drawn_list import DrawnList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.engine.doctor import Link
    from jetscale_tui.tui.glyphs import Glyphs

_TITLE = max(map(len, TITLES.values()))
_STATES = {
    Health.FINE: State.OK,
    Health.NOTE: State.WARNING,
    Health.EMPTY: State.TODO,
    Health.BROKEN: State.FAILED,
    Health.UNKNOWN: State.TODO,
    Health.NOT_REACHED: State.TODO,
}
_MUTED = "$foreground-muted"


class LinkList(DrawnList):
    """One line a link, in the order of the chain; those that were not asked yet are named."""

    def __init__(self) -> None:
        super().__init__()
        self._links: tuple[Link, ...] = ()
        self._asking = False
        self._frame = 0

    def on_mount(self) -> None:
        """All links at once, to be filled in."""
        self.add_options([Option(self._drawn(i), link.value) for i, link in enumerate(LinkId)])
        self.highlighted = 0

    def show(self, links: Sequence[Link], *, asking: bool) -> None:
        """Draw these; the next one is being asked."""
        self._links, self._asking = tuple(links), asking
        self._frame += 1
        for index in range(self.option_count):
            self.redraw(index, self._drawn(index))

    def on_resize(self) -> None:
        """Cut the lines for the new width."""
        self.show(self._links, asking=self._asking)

    def _drawn(self, index: int) -> Content:
        glyphs, width = glyphs_of(self), max(self.room - 1, 30)
        if index >= len(self._links):
            title = TITLES[list(LinkId)[index]]
            if self._asking and index == len(self._links):
                spin = spinning(self, self._frame)
                return Content.assemble((f"{spin} {title}", STYLES[State.CURRENT]))
            return Content.styled(f"{' ' * len(glyphs.ok)} {title}", _MUTED)
        link = self._links[index]
        state = _STATES[link.health]
        mark = sign(state, glyphs)
        head = Content.assemble(mark, f" {link.title:<{_TITLE}}  ")
        style = "" if link.health is Health.BROKEN else _MUTED
        room = width - head.cell_length
        return Content.assemble(head, (fit(shown(link.detail), room, glyphs.ellipsis), style))


def advice(link: Link, glyphs: Glyphs) -> Content:
    """What was seen at a link, why, what to do, and the command."""
    state = _STATES[link.health]
    mark = f"  {link.failure}" if link.failure else ""
    parts = [
        Content.assemble(
            sign(state, glyphs), f" {link.title}", (f"  {link.health.value}{mark}", _MUTED)
        ),
        Content.styled(shown_lines(link.detail), "bold"),
    ]
    if link.why:
        parts.append(Content.styled(shown_lines(link.why), _MUTED))
    if link.fix:
        parts.append(Content.assemble((f"{glyphs.pointer} ", "bold"), (shown(link.fix), "bold")))
    if link.command:
        parts.append(Content.styled(shown_lines(link.command), "$text-accent"))
    parts += [advice(each, glyphs) for each in link.also]
    return Content("\n\n").join(parts)
