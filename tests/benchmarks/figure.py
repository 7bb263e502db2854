"""What a benchmark measured, and the bar it is held against."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure."""

    value: float
    unit: str
    """`ticks/s`, `ms`, `times`."""
    bar: str
    """In words: `at least 20,000 ticks/s`."""
    met: bool
    parts: Mapping[str, float] = field(default_factory=dict)
    """The figures behind it, for the JSON output."""

    def line(self, name: str) -> str:
        """`NAME: figure (bar …)`; a missed bar says so."""
        figure = f"{self.value:,.0f}" if abs(self.value) >= 100 else f"{self.value:.3g}"
        missed = "" if self.met else ", missed"
        return f"{name}: {figure} {self.unit} (bar {self.bar}{missed})"

    def record(self, name: str) -> dict[str, Any]:
        """The figure as JSON."""
        return {"name": name, **asdict(self)}
