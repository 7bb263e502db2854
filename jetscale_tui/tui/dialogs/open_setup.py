"""Asks for a setup document: one found here, or any other by its path."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from jetscale_tui.setupfile.nearby import setups_in
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.widgets.choice_list import Choice
from jetscale_tui.tui.widgets.filtered_list import FilteredList, FilterField
from jetscale_tui.wizard.opening import Given, from_document

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.errors import JetScaleError


class OpenSetupDialog(ModalScreen[Given | None]):
    """The result is what the document answers; one that is wrong is said to be so here."""

    HELP = """
    The setup documents in the directory JetScale was started in. Type to narrow the list, or type
    a path. What a document leaves out is detected or asked, as if it had been left out here.
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("open.leave", "leave")]

    class Found(Message):
        """The documents that are here."""

        def __init__(self, names: tuple[str, ...]) -> None:
            super().__init__()
            self.names = names

    class Read(Message):
        """What the chosen one answers."""

        def __init__(self, given: Given) -> None:
            super().__init__()
            self.given = given

    class Refused(Message):
        """Something could not be read."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    def compose(self) -> ComposeResult:
        """Field, documents found, what is wrong."""
        with Vertical(classes="dialog") as box:
            framed(box, "Setup document", "{filter.choose} opens it, {open.leave} leaves")
            yield FilteredList(placeholder="path of a setup document", asked=True)
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        """Look for what is here, and let the person type at once."""
        self.query_one(FilterField).focus()
        work.ask(
            self,
            "found",
            lambda: tuple(each.name for each in setups_in(Path.cwd())),
            self.Found,
            self.Refused,
        )

    @on(Found)
    def _found(self, event: Found) -> None:
        self.query_one(FilteredList).offer([Choice(name, name) for name in event.names])

    @on(FilteredList.Chosen)
    def _open(self) -> None:
        listed = self.query_one(FilteredList)
        wanted = listed.chosen.key if listed.chosen else listed.typed
        if not wanted:
            self._say("There is no setup document here; type the path of one.")
            return
        self._say("")
        work.ask(
            self,
            "read",
            lambda: from_document(Path(wanted).expanduser()),
            self.Read,
            self.Refused,
        )

    @on(Read)
    def _read(self, event: Read) -> None:
        self.dismiss(event.given)

    @on(Refused)
    def _refused(self, event: Refused) -> None:
        self._say(f"{event.error.what} {event.error.why}".strip())

    def _say(self, words: str) -> None:
        lines = [shown(line) for line in words.splitlines()]
        self.query_one("#problem", Static).update("\n".join(lines))

    def action_leave(self) -> None:
        """Open nothing."""
        self.dismiss(None)
