"""Messages that cross from one screen or pane to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.journal import Run


class DashboardRequested(Message):
    """The person wants to watch what a setup set up."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup


class SetupRequested(Message):
    """The person wants the wizard."""


class DemoRequested(Message):
    """The person wants to try it on an embedded cluster."""


class ReconnectRequested(Message):
    """Credentials or the kubeconfig may have changed: connect anew, and keep every answer."""


class ReviewRequested(Message):
    """The person wants a plan to look at: to go on, or to take a run back."""

    def __init__(self, undoing: Run | None) -> None:
        super().__init__()
        self.undoing = undoing
        """None: the plan of the answers."""
