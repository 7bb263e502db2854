"""`ports.Backend` for a replay: a feed and a clock, and nothing that could be asked or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from jetscale_tui.engine.ports import ContextInfo
from jetscale_tui.errors import UsageError
from jetscale_tui.recording.clock import ReplayClock
from jetscale_tui.recording.feed import ReplayFeed

if TYPE_CHECKING:
    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.recording.files import Recording


class ReplayBackend:
    """Everything outside, as far as it was recorded."""

    def __init__(self, recording: Recording, speed: float = 1.0) -> None:
        self.recording = recording
        self._clock = ReplayClock(recording, speed)
        self._feed = ReplayFeed(recording, self._clock)

    @property
    def label(self) -> str:
        """Shown in the header, beside where it was recorded."""
        return f"replay of {self.recording.path.name}"

    @property
    def clock(self) -> ReplayClock:
        """Recorded time."""
        return self._clock

    def contexts(self) -> list[ContextInfo]:
        """The context it was recorded in, which says what is shown."""
        header = self.recording.header
        namespace = header.namespace or "default"
        return [ContextInfo(header.context, "", "", namespace, "", current=True)]

    def cluster(self, context: str | None = None) -> NoReturn:
        """There is none.

        Raises:
            UsageError: always.
        """
        del context
        raise UsageError(
            "A replay has no cluster behind it.",
            why="It shows what was recorded; nothing can be sent or changed.",
            fix="Use `jetscale watch` on the cluster itself.",
        )

    def cloud(self) -> None:
        """None: nothing of Google is asked."""

    def feed(self, context: str | None, namespace: str | None) -> ReplayFeed:
        """The recording's only feed."""
        del context, namespace
        return self._feed


def _is_a_backend(backend: ReplayBackend) -> Backend:
    """Checked by mypy, never called."""
    return backend
