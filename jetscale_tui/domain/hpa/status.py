"""The HPA's status: typed, compared by meaning, and as the API's JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jetscale_tui.domain import quantity
from jetscale_tui.domain.hpa.conditions import Condition
from jetscale_tui.domain.quantity import Format

if TYPE_CHECKING:
    from jetscale_tui.domain.hpa.proposal import Proposal
    from jetscale_tui.domain.hpa.spec import MetricSpec
    from jetscale_tui.domain.kinds import Json

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_TEXT = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class MetricStatus:
    """One entry of `currentMetrics`. Values in milli-units."""

    type: str = ""
    """Empty: the metric failed, its place stays."""
    source: Json = field(default_factory=dict)
    value: int | None = None
    average_value: int | None = None
    average_utilization: int | None = None

    def to_json(self) -> Json:
        """The entry as the API shows it."""
        if not self.type:
            return {"type": ""}
        form = Format.BINARY_SI if self.source.get("name") == "memory" else Format.DECIMAL_SI
        current: Json = {}
        if self.value is not None:
            current["value"] = quantity.format_milli(self.value, form)
        if self.average_value is not None:
            current["averageValue"] = quantity.format_milli(self.average_value, form)
        if self.average_utilization is not None:
            current["averageUtilization"] = self.average_utilization
        return {"type": self.type, _key(self.type): {**self.source, "current": current}}

    @classmethod
    def parse(cls, entry: Json) -> MetricStatus:
        """The typed form of an entry the API gave."""
        kind = entry.get("type", "")
        if not kind:
            return BLANK
        source = dict(entry.get(_key(kind)) or {})
        current = source.pop("current", None) or {}
        return cls(
            kind,
            source,
            _milli(current.get("value")),
            _milli(current.get("averageValue")),
            current.get("averageUtilization"),
        )


BLANK = MetricStatus()


def metric_status(metric: MetricSpec, proposal: Proposal) -> MetricStatus:
    """What the status says of a metric that gave a proposal."""
    if metric.target == "Value":
        return MetricStatus(metric.type, metric.source, proposal.usage)
    return MetricStatus(metric.type, metric.source, None, proposal.usage, proposal.utilization)


@dataclass(frozen=True, slots=True)
class HpaStatus:
    """An HPA's status. Equal means: nothing to write."""

    current_replicas: int = 0
    """The size before the pass's change."""
    desired_replicas: int = 0
    current_metrics: tuple[MetricStatus, ...] = ()
    conditions: tuple[Condition, ...] = ()
    last_scale_time: int | None = None
    """Milliseconds."""

    def condition(self, kind: str) -> Condition | None:
        """The condition of that type."""
        return next((one for one in self.conditions if one.type == kind), None)

    def to_json(self) -> Json:
        """The status as the API server would show it."""
        status: Json = {}
        if self.last_scale_time is not None:
            status["lastScaleTime"] = rfc3339(self.last_scale_time)
        if self.current_replicas:
            status["currentReplicas"] = self.current_replicas
        status["desiredReplicas"] = self.desired_replicas
        status["currentMetrics"] = [one.to_json() for one in self.current_metrics] or None
        if self.conditions:
            status["conditions"] = [
                {
                    "type": one.type,
                    "status": one.status,
                    "lastTransitionTime": rfc3339(one.changed),
                    "reason": one.reason,
                    "message": one.message,
                }
                for one in self.conditions
            ]
        return status

    @classmethod
    def parse(cls, status: Json) -> HpaStatus:
        """The typed form of a status the API gave; missing parts are empty.

        Raises:
            QuantityError: a current value is no quantity.
            ValueError: a time is not RFC 3339.
        """
        last = status.get("lastScaleTime")
        return cls(
            current_replicas=status.get("currentReplicas") or 0,
            desired_replicas=status.get("desiredReplicas") or 0,
            current_metrics=tuple(
                MetricStatus.parse(one) for one in status.get("currentMetrics") or ()
            ),
            conditions=tuple(
                Condition(
                    one["type"],
                    one["status"],
                    one.get("reason", ""),
                    one.get("message", ""),
                    milliseconds(one.get("lastTransitionTime") or _EPOCH_TEXT),
                )
                for one in status.get("conditions") or ()
            ),
            last_scale_time=None if last is None else milliseconds(last),
        )


def rfc3339(time: int) -> str:
    """A time in milliseconds as the API writes it, cut to seconds."""
    return (_EPOCH + timedelta(seconds=time // 1000)).strftime("%Y-%m-%dT%H:%M:%SZ")


def milliseconds(text: str) -> int:
    """A time the API wrote, in milliseconds since the epoch.

    Raises:
        ValueError: not RFC 3339.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone")
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _key(kind: str) -> str:
    return kind[0].lower() + kind[1:]


def _milli(text: str | None) -> int | None:
    return None if text is None else quantity.parse(text).milli
