"""Asks which namespace to watch: one of those that can be listed, another by name, or all."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from jetscale_tui.domain import names
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.widgets.choice_list import Choice
from jetscale_tui.tui.widgets.filtered_list import FilteredList, FilterField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

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

    def __init__(self, namespaces: Sequence[str], watched: str | None, why_not: str = "") -> None:
        """A dialog about these.

        Args:
            namespaces: those that can be listed.
            watched: the one on screen now; None for all.
            why_not: why there are none to list.
        """
        super().__init__()
        self._namespaces = tuple(namespaces)
        self._watched = watched
        self._why_not = why_not

    def compose(self) -> ComposeResult:
        """Field, matching namespaces, what is wrong."""
        with Vertical(classes="dialog") as box:
            framed(box, "Namespace", "{filter.choose} takes it, {namespace.leave} leaves")
            if self._why_not:
                yield Static(Content(shown(self._why_not)), classes="warning")
            yield FilteredList(placeholder="namespace", asked=True)
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        """Type at once; what is watched is highlighted."""
        offered = [_ALL, *self._namespaces]
        self.query_one(FilteredList).offer(
            [Choice(name, name) for name in offered], self._watched or _ALL
        )
        self.query_one(FilterField).focus()

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
