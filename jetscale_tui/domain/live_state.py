"""Turns watch events into snapshots: `LiveState` takes events in, `snapshot` freezes the picture.

A state belongs to one thread. Taking an event in costs the same with ten objects or ten thousand;
freezing costs one pass over the kinds that changed.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, TypeVar

from jetscale_tui.domain.event_rows import EventLog
from jetscale_tui.domain.kinds import EVENT, HPA, NODE, POD
from jetscale_tui.domain.live import (
    ChangeType,
    Connection,
    HpaHistory,
    HpaView,
    Key,
    Link,
    LinkChanged,
    Listed,
    LiveSnapshot,
    NodeRow,
    PodRow,
    WatchEvent,
)
from jetscale_tui.domain.live_rows import chips_of, read_hpa, read_node
from jetscale_tui.domain.pod_rows import holds_chips, read_pod
from jetscale_tui.domain.reading import mapping, text
from jetscale_tui.domain.series import DEFAULT_CAPACITY, Series

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json

_POINTS_IN_ALL = 2_000_000
"""Points that all series together may hold: 16 bytes each, 32 MB."""
_LEAST_POINTS = 60
_LINKS = "links"


class LiveState:
    """The picture of a cluster so far."""

    def __init__(self, namespace: str | None = None) -> None:
        """A namespace limits which pods are shown; chips are counted over all pods seen."""
        self._namespace = namespace
        self._hpas: _Rows[HpaView] = _Rows()
        self._pods: _Rows[PodRow] = _Rows()
        self._nodes: dict[str, NodeRow] = {}
        self._chips: dict[Key, tuple[str, int]] = {}
        self._events = EventLog()
        self._histories: dict[Key, HpaHistory] = {}
        self._links: dict[str, Link] = {}
        self._seen: dict[str, set[Key]] = {}
        self._changes = 0
        self._complete = False
        self._snapshot = LiveSnapshot()
        self._stale: set[str] = set()

    def take(self, event: WatchEvent, now: datetime) -> None:
        """Take one event in, as of the cluster's time."""
        if isinstance(event, Listed):
            self._take_list(event, now)
        elif isinstance(event, LinkChanged):
            self._links[event.link.plural] = event.link
            self._stale.add(_LINKS)
        else:
            self._changes += 1
            self._hear(event.kind.plural, now)
            key = _key(event.object)
            if event.change is ChangeType.DELETED:
                self._remove(event.kind.plural, key, event.object)
            else:
                self._put(event.kind.plural, key, event.object, now, listed=False)

    def snapshot(self, now: datetime) -> LiveSnapshot:
        """The picture as of the cluster's time; parts that have not changed are the same values."""
        stale, self._stale = self._stale, set()
        last = self._snapshot
        hpas_changed, pods_changed = HPA.plural in stale, POD.plural in stale
        self._snapshot = LiveSnapshot(
            version=last.version + 1,
            taken=now,
            hpas=self._hpas.frozen() if hpas_changed else last.hpas,
            pods=self._pods.frozen() if pods_changed else last.pods,
            nodes=self._nodes_now() if pods_changed or NODE.plural in stale else last.nodes,
            events=self._events.frozen() if EVENT.plural in stale else last.events,
            connection=self._connection() if _LINKS in stale else last.connection,
            changes=self._changes,
            histories=MappingProxyType(dict(self._histories)) if hpas_changed else last.histories,
            complete=self._complete,
        )
        return self._snapshot

    def _hear(self, plural: str, now: datetime) -> None:
        """A change is a sign of life as good as any."""
        link = self._links.get(plural)
        if link is not None:
            self._links[plural] = replace(link, heard=now)
            self._stale.add(_LINKS)

    def _connection(self) -> Connection:
        return Connection(tuple(self._links.values()))

    def _take_list(self, page: Listed, now: datetime) -> None:
        plural = page.kind.plural
        if page.first:
            self._seen[plural] = set()
        seen = self._seen.setdefault(plural, set())
        for item in page.objects:
            key = _key(item)
            seen.add(key)
            self._put(plural, key, item, now, listed=True)
        if page.last:
            self._keep_only(plural, seen)
            del self._seen[plural]
            self._complete = self._complete or plural == HPA.plural

    def _put(self, plural: str, key: Key, item: Json, now: datetime, *, listed: bool) -> None:
        self._stale.add(plural)
        if plural == HPA.plural:
            self._put_hpa(key, item, now, listed=listed)
        elif plural == POD.plural:
            self._put_pod(key, item)
        elif plural == NODE.plural:
            node = read_node(item)
            if node is None:
                self._nodes.pop(key[1], None)
            else:
                self._nodes[key[1]] = node
        elif plural == EVENT.plural:
            self._events.put(item)

    def _put_hpa(self, key: Key, item: Json, now: datetime, *, listed: bool) -> None:
        before = self._hpas.get(key)
        version = text(mapping(item.get("metadata")).get("resourceVersion"))
        if before is not None and version and before.resource_version == version:
            return
        view = read_hpa(item)
        self._hpas.put(key, view)
        history = self._histories.get(key) or _new_history(len(self._histories))
        time = now.timestamp()
        written = _written(history, before, view, time, listed=listed)
        old, new = (mapping(one.raw.get("spec")) for one in (before or view, view))
        self._histories[key] = replace(
            _longer(history, before, view, time),
            since=time if history.since is None else history.since,
            written=written,
            edited=history.edited if old == new else time,
            retargeted=history.retargeted if old.get("metrics") == new.get("metrics") else time,
        )

    def _put_pod(self, key: Key, item: Json) -> None:
        chips = chips_of(item)
        if chips and holds_chips(item):
            self._chips[key] = (text(mapping(item.get("spec")).get("nodeName")), chips)
        else:
            self._chips.pop(key, None)
        if self._namespace is None or key[0] == self._namespace:
            before = self._pods.get(key)
            row = read_pod(item)
            if before != row:
                self._pods.put(key, row)

    def _remove(self, plural: str, key: Key, item: Json | None = None) -> None:
        self._stale.add(plural)
        if plural == HPA.plural:
            self._hpas.pop(key)
            self._histories.pop(key, None)
        elif plural == POD.plural:
            self._pods.pop(key)
            self._chips.pop(key, None)
        elif plural == NODE.plural:
            self._nodes.pop(key[1], None)
        elif plural == EVENT.plural and item is not None:
            self._events.expire(item)

    def _keep_only(self, plural: str, seen: set[Key]) -> None:
        """Remove what a complete list did not name; events stay, since servers forget them soon."""
        self._stale.add(plural)
        known: set[Key] = set()
        if plural == HPA.plural:
            known = self._hpas.keys()
        elif plural == POD.plural:
            known = self._pods.keys() | self._chips.keys()
        elif plural == NODE.plural:
            known = {("", name) for name in self._nodes}
        for key in known - seen:
            self._remove(plural, key)

    def _nodes_now(self) -> tuple[NodeRow, ...]:
        used: dict[str, int] = {}
        for node, chips in self._chips.values():
            used[node] = used.get(node, 0) + chips
        for name, row in self._nodes.items():
            if row.used != used.get(name, 0):
                self._nodes[name] = replace(row, used=used.get(name, 0))
        return tuple(self._nodes[name] for name in sorted(self._nodes))


def _key(item: Json) -> Key:
    metadata = mapping(item.get("metadata"))
    return text(metadata.get("namespace")), text(metadata.get("name"))


def _new_history(others: int) -> HpaHistory:
    """An empty history; the more HPAs there are, the fewer points each may keep."""
    capacity = min(DEFAULT_CAPACITY, max(_LEAST_POINTS, _POINTS_IN_ALL // (5 * (others + 1))))
    empty = Series(capacity=capacity)
    return HpaHistory(current=empty, desired=empty, limit=empty)


def _longer(history: HpaHistory, before: HpaView | None, view: HpaView, time: float) -> HpaHistory:
    """The history with one more point; a metric that moves within the spec keeps its series."""
    named = {
        (metric.source, metric.name): series
        for metric, series in zip(before.metrics if before else (), history.metrics, strict=True)
    }
    fresh = Series(capacity=history.current.capacity)
    return HpaHistory(
        current=history.current.append(time, view.current_replicas),
        desired=history.desired.append(time, view.desired_replicas),
        limit=history.limit.append(time, view.max_replicas),
        metrics=tuple(
            named.get((metric.source, metric.name), fresh).append(time, metric.current_value)
            for metric in view.metrics
        ),
    )


def _written(
    history: HpaHistory, before: HpaView | None, view: HpaView, time: float, *, listed: bool
) -> float | None:
    """When the status was last written: as heard, or for what a list brings, as the server says."""
    if before is not None and before.raw.get("status") == view.raw.get("status"):
        return history.written
    if view.status_written is not None and (listed or before is None):
        return view.status_written.timestamp()
    return None if before is None else time


_RowT = TypeVar("_RowT")


class _Rows(Generic[_RowT]):
    """Rows by key, always in order; freezing them copies nothing but a list of references."""

    def __init__(self) -> None:
        self._order: list[Key] = []
        self._rows: list[_RowT] = []

    def get(self, key: Key) -> _RowT | None:
        index = self._find(key)
        return None if index is None else self._rows[index]

    def put(self, key: Key, row: _RowT) -> None:
        index = bisect_left(self._order, key)
        if index < len(self._order) and self._order[index] == key:
            self._rows[index] = row
        else:
            self._order.insert(index, key)
            self._rows.insert(index, row)

    def pop(self, key: Key) -> None:
        index = self._find(key)
        if index is not None:
            del self._order[index], self._rows[index]

    def keys(self) -> set[Key]:
        return set(self._order)

    def frozen(self) -> tuple[_RowT, ...]:
        return tuple(self._rows)

    def _find(self, key: Key) -> int | None:
        index = bisect_left(self._order, key)
        return index if index < len(self._order) and self._order[index] == key else None
