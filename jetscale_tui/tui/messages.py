"""Messages that cross from one screen or pane to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.message import Message

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.journal import Run


class Watched(NamedTuple):
    """What the dashboard follows."""

    context: str | None = None
    """kubeconfig context; None: the current one."""
    namespace: str | None = None
    """None: all namespaces."""
    name: str | None = None
    """HPA to put the cursor on."""
    recorded: bool = False
    """All of it is recorded, as the command line wants it."""


class DashboardRequested(Message):
    """The person wants to watch what a setup set up."""

    def __init__(self, setup: Setup) -> None:
        super().__init__()
        self.setup = setup


class ScopeRequested(Message):
    """The person wants to watch another namespace of the same cluster, or all of them."""

    def __init__(self, setup: Setup, scope: str | None) -> None:
        super().__init__()
        self.setup = setup
        self.scope = scope
        """The namespace; None: all of them."""


class SetupRequested(Message):
    """The person wants the wizard."""

    def __init__(self, planned: Setup | None = None) -> None:
        super().__init__()
        self.planned = planned
        """The setup whose plan is to be looked at; None: the wizard as it stands."""


class DemoRequested(Message):
    """The person wants to try it on an embedded cluster."""


class ReconnectRequested(Message):
    """Credentials or the kubeconfig may have changed: connect anew, and keep every answer."""


class ReviewRequested(Message):
    """The person wants a plan to look at: to go on, or to take a run back."""

    def __init__(self, undoing: Run | None, planned: Setup | None = None) -> None:
        super().__init__()
        self.undoing = undoing
        """None: the plan of the answers."""
        self.planned = planned
        """Instead of the answers, where they are of another setup."""
