"""The dashboard's second line: how fresh the picture is, and what it is a picture of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from jetscale_tui.domain.live import LinkState
from jetscale_tui.tui.format import STYLES, State, duration, fit, plural, shown, sign
from jetscale_tui.tui.glance import Glance
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.key_words import worded

if TYPE_CHECKING:
    from jetscale_tui.domain.live import Link
    from jetscale_tui.tui.glyphs import Glyphs

_STATES = {
    LinkState.CONNECTING: (State.TODO, "connecting"),
    LinkState.LIVE: (State.OK, "live"),
    LinkState.RECONNECTING: (State.WARNING, "reconnecting"),
    LinkState.FORBIDDEN: (State.FAILED, "forbidden"),
    LinkState.UNAUTHENTICATED: (State.FAILED, "credentials expired"),
    LinkState.ABSENT: (State.FAILED, "not served here"),
}


class StatusLine(Widget):
    """Connection badge with the age of the data, then scope, filter and what is held."""

    glance: reactive[Glance] = reactive(Glance())
    held: reactive[bool] = reactive(False)
    asking: reactive[str] = reactive("")
    """What is waited for, in words."""
    recording: reactive[str] = reactive("")
    """What is said of a recording that goes on."""
    scope: reactive[str] = reactive("")
    """Which namespace is watched."""
    wanted: reactive[str] = reactive("")
    """The filter in force."""
    matching: reactive[int] = reactive(0)
    """How many HPAs pass it."""
    replayed: reactive[bool] = reactive(False)
    """It is a picture of a recording."""

    def render(self) -> Content:
        """The line."""
        glyphs = glyphs_of(self)
        parts = [badge(self.glance, glyphs, replayed=self.replayed)]
        if self.asking:
            stops = worded(self, ", {dashboard.back} stops")
            parts.append(
                Content.assemble(
                    (f"{glyphs.current} {self.asking}", "$text-primary"), (stops, "bold")
                )
            )
        if self.recording:
            parts.append(Content.styled(f"{glyphs.current} {self.recording}", "$text-error"))
        if self.glance.hpa is not None and self.glance.hpa.paused:
            parts.append(self._warned("scaling paused, {dashboard.pause} resumes"))
        if self.held:
            parts.append(self._warned("picture held, {dashboard.hold} goes on"))
        if self.glance.link.state in (LinkState.UNAUTHENTICATED, LinkState.RECONNECTING):
            parts.append(Content.styled(worded(self, "{dashboard.connect} tries again"), "bold"))
        between = Content(f" {glyphs.dot} ")
        room = self.size.width - 1 - sum(p.cell_length + between.cell_length for p in parts)
        reason = self.glance.link.reason
        if reason:
            said = fit(shown(reason), max(room - 1, 10), glyphs.ellipsis)
            parts.append(Content.styled(said, "$foreground-muted"))
            room -= parts[-1].cell_length + between.cell_length
        for part in self._subject():
            if part.cell_length < room:
                parts.append(part)
                room -= part.cell_length + between.cell_length
        return Content.assemble(" ", between.join(parts))

    def _subject(self) -> list[Content]:
        """What it is a picture of; said where there is room."""
        parts = [Content(shown(self.scope))]
        count = plural(len(self.glance.snapshot.hpas), "HPA")
        if self.wanted:
            parts.append(Content(f"{self.matching} of {count} match {shown(self.wanted)}"))
        elif self.glance.snapshot.complete:
            parts.append(Content(count))
        return parts

    def _warned(self, words: str) -> Content:
        return Content.styled(worded(self, words), "bold $text-warning")


def badge(glance: Glance, glyphs: Glyphs, *, replayed: bool = False) -> Content:
    """Sign, word and age: `✓ live, heard 0.4 s ago`; a recording is not called live."""
    link: Link = glance.link
    state, word = _STATES[link.state]
    if replayed and link.state is LinkState.LIVE:
        word = "recorded"
    age = glance.seconds_since(link.heard)
    text = word
    if age is not None and (glance.snapshot.complete or not glance.lost):
        live = link.state is LinkState.LIVE
        text += f", heard {duration(age)} ago" if live else f", data is {duration(age)} old"
    return Content.assemble(sign(state, glyphs), " ", (text, STYLES[state]))
