"""Watching another namespace, or all of them. Mixed into the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from jetscale_tui.domain.live import LinkState
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.messages import ScopeRequested

if TYPE_CHECKING:
    from jetscale_tui.domain.live import Link
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.tui.dialogs.pick_namespace import Scope


class Scoping(Screen[None]):
    """What a screen needs to be asked what it watches."""

    backend: Backend
    setup: Setup
    _namespace: str | None

    @property
    def asked_of(self) -> str:
        """What is asked for HPAs, in words."""
        return f"namespace {self._namespace}" if self._namespace else "this cluster"

    def asked_in_words(self, link: Link) -> str:
        """How the question stands that has no answer yet, and the way on."""
        if link.state is LinkState.FORBIDDEN:
            said = "You may not list HPAs in {where}. {dashboard.namespace} names another."
        elif link.state is LinkState.ABSENT:
            said = "autoscaling/v2 is not served by this cluster."
        elif link.state in (LinkState.CONNECTING, LinkState.LIVE):
            said = "Asking for the HPAs of {where}."
        else:
            said = "The HPAs of {where} did not come. {dashboard.connect} tries again."
        return worded(self, said, where=self.asked_of)

    def action_namespace(self) -> None:
        """Ask, with those to pick from as soon as they are known."""
        from jetscale_tui.tui.dialogs.pick_namespace import PickNamespaceDialog

        backend, context = self.backend, self.setup.kubernetes.context

        def names() -> tuple[str, ...]:
            from jetscale_tui.domain.kinds import NAMESPACE
            from jetscale_tui.engine.observe import name_of

            found = backend.cluster(context).list(NAMESPACE)
            return tuple(sorted(name_of(each) for each in found))

        def picked(scope: Scope | None) -> None:
            if scope is not None and scope.namespace != self._namespace:
                self.post_message(ScopeRequested(self.setup, scope.namespace))

        self.app.push_screen(PickNamespaceDialog(names, self._namespace), picked)
