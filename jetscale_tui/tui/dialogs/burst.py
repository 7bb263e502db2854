"""Asks how hard to load the server, and says which one it will be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.widgets.field import AnswerField

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


@dataclass(frozen=True, slots=True)
class Strength:
    """How many requests, how many at once, how long the answers may be."""

    requests: int = 100
    concurrency: int = 100
    max_tokens: int = 200


_FIELDS = (
    ("requests", "Requests", 10_000, "in all"),
    ("concurrency", "At once", 256, "spread over the ready pods"),
    ("max_tokens", "Tokens each", 100_000, "longest answer"),
)
"""Field, label, ceiling, what it means."""


class BurstDialog(ModalScreen[Strength | None]):
    """Enter sends; the numbers are the public guide's."""

    HELP = """
    A burst sends many /generate requests at once, through the API server to every ready pod, as
    the guide's load test does. It changes nothing in the cluster, but the server has to answer:
    do not burst what people are using. `{dashboard.burst}` again stops it at once.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("burst.cancel", "leave"),
    ]

    def __init__(self, target: str, warning: str, strength: Strength) -> None:
        """A dialog.

        Args:
            target: which pods get the requests.
            warning: why to think twice; may be empty.
            strength: the numbers to begin with.
        """
        super().__init__()
        self._target = target
        self._warning = warning
        self._strength = strength
        self._warned = False

    def compose(self) -> ComposeResult:
        """Target, numbers, problem."""
        with Vertical(classes="dialog") as box:
            framed(box, "Burst", "{answer.take} sends, {burst.cancel} leaves")
            yield Static(shown(self._target), markup=False)
            if self._warning:
                yield Static(shown(self._warning), classes="warning", markup=False)
            for field, label, ceiling, meaning in _FIELDS:
                with Horizontal(classes="field -first" if field == "requests" else "field"):
                    yield Label(label)
                    value = str(getattr(self._strength, field))
                    yield AnswerField(value, id=field, type="integer", compact=True, max_length=6)
                    yield Static(f"{meaning}; at most {ceiling}", classes="hint", markup=False)
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        """Enter at once sends what the guide sends."""
        self.query_one("#requests", Input).focus()

    @on(Input.Submitted)
    def _send(self) -> None:
        numbers = {}
        for field, label, ceiling, _ in _FIELDS:
            text = self.query_one(f"#{field}", Input).value
            if not text.isdigit() or not 1 <= int(text) <= ceiling:
                said = f"{label} must be between 1 and {ceiling}."
                self.query_one("#problem", Static).update(said)
                self.query_one(f"#{field}", Input).focus()
                return
            numbers[field] = int(text)
        if self._warning and not self._warned:
            self._warned = True
            said = worded(self, "{Answer.take} again sends it all the same.")
            self.query_one("#problem", Static).update(said)
            return
        self.dismiss(Strength(**numbers))

    def action_leave(self) -> None:
        """Send nothing."""
        self.dismiss(None)
