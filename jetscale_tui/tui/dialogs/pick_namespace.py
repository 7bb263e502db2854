"""Asks which namespace to watch: one of those that can be listed, another by name, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static

from jetscale_tui.domain import names
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.widgets.choice_list import Choice
from jetscale_tui.tui.widgets.filtered_list import FilteredList, FilterField

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.errors import JetScaleError

_ALL = "all namespaces"
"""No namespace has a blank in its name."""


class Scope(NamedTuple):
    """What was picked."""

    namespace: str | None
    """None: all namespaces."""


class PickNamespaceDialog(ModalScreen["Scope | None"]):
    """The result is what to watch; None changes nothing."""

    HELP = """
    Type to narrow the list, or type the name of any namespace. All namespaces shows the HPAs of the
    whole cluster; that needs the right to list them there.
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("namespace.leave", "leave")]

    class Listed(Message):
        """The names to pick from."""

        def __init__(self, names: tuple[str, ...]) -> None:
            super().__init__()
            self.names = names

    class NotListed(Message):
        """There are none to pick from; one can be typed all the same."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, names: Callable[[], tuple[str, ...]], watched: str | None) -> None:
        """A dialog.

        Args:
            names: lists the namespaces; called in a thread, while one may type already.
            watched: the one on screen now; None for all.
        """
        super().__init__()
        self._list = names
        self._namespaces = tuple(filter(None, [watched]))
        self._watched = watched

    def compose(self) -> ComposeResult:
        """Field, matching namespaces, what is wrong."""
        with Vertical(classes="dialog") as box:
            framed(box, "Namespace", "{filter.choose} takes it, {namespace.leave} leaves")
            yield Static(Content("Listing the namespaces; a name can be typed."), id="listing")
            yield FilteredList(placeholder="namespace", asked=True)
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        """Type at once; what is watched is highlighted."""
        self._offer()
        self.query_one(FilterField).focus()
        work.ask(self, "namespaces", self._list, self.Listed, self.NotListed)

    def _offer(self) -> None:
        listed = self.query_one(FilteredList)
        chosen = listed.chosen.key if listed.chosen else self._watched or _ALL
        listed.offer([Choice(name, name) for name in (_ALL, *self._namespaces)], chosen)

    @on(Listed)
    def _listed(self, event: Listed) -> None:
        self._namespaces = tuple(sorted({*self._namespaces, *event.names}))
        self.query_one("#listing").display = False
        self._offer()

    @on(NotListed)
    def _not_listed(self, event: NotListed) -> None:
        line = self.query_one("#listing", Static)
        line.update(Content(shown(f"{event.error.what} Type the name of one.")))
        line.set_class(True, "warning")

    @on(FilteredList.Chosen)
    def _take(self) -> None:
        listed = self.query_one(FilteredList)
        typed, chosen = listed.typed, listed.chosen
        exact = typed in self._namespaces
        wanted = typed if exact or chosen is None else chosen.key
        if wanted == _ALL:
            self.dismiss(Scope(None))
            return
        problem = names.dns_label(wanted)
        if problem:
            self.query_one("#problem", Static).update(f"The namespace {problem}.")
        else:
            self.dismiss(Scope(wanted))

    def action_leave(self) -> None:
        """Watch what is watched."""
        self.dismiss(None)
