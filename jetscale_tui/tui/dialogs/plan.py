"""A small plan to look at and to agree to: what differs, the command, the rights, the undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import answer, framed
from jetscale_tui.tui.format import plural, shown
from jetscale_tui.tui.plan_text import View, details
from jetscale_tui.tui.widgets.plan_list import TONES
from jetscale_tui.tui.widgets.view_tabs import Tab, ViewTabs

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.engine.plan import Plan

_VIEWS = (View.DIFF, View.YAML, View.COMMAND, View.RIGHTS, View.UNDO)


class PlanDialog(ModalScreen[bool]):
    """True only when the person says yes; leaving is the default."""

    HELP = """
    This is all that would be written. {Plan.view} shows the difference, the whole object, the
    command that does the same, the rights it needs, and how it is taken back. `{plan.yes}` does it;
    nothing has been written before.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("plan.no", "answer(False)"),
        bound("plan.yes", "answer(True)"),
        bound("plan.view", "view(1)"),
        bound("plan.viewback", "view(-1)"),
    ]

    view: reactive[View] = reactive(View.DIFF, repaint=False)

    def __init__(self, plan: Plan, title: str, about: str, yes: str) -> None:
        """A dialog.

        Args:
            plan: what would be done.
            title: the question in a few words.
            about: what follows from it; a sentence or two.
            yes: what the button that does it says.
        """
        super().__init__()
        self._plan = plan
        self._heading = title
        self._about = about
        self._yes = yes

    def compose(self) -> ComposeResult:
        """What follows, the views, the answers."""
        with Vertical(classes="dialog") as box:
            framed(box, self._heading)
            yield Static(shown(self._about), id="about", markup=False)
            yield ViewTabs(id="views")
            with VerticalScroll(id="details", can_focus=False):
                yield Static(id="detail")
            with Horizontal(classes="answers"):
                yield Button("Leave it", id="no", compact=True)
                yield Button(
                    answer(self._yes),
                    id="yes",
                    variant="warning",
                    compact=True,
                    disabled=self._blocked,
                )

    @property
    def _blocked(self) -> bool:
        step = self._plan.steps[0]
        risky = any(risk.blocking for risk in self._plan.risks)
        return not self._plan.changes or bool(step.missing) or risky

    @on(ViewTabs.Chosen)
    def _named(self, event: ViewTabs.Chosen) -> None:
        self.view = event.view

    def watch_view(self) -> None:
        """Show another side of it."""
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        step = self._plan.steps[0]
        names = self.query_one(ViewTabs)
        names.tabs = tuple(Tab(view) for view in _VIEWS)
        names.current = self.view
        lines = list(details(self._plan, step, step.changes[0], self.view))
        drawn = [Content.styled(shown(text), TONES[tone]) for tone, text in lines]
        if step.missing:
            lacking = plural(len(step.missing), "right")
            drawn.insert(0, Content.styled(f"You lack {lacking}: see rights.", "$text-error"))
        elif not self._plan.changes:
            drawn.insert(0, Content.styled("Nothing differs.", "$foreground-muted"))
        self.query_one("#detail", Static).update(Content("\n").join(drawn))

    def on_mount(self) -> None:
        """Draw the difference."""
        self._show()

    def action_view(self, steps: int) -> None:
        """Another side of the plan."""
        self.view = _VIEWS[(_VIEWS.index(self.view) + steps) % len(_VIEWS)]

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by key."""
        if not yes or not self._blocked:
            self.dismiss(yes)
