"""Who owns which field: the managedFields of an object, kept as a real server keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jetscale_tui.sandbox.kube.ownership import fieldset
from jetscale_tui.sandbox.kube.shapes.schema import of_kind
from jetscale_tui.sandbox.kube.views import in_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.ownership.fieldset import Difference, Path

Operation = Literal["Apply", "Update"]

_SERVER_METADATA = (
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
)
_READABLE = {"manager", "operation", "apiVersion", "fieldsV1"}
NEVER_OWNED: frozenset[Path] = frozenset(
    [("f:apiVersion",), ("f:kind",), ("f:metadata",)]
    + [("f:metadata", f"f:{name}") for name in _SERVER_METADATA]
)
"""Fields that belong to the server, whoever sent them."""


@dataclass(frozen=True, slots=True)
class Manager:
    """One entry of managedFields, less the fields and the time."""

    name: str
    operation: Operation
    api_version: str
    subresource: str = ""

    @classmethod
    def of(cls, entry: Json) -> Manager:
        """The manager of an entry."""
        return cls(
            entry["manager"], entry["operation"], entry["apiVersion"], entry.get("subresource", "")
        )

    def __str__(self) -> str:
        """As conflicts name it."""
        text = f'"{self.name}"'
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        return f"{text} using {self.api_version}" if self.operation == "Update" else text

    def entry(self, paths: Iterable[Path], time: str) -> Json:
        """The entry that says this manager owns some fields since a time."""
        entry = {
            "manager": self.name,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "time": time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fieldset.encode(paths),
        }
        if self.subresource:
            entry["subresource"] = self.subresource
        if self.subresource == "scale":
            # A real server keeps no time for what came through /scale.
            del entry["time"]
        return entry


def owned(entry: Json) -> set[Path]:
    """The fields of an entry."""
    return fieldset.decode(entry["fieldsV1"])


def ownable(paths: Iterable[Path], subresource: str = "") -> set[Path]:
    """Those of some fields that a write to the object or a subresource can own."""
    allowed = set(paths) - NEVER_OWNED
    if subresource == "status":
        return {path for path in allowed if path[0] in ("f:status", "f:metadata")}
    return {path for path in allowed if path[0] != "f:status"}


class Differences:
    """Where a new object differs from the old, told in every version that managers wrote in."""

    def __init__(self, old: Json, new: Json) -> None:
        self._objects = bare(old), bare(new)
        self._found: dict[str, Difference] = {}

    def of(self, api_version: str) -> Difference:
        """The difference in one version's fields."""
        if api_version not in self._found:
            old, new = (in_version(obj, api_version) for obj in self._objects)
            node = of_kind(new["apiVersion"], new["kind"])
            self._found[api_version] = fieldset.compare(old, new, node)
        return self._found[api_version]


def give_up(entries: list[Json], differences: Differences) -> list[Json]:
    """The entries after the fields that differ went to somebody else or away."""
    kept = []
    for entry in entries:
        lost = differences.of(entry["apiVersion"]).all
        if {path[0] for path in lost}.isdisjoint(entry["fieldsV1"]):
            kept.append(entry)
            continue
        before = owned(entry)
        after = before.difference(lost)
        if after:
            changed = len(after) != len(before)
            kept.append({**entry, "fieldsV1": fieldset.encode(after)} if changed else entry)
    return kept


def after_update(old: Json, new: Json, manager: Manager, now: str) -> list[Json]:
    """Ownership after an ordinary write turned one object into another.

    `old` is an empty object of the kind for a create. Entries that `new` carries win over those
    of `old`: a client that replaces an object may edit them. An object nobody manages stays so
    until somebody applies.
    """
    entries = _entries(old, new)
    if not entries and "uid" in old["metadata"]:
        return []
    differences = Differences(old, new)
    taken = ownable(differences.of(manager.api_version).set, manager.subresource)
    rest = give_up(entries, differences)
    if taken:
        previous = [entry for entry in rest if Manager.of(entry) == manager]
        rest = [entry for entry in rest if Manager.of(entry) != manager]
        for entry in previous:
            taken |= owned(entry)
        rest.append(manager.entry(taken, now))
    return in_order(rest)


def _entries(old: Json, new: Json) -> list[Json]:
    sent: list[Json] = new["metadata"].get("managedFields") or []
    if sent == [{}]:
        return []
    if sent and all(entry.keys() >= _READABLE for entry in sent):
        return sent
    kept: list[Json] = old["metadata"].get("managedFields", [])
    return kept


def before_first_apply(live: Json, empty: Json, now: str) -> list[Json]:
    """The entries of an object that somebody applies to: without any, all of it is somebody's."""
    entries: list[Json] = live["metadata"].get("managedFields", [])
    if entries:
        return entries
    manager = Manager("before-first-apply", "Update", live["apiVersion"])
    return after_update(empty, live, manager, now)


def in_order(entries: list[Json]) -> list[Json]:
    """Entries in the order a real server lists them."""
    return sorted(
        entries,
        key=lambda entry: (
            entry["operation"],
            entry.get("time", ""),
            entry["manager"],
            entry["apiVersion"],
            entry.get("subresource", ""),
        ),
    )


def same_but_time(one: list[Json], other: list[Json]) -> bool:
    """Whether two managedFields differ in nothing but the time of their entries."""
    return [{**entry, "time": ""} for entry in one] == [{**entry, "time": ""} for entry in other]


def bare(obj: Json) -> Json:
    """An object without its managedFields."""
    metadata = {k: v for k, v in obj["metadata"].items() if k != "managedFields"}
    return {**obj, "metadata": metadata}
