"""Asks where to keep a recording."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.widgets.field import AnswerField

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


class RecordDialog(ModalScreen["Path | None"]):
    """The result is a path that nothing is at yet."""

    HELP = """
    A recording keeps everything the screen is made of from now on: autoscalers, pods, nodes and
    events, without annotations, commands or environment. `jetscale replay FILE` plays it without a
    cluster. `{dashboard.record}` again stops it.
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("record.leave", "leave")]

    def __init__(self, proposed: str) -> None:
        super().__init__()
        self._proposed = proposed

    def compose(self) -> ComposeResult:
        """Path, what stands in the way."""
        with Vertical(classes="dialog") as box:
            framed(box, "Record", "{answer.take} begins, {record.leave} leaves")
            yield Static("Keep all that is seen from now on in a new file:", markup=False)
            yield AnswerField(self._proposed, id="path", compact=True)
            yield Static(id="problem", markup=False)

    @on(Input.Submitted)
    def _begin(self, event: Input.Submitted) -> None:
        path = Path(event.value.strip()).expanduser()
        problem = ""
        if not event.value.strip():
            problem = "Say where."
        elif path.exists():
            problem = f"{path} is there already; a recording never replaces a file."
        elif not path.parent.is_dir():
            problem = f"There is no folder {path.parent}."
        if problem:
            self.query_one("#problem", Static).update(shown(problem))
        else:
            self.dismiss(path)

    def action_leave(self) -> None:
        """Record nothing."""
        self.dismiss(None)
