"""A forecast for other programs: JSON with everything, CSV with the series."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.forecast.simulate import Point
from jetscale_tui.domain.forecast.unknowns import basis, unknowns

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.advice import Search
    from jetscale_tui.domain.forecast.figures import Figures
    from jetscale_tui.domain.forecast.result import Forecast
    from jetscale_tui.domain.kinds import Json


def as_json(forecast: Forecast, search: Search | None, price: float | None) -> str:
    """Question, figures, headlines, advice and series; times are seconds since the load began."""
    question = forecast.question
    document: Json = {
        "apiVersion": "jetscale/v1",
        "kind": "Forecast",
        "hpa": question.hpa.name,
        "load": {"title": question.load.title, "seconds": question.load.seconds},
        "waitLimit": question.limit,
        "figures": _figures(forecast.figures, price),
        "headlines": [asdict(line) for line in forecast.headlines],
        "advice": [
            {
                "changes": [
                    {"path": each.path, "before": each.before, "after": each.after}
                    for each in advice.changes
                ],
                "better": list(advice.better),
                "worse": list(advice.worse),
                "figures": _figures(advice.after, price),
            }
            for advice in (search.advice if search else ())
        ],
        "settingsTried": search.tried if search else 0,
        "restsOn": [
            {"fact": str(fact), "value": value, "source": source}
            for fact, value, source in basis(question.facts)
        ],
        "unknown": list(unknowns(question)),
        "series": [point._asdict() for point in forecast.series],
    }
    return json.dumps(_rounded(document), indent=2, ensure_ascii=False)


def _rounded(value: Any) -> Any:
    """The same with every float to a thousandth: more digits would be noise."""
    match value:
        case float():
            return round(value, 3)
        case dict():
            return {key: _rounded(each) for key, each in value.items()}
        case list():
            return [_rounded(each) for each in value]
        case _:
            return value


def as_csv(forecast: Forecast) -> str:
    """The series, a line for each point."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(Point._fields)
    rows.writerows(
        [
            f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
            for value in point
        ]
        for point in forecast.series
    )
    return text.getvalue().rstrip("\n")


def _figures(numbers: Figures, price: float | None) -> Json:
    return asdict(numbers) | ({} if price is None else {"cost": numbers.chip_hours * price})
