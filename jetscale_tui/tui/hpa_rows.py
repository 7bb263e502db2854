"""The rows of the HPA table: which there are, in which order, how wide. Pure.

A new picture costs as much as it changes: a row keeps its text, its widths and its place for as
long as its HPA stays the same value.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from itertools import compress
from operator import is_not
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import cell_len

from jetscale_tui.domain.kubectl import hpa_header, human_age
from jetscale_tui.domain.wording import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from jetscale_tui.domain.live import HpaView, Key

_FEW = 4
"""Moving rows one by one pays while fewer than one in so many move."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is the matter with an HPA."""

    why: str = ""
    """Reason of the condition that says so; empty when all is well."""
    broken: bool = False
    """It cannot scale at all; otherwise something merely holds it back."""
    paused: bool = False
    """Somebody switched its scaling off, both ways."""


_WELL = Trouble()
_CAPPED = Trouble("TooManyReplicas")
_PAUSED = Trouble("paused", paused=True)


def trouble(view: HpaView) -> Trouble:
    """What is the matter with an HPA, if anything."""
    problem = view.problem
    if problem is not None:
        return Trouble(problem.reason or problem.type, broken=True)
    if view.paused:
        return _PAUSED
    return _CAPPED if view.capped else _WELL


class Sorting(NamedTuple):
    """What rows are sorted by."""

    column: str = ""
    """Title of a column; empty: broken ones first, then held back ones, then by name."""
    descending: bool = False

    def turned(self) -> Sorting:
        """The other way round; the order of trouble has no other way."""
        return self._replace(descending=not self.descending) if self.column else self


def by_column(title: str) -> Sorting:
    """Sorted by a column as one wants to see it first: large figures, names from A, the young."""
    return Sorting(title, descending=title in _LARGEST_FIRST)


def _severity(bad: Trouble) -> float:
    return 0 if bad.broken else 1 if bad.why else 2


def _load(view: HpaView) -> float:
    """The highest ratio of a value to its target; without any value, above all others."""
    ratios = [metric.ratio for metric in view.metrics if metric.ratio is not None]
    return max(ratios) if ratios else float("inf")


def _seconds(view: HpaView) -> float:
    """Age, counted from an arbitrary moment."""
    return -view.created.timestamp() if view.created else float("inf")


_FIGURES: dict[str, Callable[[HpaView], float]] = {
    "TARGETS": _load,
    "MINPODS": lambda view: 1 if view.min_replicas is None else view.min_replicas,
    "MAXPODS": lambda view: view.max_replicas,
    "REPLICAS": lambda view: view.current_replicas,
    "AGE": _seconds,
}
_NAMES: dict[str, Callable[[HpaView], str]] = {
    "NAMESPACE": lambda view: view.namespace,
    "NAME": lambda view: view.name,
    "REFERENCE": lambda view: view.reference,
}
_LARGEST_FIRST = ("TARGETS", "MINPODS", "MAXPODS", "REPLICAS")

_Place = tuple[float | str, str, str]
"""Where a row belongs: by what is sorted, then by namespace and name."""


def _placing(sorting: Sorting) -> Callable[[HpaView, Trouble], _Place]:
    """Places of rows; smaller ones come first, of names in descending order last."""
    if not sorting.column:
        return lambda view, bad: (_severity(bad), view.namespace, view.name)
    figure, name = _FIGURES.get(sorting.column), _NAMES.get(sorting.column)
    if figure is not None:
        sign = -1 if sorting.descending else 1
        return lambda view, _: (sign * figure(view), view.namespace, view.name)
    assert name is not None, sorting.column
    return lambda view, _: (name(view), view.namespace, view.name)


class Row:
    """One HPA as text: the cells of kubectl's row."""

    __slots__ = ("cells", "place", "searched", "trouble", "view", "widths")

    def __init__(
        self,
        view: HpaView,
        placing: Callable[[HpaView, Trouble], _Place],
        *,
        with_namespace: bool,
    ) -> None:
        self.view = view
        self.trouble = trouble(view)
        self.place = placing(view, self.trouble)
        least = view.min_replicas
        cells = (
            view.name,
            view.reference,
            view.targets,
            "<unset>" if least is None else str(least),
            str(view.max_replicas),
            str(view.current_replicas),
        )
        self.cells = tuple(map(shown, (view.namespace, *cells) if with_namespace else cells))
        """All but the age, which is another one each second."""
        self.widths = tuple(map(cell_len, self.cells))
        self.searched = f"{view.namespace}/{view.name} {view.reference}".lower()

    def age(self, now: datetime | None) -> str:
        """The AGE cell."""
        created = self.view.created
        return "<unknown>" if created is None else human_age((now or created) - created)


class Roll:
    """The rows there are, in order; indexed from the top."""

    def __init__(self, *, with_namespace: bool) -> None:
        self.titles = hpa_header(with_namespace=with_namespace)
        self.sorting = Sorting()
        self._with_namespace = with_namespace
        self._place_of = _placing(self.sorting)
        self._wanted = ""
        self._views: tuple[HpaView, ...] = ()
        self._rows: dict[Key, Row] = {}
        self._order: list[_Place] = []
        self._widest: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, index: int) -> Row:
        place = self._order[-1 - index if self._backwards else index]
        return self._rows[place[1:]]

    @property
    def widest(self) -> Sequence[int]:
        """Cells of the widest text in each column but the last; never less while rows change."""
        return self._widest

    def index(self, key: Key | None) -> int | None:
        """Where an HPA's row is; None where it is not."""
        row = self._rows.get(key) if key else None
        if row is None or not self._matches(row):
            return None
        index = bisect_left(self._order, row.place)
        return len(self._order) - 1 - index if self._backwards else index

    def take(self, views: tuple[HpaView, ...]) -> None:
        """Show these from now on; those that were there already stay as they are."""
        if views is self._views:
            return
        fresh, gone = _difference(self._views, views)
        self._views = views
        one_by_one = (len(fresh) + len(gone)) * _FEW < len(views)
        for view in gone:
            self._remove(view.key, one_by_one)
        for view in fresh:
            self._put(view, one_by_one)
        if not one_by_one:
            self._arrange()

    def sort(self, sorting: Sorting) -> None:
        """Another order."""
        self.sorting = sorting
        self._place_of = _placing(sorting)
        for row in self._rows.values():
            row.place = self._place_of(row.view, row.trouble)
        self._arrange()

    def narrow(self, wanted: str) -> None:
        """Only HPAs whose namespace, name or reference contain the text, in either case."""
        self._wanted = wanted.lower()
        self._arrange()

    @property
    def _backwards(self) -> bool:
        return self.sorting.descending and self.sorting.column in _NAMES

    def _matches(self, row: Row) -> bool:
        return self._wanted in row.searched

    def _put(self, view: HpaView, one_by_one: bool) -> None:
        row = Row(view, self._place_of, with_namespace=self._with_namespace)
        if one_by_one:
            before = self._rows.get(view.key)
            was = before.place if before is not None and self._matches(before) else None
            now = row.place if self._matches(row) else None
            if was != now:
                self._move(was, now)
            if now is not None:
                self._widest = tuple(map(max, self._widest or row.widths, row.widths))
        self._rows[view.key] = row

    def _remove(self, key: Key, one_by_one: bool) -> None:
        row = self._rows.pop(key)
        if one_by_one and self._matches(row):
            self._move(row.place, None)

    def _move(self, was: _Place | None, now: _Place | None) -> None:
        if was is not None:
            del self._order[bisect_left(self._order, was)]
        if now is not None:
            insort(self._order, now)

    def _arrange(self) -> None:
        """Put all rows in order, and measure them anew."""
        rows = list(self._rows.values())
        if self._wanted:
            rows = [row for row in rows if self._wanted in row.searched]
        self._order = sorted([row.place for row in rows])
        self._widest = tuple(map(max, zip(*(row.widths for row in rows), strict=True)))


def _difference(
    old: tuple[HpaView, ...], new: tuple[HpaView, ...]
) -> tuple[list[HpaView], list[HpaView]]:
    """Views that are new or another value than before, and those whose HPA is gone."""
    if len(old) == len(new):
        differs = list(map(is_not, old, new))
        old_ones, new_ones = tuple(compress(old, differs)), tuple(compress(new, differs))
    else:
        known, kept = set(map(id, old)), set(map(id, new))
        old_ones = tuple(view for view in old if id(view) not in kept)
        new_ones = tuple(view for view in new if id(view) not in known)
    there = {view.key for view in new_ones}
    return list(new_ones), [view for view in old_ones if view.key not in there]
