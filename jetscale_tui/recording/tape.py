"""A recording made beside a dashboard: a feed of its own, so that it begins with all there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.recording.files import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from jetscale_tui.domain.live import LiveSnapshot, WatchEvent
    from jetscale_tui.domain.recording import Header
    from jetscale_tui.engine.playing import Tape
    from jetscale_tui.engine.ports import LiveFeed


class LiveTape:
    """Records from the moment it is made until it is stopped."""

    def __init__(
        self,
        path: Path,
        header: Header,
        feed: Callable[[Callable[[WatchEvent, datetime], None]], LiveFeed],
    ) -> None:
        """Begin a new file and watch for it.

        Args:
            path: the file.
            header: what is recorded.
            feed: makes the feed that tells what it takes in.

        Raises:
            ConfigError: there is a file already, or it cannot be made.
        """
        self._recorder = Recorder(path, header)
        self._feed = feed(self._recorder.take)
        self._feed.start(_nobody_looks)

    @property
    def path(self) -> Path:
        """The file."""
        return self._recorder.path

    @property
    def problem(self) -> str:
        """Why it ended before its time; empty while all is well."""
        problem = self._recorder.problem
        return "" if problem is None else problem.strerror or type(problem).__name__

    def stop(self) -> None:
        """End it; does nothing the second time."""
        self._feed.stop()
        self._recorder.close()


def _nobody_looks(_snapshot: LiveSnapshot) -> None:
    """Only what is taken in counts."""


def _is_a_tape(tape: LiveTape) -> Tape:
    """Checked by mypy, never called."""
    return tape
