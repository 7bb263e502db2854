"""A place where JetScale knowingly differs from the public guide, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Correction:
    """Where JetScale knowingly differs from the public guide."""

    id: str
    guide: str
    """What the guide says."""
    ours: str
    """What JetScale writes."""
    why: str
    source: str
