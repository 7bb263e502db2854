"""A Helm release as its history tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Revision:
    """One entry of a release's history."""

    number: int
    status: str
    """Helm's word: `deployed`, `failed`, `superseded`, `pending-install`, `uninstalling`, ..."""
    chart: str
    """Name and version: `prometheus-adapter-5.3.0`."""
    updated: str = ""
    """When, as Helm writes it."""

    @property
    def unfinished(self) -> bool:
        """Whether Helm was at work on it when it was last heard of."""
        return self.status.startswith("pending-") or self.status == "uninstalling"


def newest(history: Sequence[Revision]) -> Revision | None:
    """The last entry of a history; None where there is no release."""
    return max(history, key=lambda revision: revision.number, default=None)


def last_good(history: Sequence[Revision]) -> Revision | None:
    """What to go back to from a revision that was not finished: the last that was deployed."""
    good = [each for each in history if each.status in ("deployed", "superseded")]
    return newest(good)
