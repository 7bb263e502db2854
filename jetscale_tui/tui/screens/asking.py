"""What the dashboard asks because a key was pressed: said while it takes long, and given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from textual import on
from textual.reactive import reactive
from textual.screen import Screen
from textual.worker import Worker

from jetscale_tui.tui import work
from jetscale_tui.tui.key_words import key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message
    from textual.timer import Timer

    from jetscale_tui.errors import JetScaleError

Result = TypeVar("Result")
_SLOW = 0.5
"""Seconds an answer may take before it is said that it is waited for."""


class _Question(NamedTuple):
    command: str
    doing: str


class Asking(Screen[None]):
    """One question at a time; a newer one takes the place of an older one."""

    asking: reactive[str] = reactive("", repaint=False, bindings=True)
    """What is being asked, in words; empty as long as nobody has to wait."""
    _question: _Question | None = None
    _patience: Timer | None = None

    def look_up(
        self,
        command: str,
        doing: str,
        call: Callable[[], Result],
        answered: Callable[[Result], Message],
        failed: Callable[[JetScaleError], Message],
    ) -> None:
        """Ask in the background.

        Args:
            command: what the person pressed; it asks again.
            doing: what is said while it takes long.
            call: blocks; may raise `JetScaleError`.
            answered: makes the message that carries the result.
            failed: makes the message that carries the error.
        """
        self._forget()
        work.ask(self, command, call, answered, failed)
        self._question = _Question(command, doing)
        self._patience = self.set_timer(_SLOW, self._say_so)

    def stop_asking(self) -> None:
        """Do without an answer."""
        question = self._question
        if question is not None:
            self._forget()
            again = key_of(self, question.command)
            self.notify(f"Stopped {question.doing}; {again} asks again.", markup=False)

    @on(Worker.StateChanged)
    def _worked(self, event: Worker.StateChanged) -> None:
        question = self._question
        if question and event.worker.group == question.command and event.worker.is_finished:
            self._forget()

    def _forget(self) -> None:
        question, self._question = self._question, None
        if question is not None:
            work.give_up(self, question.command)
        if self._patience is not None:
            self._patience.stop()
            self._patience = None
        self.asking = ""

    def _say_so(self) -> None:
        if self._question is not None:
            self.asking = self._question.doing
