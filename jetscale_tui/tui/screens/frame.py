"""What every whole screen of JetScale has: the line that says where, a body, the line of keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.events import MouseDown
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen

from jetscale_tui.tui import work
from jetscale_tui.tui.widgets.key_bar import KeyBar
from jetscale_tui.tui.widgets.where_bar import WhereBar
from jetscale_tui.wizard.place import Place

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Event

    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.opening import Whereabouts


class FrameScreen(Screen[None]):
    """A screen between a `WhereBar` and a `KeyBar`; subclasses compose the body."""

    HELP: ClassVar[str] = ""

    place: reactive[Place] = reactive(Place(), repaint=False)
    """Where every write would go; shown in the first line."""
    mouse_down_at = float("-inf")
    """When the mouse button last went down, as the terminal said it."""

    def _forward_event(self, event: Event) -> None:
        """Note the time of a press; Textual gives widgets a copy made when it is handed on."""
        if isinstance(event, MouseDown) and not event.is_forwarded:
            self.mouse_down_at = event.time
        super()._forward_event(event)

    def compose(self) -> ComposeResult:
        """The frame around the body."""
        yield WhereBar().data_bind(FrameScreen.place)
        yield from self.compose_body()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """What is between the two lines."""
        raise NotImplementedError

    class Located(Message):
        """Google has answered where the cluster is and who is asking, or why it cannot."""

        def __init__(self, setup: Setup, whereabouts: Whereabouts) -> None:
            super().__init__()
            self.setup = setup
            self.whereabouts = whereabouts

    def prepare(self) -> None:
        """Import what will be needed later; called in a thread, after the first picture."""

    def locate(self, backend: Backend, setup: Setup) -> None:
        """Ask Google, in the background, where the setup's cluster is and who is asking."""
        from jetscale_tui.wizard.opening import Whereabouts, find_whereabouts

        work.ask(
            self,
            "whereabouts",
            lambda: find_whereabouts(backend, setup),
            lambda found: self.Located(setup, found),
            lambda error: self.Located(setup, Whereabouts("", None, error.what)),
        )

    @property
    def leaving(self) -> str:
        """What leaving now means, for a question about it; empty when there is nothing to ask."""
        return ""

    @property
    def running(self) -> bool:
        """Whether leaving would interrupt something that changes a cluster."""
        return False

    def keep(self) -> None:
        """Save what leaving must not lose."""

    def fail(self, error: JetScaleError) -> None:
        """Say that nothing outside can be reached."""
        raise NotImplementedError
