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
    recording: reactive[str] = reactive("")
    """What is said of a recording that goes on."""
    scope: reactive[str] = reactive("")
    """Which namespace is watched."""
    wanted: reactive[str] = reactive("")
    """The filter in force."""

    def render(self) -> Content:
        """The line."""
        glyphs = glyphs_of(self)
        parts = [badge(self.glance, glyphs)]
        if self.recording:
            parts.append(Content.styled(f"{glyphs.current} {self.recording}", "$text-error"))
        if self.glance.hpa is not None and self.glance.hpa.paused:
            parts.append(self._warned("scaling paused, {dashboard.pause} resumes"))
        if self.held:
            parts.append(self._warned("picture held, {dashboard.hold} goes on"))
        if self.glance.link.state in (LinkState.UNAUTHENTICATED, LinkState.RECONNECTING):
            parts.append(Content.styled(worded(self, "{dashboard.connect} tries again"), "bold"))
        reason = self.glance.link.reason
        if reason:
            used = sum(part.cell_length + 3 for part in parts)
            said = fit(shown(reason), max(self.size.width - used - 2, 10), glyphs.ellipsis)
            parts.append(Content.styled(said, "$foreground-muted"))
        parts.append(Content(shown(self.scope)))
        parts.append(Content(plural(len(self.glance.snapshot.hpas), "HPA")))
        if self.wanted:
            parts.append(Content(f"filter {shown(self.wanted)}"))
        return Content.assemble(" ", Content(f" {glyphs.dot} ").join(parts))

    def _warned(self, words: str) -> Content:
        return Content.styled(worded(self, words), "bold $text-warning")


def badge(glance: Glance, glyphs: Glyphs) -> Content:
    """Sign, word and age: `✓ live 0.4 s`."""
    link: Link = glance.link
    state, word = _STATES[link.state]
    age = glance.seconds_since(link.heard)
    text = word
    if age is not None:
        live = link.state is LinkState.LIVE
        text += f", heard {duration(age)} ago" if live else f", data is {duration(age)} old"
    return Content.assemble(sign(state, glyphs), " ", (text, STYLES[state]))
