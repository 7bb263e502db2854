"""Cloud Monitoring, as fakes of Google Cloud have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.monitoring import Availability, MetricHistory, QueryAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class FakeMonitoring:
    """The part of `ports.Cloud` that is about metrics; to be inherited from."""

    def __init__(self) -> None:
        self.histories: dict[str, MetricHistory] = {}
        """By metric type; others are unknown."""
        self.queried: dict[str, QueryAnswer] = {}
        """By how the type of the metric begins; others are unknown."""
        self.asked: list[str] = []
        """PromQL, as it was asked."""

    def metric_types(self, project_id: str, prefix: str) -> tuple[str, ...]:
        return tuple(sorted(name for name in self.histories if name.startswith(prefix)))

    def metric_history(
        self,
        project_id: str,
        metric_type: str,
        *,
        start: datetime,
        end: datetime,
        where: Mapping[str, str] | None = None,
    ) -> MetricHistory:
        self._refuse("metric_history")
        unknown = MetricHistory(metric_type, Availability.UNKNOWN)
        return self.histories.get(metric_type, unknown)

    def promql(
        self, project_id: str, query: str, *, about: str, at: datetime | None = None
    ) -> QueryAnswer:
        self._refuse("promql")
        self.asked.append(query)
        return self.queried.get(about, QueryAnswer(query, Availability.UNKNOWN))

    def _refuse(self, method: str) -> None:
        """Raise what a test wants this method to raise; nothing here."""
