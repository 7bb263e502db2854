"""What a context leads to: where its cluster is, and which servers it holds. Mixed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.reactive import reactive

from jetscale_tui.tui import work
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.screens.frame import FrameScreen

if TYPE_CHECKING:
    from jetscale_tui.wizard.desk import Desk
    from jetscale_tui.wizard.interview import Interview
    from jetscale_tui.wizard.workloads import Servers


class ServersFound(Message):
    """A context was looked through for servers."""

    def __init__(self, context: str | None, servers: Servers) -> None:
        super().__init__()
        self.context = context
        self.servers = servers


class LookingAround(FrameScreen):
    """What a screen needs to tell an interview about the context it is at."""

    interview: reactive[Interview | None] = reactive(None, repaint=False, bindings=True)
    """None until the kubeconfig was read."""

    def look_around(self, desk: Desk) -> None:
        """Ask Google where the context's cluster is, and the cluster for its servers."""
        from jetscale_tui.wizard.opening import NOT_ASKED
        from jetscale_tui.wizard.workloads import Servers, find_servers

        if desk.without_google:
            self.post_message(self.Located(desk.draft, NOT_ASKED))
        else:
            self.locate(desk.backend, desk.draft)
        context = desk.draft.kubernetes.context
        work.ask(
            self,
            "servers",
            lambda: find_servers(desk),
            lambda servers: ServersFound(context, servers),
            lambda error: ServersFound(context, Servers((), {}, error.what)),
        )

    @on(FrameScreen.Located)
    def _located(self, event: FrameScreen.Located) -> None:
        if self.interview is not None:
            context = event.setup.kubernetes.context
            self.interview = self.interview.located(context, event.whereabouts)

    @on(ServersFound)
    def _servers_found(self, event: ServersFound) -> None:
        if self.interview is not None:
            self.interview = self.interview.served(event.context, event.servers)

    @on(StepPane.LookAround)
    def _look_again(self) -> None:
        if self.interview is not None:
            self.interview = self.interview.looking_again()
            self.look_around(self.interview.desk)

    @on(StepPane.LookAroundGivenUp)
    def _look_no_longer(self) -> None:
        for group in ("whereabouts", "servers"):
            work.give_up(self, group)
        if self.interview is not None:
            self.interview = self.interview.not_looked_around()
