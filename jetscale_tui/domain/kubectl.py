"""kubectl's own words: the cells, ages and column widths of `kubectl get hpa`.

Follows kubectl 1.37 and the table printer of kube-apiserver 1.36 character for character, so that
a row here and a row there can be compared.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.reading import mapping, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jetscale_tui.domain.kinds import Json

HPA_COLUMNS = ("NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE")
"""Header of `kubectl get hpa`; `-A` puts NAMESPACE before it."""

_SHOWN_METRICS = 2
_MINIMUM_WIDTH = 6
_PADDING = 3


def parse_time(stamp: str | None) -> datetime | None:
    """A Kubernetes timestamp (RFC 3339, with or without fractions) in UTC; None for none."""
    if not stamp:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def human_age(age: timedelta) -> str:
    """A duration as kubectl's AGE prints it: `87s`, `2m29s`, `3h12m`, `5d4h`, `2y30d`."""
    seconds = int(age.total_seconds())
    if seconds < -1:
        return "<invalid>"
    if seconds < 0:
        return "0s"
    if seconds < 120:
        return f"{seconds}s"
    minutes, hours = seconds // 60, seconds // 3600
    if minutes < 10:
        return _two(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    days = hours // 24
    if hours < 192:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    if days < 2920:
        return _two(days // 365, "y", days % 365, "d")
    return f"{days // 365}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"


def age_of(metadata: Json, now: datetime) -> str:
    """Age of an object from its metadata; `<unknown>` when it was never created."""
    created = parse_time(text(metadata.get("creationTimestamp")))
    return "<unknown>" if created is None else human_age(now - created)


def hpa_targets(hpa: Json) -> str:
    """The TARGETS cell: current value and target of two metrics, then how many more there are.

    Statuses belong to metrics by position, as the controller writes them.
    """
    metrics = objects(mapping(hpa.get("spec")).get("metrics"))
    if not metrics:
        return "<none>"
    statuses = objects(mapping(hpa.get("status")).get("currentMetrics"))
    shown = [
        _metric(metric, statuses[index] if index < len(statuses) else {})
        for index, metric in enumerate(metrics[:_SHOWN_METRICS])
    ]
    joined = ", ".join(shown)
    more = len(metrics) - _SHOWN_METRICS
    return f"{joined} + {more} more..." if more > 0 else joined


def _metric(metric: Json, status: Json) -> str:
    known = _FORMATS.get(text(metric.get("type")))
    if known is None:
        return "<unknown type>"
    source, written = known
    reading = status.get(source)
    current = mapping(reading.get("current")) if isinstance(reading, dict) else None
    return written(mapping(metric.get(source)), current)


def _total_or_average(source: Json, current: Json | None) -> str:
    target = mapping(source.get("target"))
    if target.get("averageValue") is not None:
        known = current is not None and current.get("averageValue") is not None
        reading = _quantity(current, "averageValue") if known else "<unknown>"
        return f"{reading}/{_quantity(target, 'averageValue')} (avg)"
    return f"{_quantity(current, 'value')}/{_quantity(target, 'value')}"


def _pods(source: Json, current: Json | None) -> str:
    target = mapping(source.get("target"))
    return f"{_quantity(current, 'averageValue')}/{_quantity(target, 'averageValue')}"


def _resource(source: Json, current: Json | None) -> str:
    target = mapping(source.get("target"))
    name = text(source.get("name"))
    if target.get("averageValue") is not None:
        reading = _quantity(current, "averageValue")
        return f"{name}: {reading}/{_quantity(target, 'averageValue')}"
    percent = None if current is None else current.get("averageUtilization")
    wanted = target.get("averageUtilization")
    return (
        f"{name}: {'<unknown>' if percent is None else f'{percent}%'}"
        f"/{'<auto>' if wanted is None else f'{wanted}%'}"
    )


_FORMATS: dict[str, tuple[str, Callable[[Json, Json | None], str]]] = {
    "External": ("external", _total_or_average),
    "Pods": ("pods", _pods),
    "Object": ("object", _total_or_average),
    "Resource": ("resource", _resource),
    "ContainerResource": ("containerResource", _resource),
}


def _quantity(values: Json | None, key: str) -> str:
    """A reading; kubectl writes `<nil>` for one of the wrong sort, as after an edited target."""
    if values is None:
        return "<unknown>"
    value: Any = values.get(key)
    return "<nil>" if value is None else str(value)


def hpa_cells(hpa: Json, now: datetime) -> tuple[str, ...]:
    """Cells of one HPA's row, in the order of `HPA_COLUMNS`."""
    metadata, spec, status = (mapping(hpa.get(part)) for part in ("metadata", "spec", "status"))
    target = mapping(spec.get("scaleTargetRef"))
    minimum = spec.get("minReplicas")
    return (
        text(metadata.get("name")),
        f"{text(target.get('kind'))}/{text(target.get('name'))}",
        hpa_targets(hpa),
        "<unset>" if minimum is None else str(minimum),
        str(spec.get("maxReplicas", 0)),
        str(status.get("currentReplicas", 0)),
        age_of(metadata, now),
    )


def hpa_row(hpa: Json, now: datetime, *, with_namespace: bool = False) -> tuple[str, ...]:
    """Cells of one row, the namespace first for `-A`."""
    cells = hpa_cells(hpa, now)
    return (
        (text(mapping(hpa.get("metadata")).get("namespace")), *cells) if with_namespace else cells
    )


def hpa_header(*, with_namespace: bool = False) -> tuple[str, ...]:
    """Header cells, NAMESPACE first for `-A`."""
    return ("NAMESPACE", *HPA_COLUMNS) if with_namespace else HPA_COLUMNS


class TableWriter:
    """Lines up cells as kubectl does: columns only ever get wider, block by block."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header: Sequence[str] | None = header
        self._widths = [_MINIMUM_WIDTH] * (len(header) - 1)

    def block(self, rows: Iterable[Sequence[str]]) -> list[str]:
        """Lines of rows printed together; the header comes before the first row ever."""
        cells = [[printable(cell) for cell in row] for row in rows]
        if cells and self._header is not None:
            cells.insert(0, list(self._header))
            self._header = None
        for row in cells:
            for column, cell in enumerate(row[:-1]):
                self._widths[column] = max(self._widths[column], len(cell) + _PADDING)
        return [
            "".join(
                [cell.ljust(width) for cell, width in zip(row[:-1], self._widths, strict=True)]
                + [row[-1]]
            )
            for row in cells
        ]


def printable(cell: str) -> str:
    """A cell that cannot break the line or drive the terminal; cut at a line break as kubectl."""
    for index, character in enumerate(cell):
        if character in "\f\n\r":
            return _visible(cell[:index]) + "..."
    return _visible(cell)


def _visible(cell: str) -> str:
    if cell.isprintable():
        return cell
    return "".join(
        character
        if character.isprintable()
        else "^["
        if character == "\x1b"
        else f"\\x{ord(character):02x}"
        for character in cell
    )
