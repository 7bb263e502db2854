"""What a dashboard can do with a recording, and with what it sees to keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path


@runtime_checkable
class Player(Protocol):
    """A live feed that comes from a recording. Every method may be called from any thread."""

    @property
    def began(self) -> datetime:
        """The cluster's time at the start of the recording."""

    @property
    def length(self) -> float:
        """Recorded seconds from the start to the end."""

    @property
    def position(self) -> float:
        """Recorded seconds from the start to where it is."""

    @property
    def paused(self) -> bool:
        """Whether it stands."""

    @property
    def speed(self) -> float:
        """Recorded seconds a second."""

    def pause(self) -> None:
        """Stand still."""

    def resume(self) -> None:
        """Go on."""

    def play_at(self, speed: float) -> None:
        """Go on at another pace; above zero."""

    def seek(self, position: float) -> None:
        """Jump to so many recorded seconds after the start, back or forth."""


class Tape(Protocol):
    """A recording in the making."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def problem(self) -> str:
        """Why it ended before its time; empty while all is well."""

    def stop(self) -> None:
        """End it; what was kept can be played."""


@runtime_checkable
class Recordable(Protocol):
    """A backend whose clusters can be recorded."""

    def record(self, path: Path, context: str | None, namespace: str | None) -> Tape:
        """Keep all that is seen of a cluster from now on in a new file.

        Raises:
            ConfigError: there is one already, or it cannot be made.
            JetScaleError: the cluster cannot be reached.
        """
