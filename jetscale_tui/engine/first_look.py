"""The first look at both sides: each is tried once, at the same time, and not for long.

Whoever asks afterwards gets the connection, or at once the error that was met: twelve questions to
a dead network take no longer than one.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from jetscale_tui.errors import AuthError, ConfigError, JetScaleError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.engine.ports import Backend, Clock, Cloud, Cluster, ContextInfo, LiveFeed

LOOK_SECONDS = 6.5
"""Real seconds in which a side has to answer."""
Side = TypeVar("Side")


class FirstLook:
    """A backend of one context whose two sides are opened once, both from the beginning."""

    def __init__(
        self,
        backend: Backend,
        context: str | None,
        seconds: float = LOOK_SECONDS,
        *,
        google: bool = True,
    ) -> None:
        """Begins to look at once, in threads of its own.

        Args:
            backend: whose sides are opened.
            context: the only one that is looked at.
            seconds: of real time in which a side has to answer.
            google: False where nothing of Google may be called; there is no cloud then.
        """
        self._backend = backend
        self._context = context
        self._cluster = _Opening("The Kubernetes API server", self._open_cluster, seconds)
        self._cloud = _Opening("Google Cloud", backend.cloud, seconds) if google else None

    @property
    def label(self) -> str:
        """As the backend's own."""
        return self._backend.label

    @property
    def clock(self) -> Clock:
        """As the backend's own."""
        return self._backend.clock

    def contexts(self) -> list[ContextInfo]:
        """As the backend's own."""
        return self._backend.contexts()

    def cluster(self, context: str | None = None) -> Cluster:
        """The cluster of the context, once it has answered; others are not looked at first."""
        if context not in (None, self._context):
            return self._backend.cluster(context)
        return self._cluster.result()

    def cloud(self) -> Cloud | None:
        """Google Cloud, once somebody has been let in; None without credentials."""
        return self._cloud.result() if self._cloud else None

    def feed(self, context: str | None, namespace: str | None) -> LiveFeed:
        """As the backend's own."""
        return self._backend.feed(context, namespace)

    def _open_cluster(self) -> Cluster:
        cluster = self._backend.cluster(self._context)
        try:
            cluster.version()
        except (AuthError, ConfigError, Unreachable):
            raise
        except JetScaleError:
            # It answered, and refused this one question.
            pass
        return cluster


class _Opening(Generic[Side]):
    """One side, being opened in a thread that nobody has to wait for."""

    def __init__(self, name: str, work: Callable[[], Side], seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._until = time.monotonic() + seconds
        self._ended = threading.Event()
        self._side: list[Side] = []
        self._error: Exception | None = None
        thread = threading.Thread(target=self._run, args=(work,), daemon=True, name="first-look")
        thread.start()

    def result(self) -> Side:
        """What was opened.

        Raises:
            Unreachable: it did not answer in time.
            JetScaleError: the error that was met.
        """
        if not self._ended.wait(max(0.0, self._until - time.monotonic())):
            raise Unreachable(
                f"{self._name} did not answer within {self._seconds:g} s.",
                fix="Check the network, the VPN and HTTPS_PROXY, then try again.",
            )
        if self._error is not None:
            raise self._error
        return self._side[0]

    def _run(self, work: Callable[[], Side]) -> None:
        try:
            self._side.append(work())
        except Exception as error:
            # Raised again where somebody asks; here nobody would see it.
            self._error = error
        finally:
            self._ended.set()
