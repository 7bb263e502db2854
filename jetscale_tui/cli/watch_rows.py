"""Lines of `jetscale watch`: a table that grows as kubectl's does, or one JSON object a change."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol

from jetscale_tui.domain import kubectl
from jetscale_tui.domain.live import Changed, ChangeType, Listed
from jetscale_tui.domain.reading import mapping, text

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json


class Rows(Protocol):
    """Turns what a watch says into lines."""

    def lines(self, event: Listed | Changed, now: datetime) -> list[str]:
        """Lines for an event; none for what was said before."""


class TableRows:
    """Rows of `kubectl get hpa --watch`."""

    def __init__(self, *, with_namespace: bool) -> None:
        self._with_namespace = with_namespace
        self._writer = kubectl.TableWriter(kubectl.hpa_header(with_namespace=with_namespace))
        self._seen = _Seen()

    def lines(self, event: Listed | Changed, now: datetime) -> list[str]:
        """Rows printed together, the header before the first ones."""
        return self._writer.block(
            kubectl.hpa_row(hpa, now, with_namespace=self._with_namespace)
            for _, hpa in self._seen.fresh(event)
        )


class JsonRows:
    """One line a change: time, type of the change, and the object."""

    def __init__(self) -> None:
        self._seen = _Seen()

    def lines(self, event: Listed | Changed, now: datetime) -> list[str]:
        """A JSON document a line."""
        time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return [
            json.dumps({"time": time, "type": change, "object": _without_managers(hpa)})
            for change, hpa in self._seen.fresh(event)
        ]


class _Seen:
    """Which version of each object was printed: after a lost connection, a list says much twice."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, str], str] = {}

    def fresh(self, event: Listed | Changed) -> list[tuple[ChangeType, Json]]:
        if isinstance(event, Changed):
            key, version = _identity(event.object)
            if event.change is ChangeType.DELETED:
                self._versions.pop(key, None)
            else:
                self._versions[key] = version
            return [(event.change, event.object)]
        new = []
        for item in event.objects:
            key, version = _identity(item)
            if self._versions.get(key) != version:
                change = ChangeType.MODIFIED if key in self._versions else ChangeType.ADDED
                new.append((change, item))
            self._versions[key] = version
        return new


def _identity(item: Json) -> tuple[tuple[str, str], str]:
    metadata = mapping(item.get("metadata"))
    key = (text(metadata.get("namespace")), text(metadata.get("name")))
    return key, text(metadata.get("resourceVersion"))


def _without_managers(hpa: Json) -> Json:
    metadata = {
        key: value for key, value in mapping(hpa.get("metadata")).items() if key != "managedFields"
    }
    return {**hpa, "metadata": metadata}
