"""How long requests waited for their first token, counted as they come."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Waits:
    """Counts of requests; fractions where requests are a flow."""

    limit: float
    """Seconds one may wait."""
    requests: float = 0.0
    """All that arrived."""
    late: float = 0.0
    """Requests that waited longer."""
    lost: float = 0.0
    """Requests cut off with a replica that was taken away, or refused because none was ready."""
    longest: float = 0.0
    """Seconds."""

    def one(self, seconds: float) -> None:
        """A request that waited so long."""
        self.late += seconds > self.limit
        self.longest = max(self.longest, seconds)

    def between(self, requests: float, first: float, last: float) -> None:
        """Requests whose waits go evenly from one length to another."""
        shortest, longest = min(first, last), max(first, last)
        self.longest = max(self.longest, longest)
        if shortest > self.limit:
            self.late += requests
        elif longest > self.limit:
            self.late += requests * (longest - self.limit) / (longest - shortest)
