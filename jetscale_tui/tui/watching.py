"""From anywhere to the dashboard and back: its feed is connected first. Mixed into the application.

A cluster that is reached through a login or a slow network may take its time; meanwhile every key
of the screen before works, and there is a way back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from jetscale_tui.tui import messages, work
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.plain_notices import PlainNotices
from jetscale_tui.tui.screens.frame import FrameScreen

if TYPE_CHECKING:
    from textual.timer import Timer

    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import LiveFeed
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.opening import Opening

_SLOW = 0.5
"""Seconds a connection may take before the screen says that it is waited for."""


class Watching(PlainNotices):
    """What an application needs to open a dashboard above its first screen."""

    _opening: Opening | None = None
    _watched = Watched()
    _wanted: tuple[Watched, Setup] | None = None
    """What is being connected, or could not be."""
    _patience: Timer | None = None

    class FeedConnected(Message):
        """The dashboard can be opened."""

        def __init__(self, feed: LiveFeed, watched: Watched, setup: Setup) -> None:
            super().__init__()
            self.feed = feed
            self.watched = watched
            self.setup = setup

    class FeedFailed(Message):
        """It cannot: the cluster is not to be reached."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    @property
    def frame(self) -> FrameScreen:
        """The whole screen that is shown, or that lies under the dialogs."""
        return next(s for s in reversed(self.screen_stack) if isinstance(s, FrameScreen))

    def open_dashboard(self, watched: Watched, setup: Setup) -> None:
        """Connect the dashboard's feed, then put it on screen."""
        opening = self._opening
        if opening is None:
            return
        self._wanted = watched, setup
        context = watched.context or setup.kubernetes.context
        work.ask(
            self,
            "feed",
            lambda: opening.backend.feed(context, watched.namespace),
            lambda feed: self.FeedConnected(feed, watched, setup),
            self.FeedFailed,
        )
        self._patience = self.set_timer(_SLOW, self._say_connecting)

    def connect_again(self) -> None:
        """Once more what could not be connected, or was not waited for."""
        if self._wanted is not None:
            self.open_dashboard(*self._wanted)

    def stop_connecting(self) -> None:
        """Do without the dashboard."""
        self._no_longer()
        work.give_up(self, "feed")

    def _no_longer(self) -> None:
        if self._patience is not None:
            self._patience.stop()
            self._patience = None

    def _say_connecting(self) -> None:
        from jetscale_tui.tui.screens.connecting import ConnectingScreen

        self._patience = None
        if not isinstance(self.frame, ConnectingScreen):
            screen = ConnectingScreen()
            screen.place = self.frame.place
            self.push_screen(screen)

    @on(FeedConnected)
    def _connected_to(self, event: FeedConnected) -> None:
        opening = self._opening
        if opening is None:
            return
        from jetscale_tui.tui.screens.dashboard import DashboardScreen
        from jetscale_tui.wizard.opening import place_of

        self._no_longer()
        setup, watched = event.setup, event.watched
        self._watched = watched
        screen = DashboardScreen(
            event.feed,
            opening.backend,
            setup,
            namespace=watched.namespace,
            name=watched.name,
            recorded=watched.recorded,
        )
        identity = self.frame.place.identity
        screen.place = place_of(setup, opening.backend.label, identity)
        self.show_above(screen)
        if not identity:
            screen.locate(opening.backend, setup)

    @on(FeedFailed)
    def _not_connected(self, event: FeedFailed) -> None:
        """Said where it was asked for; on the connecting screen, there."""
        from jetscale_tui.tui.dialogs.refusal import RefusalDialog
        from jetscale_tui.tui.screens.connecting import ConnectingScreen

        self._no_longer()
        if isinstance(self.frame, ConnectingScreen):
            self.frame.fail(event.error)
        else:
            self.push_screen(RefusalDialog("The dashboard was not opened", event.error))

    @on(messages.DashboardRequested)
    def _watch_setup(self, event: messages.DashboardRequested) -> None:
        """From the wizard to what it set up."""
        setup = event.setup
        watched = Watched(setup.kubernetes.context, setup.workload.namespace, setup.scaling.name)
        self.open_dashboard(watched, setup)

    @on(messages.ScopeRequested)
    def _watch_elsewhere(self, event: messages.ScopeRequested) -> None:
        """The same cluster, another namespace."""
        self.open_dashboard(self._watched._replace(namespace=event.scope, name=None), event.setup)

    def show_above(self, screen: FrameScreen | None) -> None:
        """Put a screen above the first one, instead of whatever is there; or none."""
        while len(self.screen_stack) > 1:
            self.pop_screen()
        if screen is not None:
            self.push_screen(screen)
