"""A forecast as an SVG picture, for documents."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from jetscale_tui.cli.forecast_plot import round_ticks, whole_ticks
from jetscale_tui.domain.forecast.words import count, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jetscale_tui.domain.forecast.result import Forecast

_WIDTH, _HEIGHT = 800, 420
_LEFT, _RIGHT = 60, 20
_PANELS = ((70, 130), (250, 130))
"""Top and height of the panel of replicas and of that of the backlog."""
_STYLE = (
    "text{font:13px sans-serif;fill:#555}.title{font-size:15px;fill:#111}"
    ".ready{stroke:#1a73e8;stroke-width:2;fill:none}"
    ".desired{stroke:#e8710a;stroke-width:2;fill:none;stroke-dasharray:5 4}"
    ".backlog{stroke:#188038;stroke-width:2;fill:none}"
    ".grid{stroke:#ddd}.late{fill:#b3261e}"
)


def as_svg(forecast: Forecast) -> str:
    """Replicas and backlog over time, with the headlines below."""
    series = forecast.series
    times = [point.at for point in series]
    desired = [float(point.desired) for point in series]
    ready = [float(point.ready) for point in series]
    backlog = [point.backlog for point in series]
    sizes, waiting = whole_ticks(max(*desired, *ready)), round_ticks(max(backlog))
    most, highest = sizes[-1], waiting[-1]
    height = _HEIGHT + 18 * len(forecast.headlines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" '
        f'width="{_WIDTH}" height="{height}" role="img">',
        f"<title>{escape(forecast.question.load.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        _text(_LEFT, 26, forecast.question.load.title.capitalize(), "title"),
        _text(_LEFT, 54, "replicas: ready (solid), asked for by the HPA (dashed)"),
        *_grid(_PANELS[0], sizes),
        _line(times, desired, most, _PANELS[0], "desired"),
        _line(times, ready, most, _PANELS[0], "ready"),
        _text(_LEFT, 234, "backlog: requests that wait"),
        *_grid(_PANELS[1], waiting),
        _line(times, backlog, highest, _PANELS[1], "backlog"),
        *(
            _text(_x(share, 1.0), 400, span(times[-1] * share), anchor="middle")
            for share in (0.0, 0.5, 1.0)
        ),
        *(
            _text(_LEFT, 424 + 18 * index, line.text, "late" if line.warning else "")
            for index, line in enumerate(forecast.headlines)
        ),
        "</svg>",
    ]
    return "\n".join(parts)


def _grid(panel: tuple[int, int], ticks: Sequence[int]) -> Iterator[str]:
    for tick in ticks:
        y = _y(tick, ticks[-1], panel)
        yield f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        yield _text(_LEFT - 8, y + 4, count(tick), anchor="end")


def _line(
    times: Sequence[float],
    values: Sequence[float],
    top: float,
    panel: tuple[int, int],
    name: str,
) -> str:
    """A step line: every value holds until the next."""
    end = times[-1]
    path = [f"M{_x(times[0], end)} {_y(values[0], top, panel)}"]
    before = values[0]
    for at, value in zip(times[1:], values[1:], strict=True):
        if value != before or at == end:
            path.append(f"H{_x(at, end)}")
        if value != before:
            path.append(f"V{_y(value, top, panel)}")
        before = value
    return f'<path class="{name}" d="{"".join(path)}"/>'


def _x(at: float, end: float) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * at / end, 1)


def _y(value: float, top: float, panel: tuple[int, int]) -> float:
    return round(panel[0] + panel[1] * (1 - value / top), 1)


def _text(x: float, y: float, text: str, name: str = "", anchor: str = "start") -> str:
    style = f' class="{name}"' if name else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{style}>{escape(text)}</text>'
