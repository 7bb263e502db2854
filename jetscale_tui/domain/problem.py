"""One thing wrong with a document, said so that it can be put right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A field and what is wrong with it."""

    path: str
    """Dotted path with indices: `scaling.metrics[0].target`."""
    what: str
    """Continues the path as a sentence: `must be at least 5s`."""
    fix: str = ""
    """A whole sentence, or nothing."""
