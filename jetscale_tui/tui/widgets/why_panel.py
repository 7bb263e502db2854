"""Why there are as many replicas as there are, what would change that, and when it is looked at."""

from __future__ import annotations

from textual.content import Content

from jetscale_tui.domain.decision import lines as decision
from jetscale_tui.domain.decision.explain import Explained, Unexplained, explain
from jetscale_tui.domain.decision.lines import Line, Part, Tone
from jetscale_tui.domain.decision.recall import Recall
from jetscale_tui.tui.format import shown, wrapped
from jetscale_tui.tui.glance import Glance
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.widgets.panel import GlancePanel

_TABLE_FROM = 50
"""Cells from which on labels stand in a column of their own."""
_LONGEST_LABEL = 20
_INDENT = 2
_PAUSED = "scaling is switched off both ways; {dashboard.pause} resumes it"
_DECIDES = "◀ this decides"
_DECIDES_ASCII = "< this decides"
_STYLES = {
    Tone.PLAIN: "",
    Tone.QUIET: "$foreground-muted",
    Tone.WARNING: "$text-warning",
    Tone.TROUBLE: "$text-error",
}


class WhyPanel(GlancePanel):
    """The controller's last look step by step, then what it waits for."""

    TITLE = "Why?"
    HELP = """
    The controller looks every 15 seconds. Each metric proposes a size: its value divided by the
    target, times the replicas there are; the highest proposal wins, then windows and limits cut
    it. Within 10 % of the target nothing changes.

    The same functions run here on what can be seen from outside. Where the controller came to
    another size, that is said, with the likely reason: it remembers what was before we watched.
    The time of its next look is an estimate.
    """

    _asked = ""
    _recall: Recall | None = None
    """Of the last explanation: a new one costs what has changed since."""
    _explained: tuple[Glance, Explained | Unexplained | None] = (Glance(), None)

    def watch_glance(self, glance: Glance) -> None:
        """Ask the question with the number in it."""
        super().watch_glance(glance)
        asked = "Why?" if glance.hpa is None else f"Why {glance.hpa.desired_replicas}?"
        if asked != self._asked:
            self.border_title = Content(asked)
            self._asked = asked

    def _explanation(self, glance: Glance) -> Explained | Unexplained | None:
        """The explanation of a glance, made once; None without an HPA."""
        if self._explained[0] is not glance:
            hpa = glance.hpa
            found, self._recall = None, self._recall or Recall()
            if hpa is not None:
                found = explain(glance.snapshot, hpa, glance.moment, recall=self._recall)
            self._explained = glance, found
        return self._explained[1]

    def drawn(self, glance: Glance) -> Content:
        """The lines."""
        explained = self._explanation(glance)
        if explained is None:
            said = "no HPA to explain" if glance.snapshot.complete else glance.awaited
            return Content.styled(said, "$foreground-muted")
        lines = decision.lines_of(explained, glance.moment.timestamp())
        if glance.hpa is not None and glance.hpa.paused:
            lines = (Line("paused", worded(self, _PAUSED), tone=Tone.WARNING), *lines)
        return Content("\n").join(self._laid_out(lines))

    def note(self, glance: Glance) -> str:
        """When the controller looks again."""
        explained = self._explanation(glance)
        if glance.lost and explained is not None:
            return "as of the last data"
        return "" if explained is None else decision.next_look_text(explained)

    def _laid_out(self, lines: tuple[Line, ...]) -> list[Content]:
        ascii_only = glyphs_of(self).ascii
        longest = max((len(line.label) for line in lines), default=0)
        column = 0
        if self.text_width >= _TABLE_FROM and longest:
            column = min(longest, _LONGEST_LABEL) + 2
        return [
            part for line in lines for part in _drawn(line, column, self.text_width, ascii_only)
        ]


def _drawn(line: Line, column: int, width: int, ascii_only: bool) -> list[Content]:
    """One line in as many rows as it takes, its label in a column or in front of the text."""
    label, text = shown(line.label), shown(line.text)
    if ascii_only:
        text = decision.ascii_of(text)
    gap = max(column - len(label), 2) if label else 0
    head = Content.assemble((label, _label_style(line)), " " * gap)
    hang = column or (_INDENT if label else 0)
    rows = wrapped(text, width - hang, first=max(width - len(head), 1))
    style = "bold" if line.decides else _STYLES[line.tone]
    drawn = [Content.assemble(head, (rows[0], style))]
    drawn += [Content.assemble(" " * hang, (row, style)) for row in rows[1:]]
    if line.decides:
        mark = _DECIDES_ASCII if ascii_only else _DECIDES
        if drawn[-1].cell_length + 2 + len(mark) > width:
            mark = mark[:1]
        drawn[-1] = Content.assemble(drawn[-1], "  ", (mark, "bold $text-accent"))
    return drawn


def _label_style(line: Line) -> str:
    if line.decides:
        return "bold"
    return "$text-primary" if line.part is Part.NEXT else "$foreground-muted"
