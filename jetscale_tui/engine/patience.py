"""Waiting for what only a person can do: logging in again while a run goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine.waiting import pause
from jetscale_tui.errors import AuthError, JetScaleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.engine.ports import Clock, Cloud, Cluster

PATIENCE = 1800.0
"""Seconds of the cluster's clock that a person gets."""
_POLL = 5.0
"""Seconds of that clock between two looks, in the long run."""
_SOON = 1.0
"""Seconds to the second look: somebody may just have logged in again."""


class SignIn:
    """Finds out whether both sides know us again."""

    def __init__(self, cluster: Cluster, cloud: Cloud | None, project: str | None) -> None:
        self._cluster = cluster
        self._cloud = cloud
        self._project = project

    def works(self) -> bool:
        """Whether nobody refuses the credentials; other refusals do not count."""
        return _known(self._cluster.version) and _known(self._ask_google)

    def _ask_google(self) -> None:
        if self._cloud is not None and self._project is not None:
            self._cloud.project(self._project)


def wait_for_sign_in(
    error: AuthError,
    sign_in: SignIn,
    clock: Clock,
    until: float,
    stop: Callable[[], bool],
) -> Iterator[str]:
    """Looks until the credentials are good again; yields what to tell the person meanwhile.

    Args:
        error: what was said when they were refused.
        sign_in: both sides.
        clock: the cluster's.
        until: moment of that clock at which waiting ends.
        stop: asked between looks.

    Raises:
        AuthError: the one given; nobody logged in.
        Interrupted: stopped.
    """
    interval = _SOON
    while True:
        if clock.monotonic() >= until:
            raise error
        yield f"{error.what} {error.fix} The run goes on once that works.".replace("  ", " ")
        pause(clock, interval, stop)
        interval = min(_POLL, 2 * interval)
        if sign_in.works():
            return


def _known(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except AuthError:
        return False
    except JetScaleError:
        # Refused for another reason, or not reached: what was being done will say so.
        return True
    return True
