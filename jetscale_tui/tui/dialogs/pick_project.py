"""Asks for a Google Cloud project: one of those that can be listed, or any other by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

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

    from jetscale_tui.domain.google import Project


class PickProjectDialog(ModalScreen["str | None"]):
    """The result is a project id."""

    HELP = """
    The projects your Google credentials can see. Type to narrow the list, or type the id of any
    project: its clusters are listed whether or not it shows up here.
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("project.leave", "leave")]

    def __init__(self, projects: Sequence[Project], why_not: str) -> None:
        """A dialog about these.

        Args:
            projects: those that can be listed.
            why_not: why there are none, or not all.
        """
        super().__init__()
        self._projects = tuple(projects)
        self._why_not = why_not

    def compose(self) -> ComposeResult:
        """Field, matching projects, what is wrong."""
        with Vertical(classes="dialog") as box:
            framed(box, "Project", "{filter.choose} takes it, {project.leave} leaves")
            if self._why_not:
                yield Static(Content(shown(self._why_not)), classes="warning")
            yield FilteredList(placeholder="project id", asked=True)
            yield Static(id="problem", markup=False)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one(FilteredList).offer(
            [Choice(each.project_id, each.project_id, each.name) for each in self._projects]
        )
        self.query_one(FilterField).focus()

    @on(FilteredList.Chosen)
    def _take(self) -> None:
        listed = self.query_one(FilteredList)
        typed, chosen = listed.typed, listed.chosen
        exact = any(typed == each.project_id for each in self._projects)
        wanted = typed if exact or chosen is None else chosen.key
        problem = names.project_id(wanted) if wanted else "is empty"
        if problem:
            self.query_one("#problem", Static).update(f"The project id {problem}.")
        else:
            self.dismiss(wanted)

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
