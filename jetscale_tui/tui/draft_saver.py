"""Saves the wizard's answers off the interface's thread; the newest are what remains."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from jetscale_tui.tui import work

if TYPE_CHECKING:
    from textual.widget import Widget

    from jetscale_tui.domain.flow import WizardStep
    from jetscale_tui.wizard.interview import Interview


class DraftSaver:
    """Threads may pass each other: each saves the newest answers there are when its turn comes."""

    def __init__(self, owner: Widget) -> None:
        """Of this screen; a failure is said on it."""
        self._owner = owner
        self._turn = Lock()
        self._newest: tuple[Interview, WizardStep] | None = None

    def soon(self, interview: Interview, step: WizardStep) -> None:
        """Save these answers, to open again on that step."""
        self._newest = (interview, step)
        work.run(self._owner, "draft", self._save)

    def _save(self) -> None:
        with self._turn:
            newest, self._newest = self._newest, None
            if newest is not None:
                interview, step = newest
                interview.keep(step)
