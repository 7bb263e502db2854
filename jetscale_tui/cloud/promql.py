"""PromQL over everything a project collected, through Managed Prometheus' query API."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jetscale_tui.cloud.calls import MONITORING, Call
from jetscale_tui.domain.monitoring import Availability, QueryAnswer, QueryRow
from jetscale_tui.domain.reading import mapping, objects
from jetscale_tui.errors import PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jetscale_tui.cloud.session import Session
    from jetscale_tui.domain.kinds import Json

    WithoutValues = Callable[[str, str], tuple[str, Availability]]


class PromQl:
    """Asks for the value of an expression at one moment."""

    def __init__(self, session: Session, without_values: WithoutValues) -> None:
        """What to ask with, and what tells a metric without values from none."""
        self._session = session
        self._without_values = without_values

    def query(self, project_id: str, query: str, *, about: str, at: datetime | None) -> QueryAnswer:
        """What the expression comes to; `about` is how its metric's type begins."""
        call = Call(
            f"ask for the values of {about} in project {project_id}",
            MONITORING,
            "monitoring.timeSeries.list",
            project_id,
        )
        path = f"/v1/projects/{project_id}/location/global/prometheus/api/v1/query"
        fields = {"query": query} | ({"time": f"{at.timestamp():.3f}"} if at else {})
        try:
            answer = self._session.post(call, path, fields)
        except PermissionDenied as error:
            why = error.why or error.what
            return QueryAnswer(query, Availability.FORBIDDEN, why=why, fix=error.fix)
        rows = _rows(answer)
        if rows:
            return QueryAnswer(query, Availability.DATA, rows)
        why, availability = self._without_values(project_id, about)
        return QueryAnswer(query, availability, why=why)


def _rows(answer: Any) -> tuple[QueryRow, ...]:
    """The elements of a result; values that are no number are left out."""
    data = mapping(mapping(answer).get("data"))
    if data.get("resultType") == "scalar":
        elements = [{"value": data.get("result")}]
    else:
        elements = objects(data.get("result"))
    rows = (QueryRow(dict(mapping(each.get("metric"))), _number(each)) for each in elements)
    return tuple(row for row in rows if not math.isnan(row.value))


def _number(element: Json) -> float:
    """The value of an element, which comes as the time and a text."""
    match element.get("value"):
        case [_, str(text)]:
            try:
                return float(text)
            except ValueError:
                return math.nan
        case _:
            return math.nan
