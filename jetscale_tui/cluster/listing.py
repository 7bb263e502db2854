"""Lists objects of a kind page by page, and reads what the server says in JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.cluster.errors import Expired
from jetscale_tui.domain.reading import mapping, text
from jetscale_tui.errors import JetScaleError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.cluster.transport import Transport
    from jetscale_tui.domain.kinds import Json, Kind

PAGE = 500
"""Objects in a page: enough to be quick, few enough for the first rows to come early."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the objects of a list."""

    objects: tuple[Json, ...]
    resource_version: str
    first: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """Which objects of which kind."""

    kind: Kind
    namespace: str | None = None
    labels: str = ""
    fields: str = ""

    @property
    def path(self) -> str:
        """URL path of the collection."""
        return self.kind.path(self.namespace)

    @property
    def query(self) -> dict[str, str]:
        """The selectors, as a query."""
        query = {"labelSelector": self.labels, "fieldSelector": self.fields}
        return {key: value for key, value in query.items() if value}


def pages(transport: Transport, selection: Selection) -> Iterator[Page]:
    """The pages of a list; it begins anew, with a `first` page, when the server forgot its place.

    Raises:
        JetScaleError: the server refused or could not be reached.
    """
    try:
        yield from _pages(transport, selection, limit=PAGE)
    except Expired:
        # The list took longer than the server remembers: ask for all of it at once.
        yield from _pages(transport, selection, limit=0)


def _pages(transport: Transport, selection: Selection, limit: int) -> Iterator[Page]:
    query = dict(selection.query)
    if limit:
        query["limit"] = str(limit)
    first = True
    while True:
        answer = parsed(transport.request("GET", selection.path, query=query), transport.server)
        metadata = mapping(answer.get("metadata"))
        following = text(metadata.get("continue"))
        yield Page(
            objects=tuple(_complete(item, selection.kind) for item in _items(answer)),
            resource_version=text(metadata.get("resourceVersion")),
            first=first,
            last=not following,
        )
        if not following:
            return
        query["continue"] = following
        first = False


def _items(answer: Json) -> list[Json]:
    items = answer.get("items")
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _complete(item: Json, kind: Kind) -> Json:
    """Items of a list leave out what the list says once; here each says it itself."""
    item.setdefault("apiVersion", kind.api_version)
    item.setdefault("kind", kind.name)
    return item


def parsed(answer: str, server: str) -> Json:
    """The object an answer holds.

    Raises:
        JetScaleError: it holds none; something else than an API server answered.
    """
    try:
        value = json.loads(answer)
    except ValueError:
        value = None
    if isinstance(value, dict):
        return value
    raise JetScaleError(
        f"What answers at {server} is not a Kubernetes API server.",
        why=f"The answer begins with {answer[:60]!r}.",
        fix="Check the address in the kubeconfig, and whether a proxy or login page is in between.",
    )
