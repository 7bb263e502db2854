"""Servers that could be scaled, and what the chosen one says about itself."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.engine.collected import completed
from jetscale_tui.engine.detect import find_workloads, look_at_server, start_up
from jetscale_tui.errors import JetScaleError
from jetscale_tui.setupfile.profiles import load_profile, shipped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import FoundWorkload, ServerLook, StartUp
    from jetscale_tui.wizard.desk import Desk


@dataclass(frozen=True, slots=True)
class Servers:
    """Deployments that a profile recognises, the chosen one's kind first."""

    found: tuple[FoundWorkload, ...]
    profiles: Mapping[str, Profile]
    """By name."""
    why_not: str = ""
    """Why none could be looked for."""

    def by_key(self, key: str) -> FoundWorkload | None:
        """The one of `NAMESPACE/NAME`."""
        return next(
            (each for each in self.found if key == f"{each.namespace}/{each.deployment}"), None
        )

    def named(self, setup: Setup) -> FoundWorkload | None:
        """The one a setup names."""
        wanted = (setup.workload.namespace, setup.workload.deployment)
        return next(
            (each for each in self.found if (each.namespace, each.deployment) == wanted), None
        )


NOT_LOOKED = Servers((), {}, "You stopped looking for servers.")
"""Of a cluster that did not answer for so long that nobody waited for it."""


def was_given_up(desk: Desk) -> bool:
    """Whether the person did not wait until the context was looked through."""
    from jetscale_tui.wizard.opening import GIVEN_UP

    return desk.servers is NOT_LOOKED or desk.whereabouts is GIVEN_UP


def find_servers(desk: Desk) -> Servers:
    """Look through all Deployments one may see."""
    names = dict.fromkeys((desk.profile.name, *shipped()))
    profiles = {
        name: desk.profile if name == desk.profile.name else load_profile(name) for name in names
    }
    try:
        cluster = desk.backend.cluster(desk.draft.kubernetes.context)
        return Servers(find_workloads(cluster, profiles.values()), profiles)
    except JetScaleError as error:
        return Servers((), profiles, error.what)


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the chosen server is like now."""

    look: ServerLook
    start_up: StartUp | None


def look_at(desk: Desk) -> ServerFacts:
    """Ask the chosen server's Deployment, pods and metrics port; Google where that is closed.

    Raises:
        JetScaleError: the cluster cannot be asked.
    """
    backend, draft = desk.backend, desk.draft
    look = look_at_server(backend.cluster(draft.kubernetes.context), draft)
    if draft.google.project is not None and look.page is not None and not look.page.answered:
        with suppress(JetScaleError):
            # The pod was asked and did not answer: that is said; this only adds to it.
            look = completed(look, backend.cloud(), draft, desk.profile)
    return ServerFacts(look, start_up(look.pods))
