"""Objects as the tables kubectl prints, made by the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.columns import Column, columns_of
from jetscale_tui.sandbox.kube.negotiation import partial
from jetscale_tui.sandbox.kube.pod_cells import pod_colours

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.catalog import Resource


def render(
    resource: Resource, objects: list[Json], metadata: Json, now: datetime, include: str = ""
) -> Json:
    """A table of objects. `include` is the client's `includeObject`: None, Metadata or Object."""
    columns = columns_of(resource)
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": [column.definition for column in columns],
        "rows": [_row(obj, columns, now, include) for obj in objects],
    }


def _row(obj: Json, columns: tuple[Column, ...], now: datetime, include: str) -> Json:
    row: Json = {"cells": [column.cell(obj, now) for column in columns]}
    if obj["kind"] == "Pod" and pod_colours(obj):
        row["conditions"] = pod_colours(obj)
    if include != "None":
        row["object"] = obj if include == "Object" else partial(obj)
    return row
