"""What went wrong in a number of rounds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Tally:
    """Counts over all rounds; all but `rounds` have to stay zero."""

    rounds: int = 0
    lost: int = 0
    """Entries of others that are gone."""
    duplicated: int = 0
    """Entries that are there more than once."""
    changed: int = 0
    """Entries that differ from what their owner wrote, or that nobody left there."""

    def add(self, other: Tally) -> None:
        self.rounds += other.rounds
        self.lost += other.lost
        self.duplicated += other.duplicated
        self.changed += other.changed

    @property
    def clean(self) -> bool:
        return not (self.lost or self.duplicated or self.changed)

    def __str__(self) -> str:
        return (
            f"rounds {self.rounds}, lost {self.lost}, duplicated {self.duplicated}, "
            f"changed {self.changed}"
        )
