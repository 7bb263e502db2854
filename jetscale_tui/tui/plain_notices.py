"""Passing notices in words that may come from outside: data, and never more than a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from jetscale_tui.tui.format import fit, shown, shown_lines

if TYPE_CHECKING:
    from textual.notifications import SeverityLevel

_LONGEST = 400
"""Cells; the log has all of it."""
_MOST_LINES = 8


class PlainNotices(App[int]):
    """Shows notices as data, unless one is said to be markup, as Textual's own are."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a notice; thread-safe, as Textual's."""
        if not markup:
            lines = shown_lines(message).splitlines()[:_MOST_LINES]
            message = "\n".join(fit(line, _LONGEST // len(lines)) for line in lines)
        super().notify(
            message,
            title=fit(shown(title), _LONGEST // _MOST_LINES),
            severity=severity,
            timeout=timeout,
            markup=markup,
        )
