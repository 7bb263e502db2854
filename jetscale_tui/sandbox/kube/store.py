"""The objects of the sandbox's cluster, one version counter, and what changed lately.

Stored objects are never changed in place: every write stores a new one, so a reader may keep what
it got for as long as it likes.
"""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict, deque
from contextlib import contextmanager
from datetime import timedelta
from random import choices
from typing import TYPE_CHECKING, Protocol

from jetscale_tui.sandbox.kube.history import Change, ChangeType, Key, Table, undo
from jetscale_tui.sandbox.kube.lifecycle import has_generation, merged, released, unchanged
from jetscale_tui.sandbox.kube.objects import clone, namespace_of, rfc3339
from jetscale_tui.sandbox.kube.ownership import managedfields
from jetscale_tui.sandbox.kube.ownership.managedfields import Manager
from jetscale_tui.sandbox.kube.shapes.decode import blank

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json, Kind

    Subscriber = Callable[[str, Json], None]

Objects = list["Json"]
Changes = list[Change]

FIRST_VERSION = 1000
"""A cluster has lived before anyone looks at it, so its oldest versions are gone already."""
HISTORY = 10_000
"""Changes of a kind that are kept for watches; older resource versions are expired."""

_LONGEST_PREFIX = 58
_SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


class Missing(Exception):
    """The object does not exist, or not with that uid."""


class AlreadyExists(Exception):
    """An object of that kind, namespace and name exists."""

    def __init__(self, name: str, *, leaving: bool) -> None:
        super().__init__(name)
        self.leaving = leaving
        """It is being deleted."""


class StaleVersion(Exception):
    """The object was changed since the resource version the write is based on."""


class Clock(Protocol):
    """The part of the sandbox's clock that the store needs."""

    def now(self) -> datetime:
        """Current time, timezone-aware UTC."""


class Store:
    """Every object of the cluster. Safe to use from any thread."""

    def __init__(self, clock: Clock, *, history: int = HISTORY) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._depth = 0
        self._version = FIRST_VERSION
        self._tables: dict[tuple[str, str], Table] = defaultdict(
            lambda: Table(self._lock, FIRST_VERSION, history)
        )
        self._subscribers: list[tuple[frozenset[tuple[str, str]] | None, Subscriber]] = []
        self._undelivered: deque[Change] = deque()
        self._delivering = threading.Lock()

    @property
    def version(self) -> int:
        """Resource version of the newest write."""
        return self._version

    def get(self, kind: Kind, namespace: str | None, name: str) -> Json | None:
        """A copy of one object, or None."""
        found = self.peek(kind, namespace, name)
        return None if found is None else clone(found)

    def peek(self, kind: Kind, namespace: str | None, name: str) -> Json | None:
        """One object itself, to be read only, or None."""
        with self._lock:
            return self._table(kind).objects.get(_key(kind, namespace, name))

    def list(self, kind: Kind, namespace: str | None = None) -> Objects:
        """Objects of a kind by namespace and name; to be read only."""
        return self.snapshot(kind, namespace)[0]

    def snapshot(
        self, kind: Kind, namespace: str | None = None, *, at: int | None = None
    ) -> tuple[Objects, int]:
        """Objects of a kind and the version they are consistent with; `at` looks back.

        Raises:
            ResourceVersionTooOld: history does not reach back to `at`.
        """
        with self._lock:
            table = self._table(kind)
            objects, version = table.objects, self._version
            if at is not None and at != version:
                objects = dict(objects)
                for change in reversed(table.since(at)):
                    undo(objects, change)
                version = at
            keys = sorted(key for key in objects if namespace is None or key[0] == namespace)
            return [objects[key] for key in keys], version

    def create(
        self, obj: Json, *, manager: str | None = "kube-controller-manager", dry_run: bool = False
    ) -> Json:
        """Store a new object, completed with uid, version, creation time and generation.

        `manager` becomes the owner of its fields; with None the object says itself who is.

        Raises:
            AlreadyExists: the name is taken.
        """
        new = clone(obj)
        metadata = new["metadata"]
        if not metadata.get("name"):
            suffix = "".join(choices(_SUFFIX_ALPHABET, k=5))
            metadata["name"] = metadata["generateName"][:_LONGEST_PREFIX] + suffix
        metadata["uid"] = str(uuid.uuid4())
        metadata["creationTimestamp"] = rfc3339(self._clock.now())
        if has_generation(new):
            metadata["generation"] = 1
        if manager is not None:
            self._own(
                blank(new["apiVersion"], new["kind"]),
                new,
                Manager(manager, "Update", new["apiVersion"]),
            )
        with self.transaction():
            table = self._tables[new["apiVersion"], new["kind"]]
            key = (namespace_of(new) or "", metadata["name"])
            if key in table.objects:
                there = table.objects[key]["metadata"]
                raise AlreadyExists(key[1], leaving="deletionTimestamp" in there)
            if not dry_run:
                self._commit(table, key, "ADDED", new, None)
        return clone(new)

    def update(
        self,
        obj: Json,
        *,
        status: bool = False,
        manager: Manager | str | None = "kube-controller-manager",
        dry_run: bool = False,
    ) -> Json:
        """Replace an object: all but its status, or with `status` only that.

        A `metadata.resourceVersion` makes the write conditional. A write that changes nothing
        keeps the version and tells no watcher. `manager` becomes the owner of what changes; with
        None the object says itself who is.

        Raises:
            Missing: it does not exist, or not with the given uid.
            StaleVersion: it was changed since the given version.
        """
        with self.transaction():
            table = self._tables[obj["apiVersion"], obj["kind"]]
            key = (namespace_of(obj) or "", obj["metadata"]["name"])
            old = table.objects.get(key)
            metadata = obj["metadata"]
            if old is None or metadata.get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
                raise Missing(key[1])
            based_on = metadata.get("resourceVersion") or old["metadata"]["resourceVersion"]
            if based_on != old["metadata"]["resourceVersion"]:
                raise StaleVersion(key[1])
            new = merged(old, obj, status=status)
            if unchanged(old, new):
                return clone(old)
            if isinstance(manager, str):
                subresource = "status" if status else ""
                manager = Manager(manager, "Update", new["apiVersion"], subresource)
            if manager is not None:
                self._own(old, new, manager)
            if dry_run:
                return clone(new)
            if new["metadata"].get("deletionTimestamp") and released(new):
                self._commit(table, key, "DELETED", new, old)
            else:
                self._commit(table, key, "MODIFIED", new, old)
            return clone(new)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Let nobody come between several reads and writes; subscribers hear of them afterwards."""
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                outermost = self._depth == 0
        if outermost:
            self._deliver()

    def mutate(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        change: Callable[[Json], None],
        *,
        status: bool = False,
        manager: str | None = "kube-controller-manager",
    ) -> Json | None:
        """Read, change and write one object without anyone coming between; None if it is gone."""
        with self.transaction():
            obj = self.get(kind, namespace, name)
            if obj is None:
                return None
            change(obj)
            return self.update(obj, status=status, manager=manager)

    def delete(
        self,
        kind: Kind,
        namespace: str | None,
        name: str,
        *,
        uid: str | None = None,
        grace: int = 0,
        finalizers: Sequence[str] | None = None,
        dry_run: bool = False,
    ) -> Json:
        """Remove an object; with finalizers or a grace period (seconds) only mark it as deleted.

        `finalizers` replace those it has.

        Raises:
            Missing: it does not exist, or not with the given uid.
        """
        with self.transaction():
            table = self._table(kind)
            key = _key(kind, namespace, name)
            old = table.objects.get(key)
            if old is None or (uid is not None and uid != old["metadata"]["uid"]):
                raise Missing(name)
            new = clone(old)
            if finalizers:
                new["metadata"]["finalizers"] = list(finalizers)
            elif finalizers is not None:
                new["metadata"].pop("finalizers", None)
            if not grace and new["metadata"].get("deletionGracePeriodSeconds"):
                # The kubelet's last word on a pod that had a grace period.
                del new["metadata"]["deletionGracePeriodSeconds"]
            gone = released(new) and not grace
            if not gone and not old["metadata"].get("deletionTimestamp"):
                self._mark_deleted(new, grace)
            if not dry_run and (gone or new != old):
                self._commit(table, key, "DELETED" if gone else "MODIFIED", new, old)
            return clone(new)

    def subscribe(self, kinds: Collection[Kind] | None, callback: Subscriber) -> Callable[[], None]:
        """Call back for every change of some kinds (None: of all), in order, outside the lock.

        Returns the function that ends it.
        """
        wanted = None if kinds is None else frozenset((k.api_version, k.name) for k in kinds)
        entry = (wanted, callback)
        self._subscribers = [*self._subscribers, entry]

        def unsubscribe() -> None:
            self._subscribers = [other for other in self._subscribers if other is not entry]

        return unsubscribe

    def compact(self) -> None:
        """Forget all history: every watch, also one that is open, finds its version expired."""
        with self.transaction():
            self._version += 1
            for table in self._tables.values():
                table.log.clear()
                table.floor = self._version
                table.changed.notify_all()

    def changes(self, kind: Kind, after: int, timeout: float) -> tuple[Changes, int]:
        """Changes of a kind after a version, and the version they are complete up to.

        Waits up to `timeout` wall seconds for the first.

        Raises:
            ResourceVersionTooOld: history does not reach back that far.
        """
        with self._lock:
            table = self._table(kind)
            newer = table.since(after)
            if not newer and timeout > 0:
                table.changed.wait(timeout)
                newer = table.since(after)
            return newer, max(after, self._version)

    def wake(self) -> None:
        """Make every waiting `changes` call return."""
        with self._lock:
            for table in self._tables.values():
                table.changed.notify_all()

    def _table(self, kind: Kind) -> Table:
        return self._tables[kind.api_version, kind.name]

    def _commit(
        self, table: Table, key: Key, change: ChangeType, new: Json, old: Json | None
    ) -> None:
        self._version += 1
        new["metadata"]["resourceVersion"] = str(self._version)
        if change == "DELETED":
            del table.objects[key]
        else:
            table.objects[key] = new
        record = Change(self._version, change, new, old)
        table.record(record)
        self._undelivered.append(record)

    def _deliver(self) -> None:
        # Whoever gets the lock delivers for all; a subscriber that writes only adds to the queue.
        while self._undelivered and self._delivering.acquire(blocking=False):
            try:
                while self._undelivered:
                    change = self._undelivered.popleft()
                    named = (change.object["apiVersion"], change.object["kind"])
                    for wanted, callback in self._subscribers:
                        if wanted is None or named in wanted:
                            callback(change.type, change.object)
            finally:
                self._delivering.release()

    def _own(self, old: Json, new: Json, manager: Manager) -> None:
        now = rfc3339(self._clock.now())
        entries = managedfields.after_update(old, new, manager, now)
        if entries:
            new["metadata"]["managedFields"] = entries
        else:
            new["metadata"].pop("managedFields", None)

    def _mark_deleted(self, obj: Json, grace: int) -> None:
        moment = self._clock.now() + timedelta(seconds=grace)
        obj["metadata"]["deletionTimestamp"] = rfc3339(moment)
        if has_generation(obj):
            obj["metadata"]["generation"] += 1
        if obj["kind"] == "Namespace":
            obj.setdefault("status", {})["phase"] = "Terminating"
        else:
            obj["metadata"]["deletionGracePeriodSeconds"] = grace


def _key(kind: Kind, namespace: str | None, name: str) -> Key:
    return ((namespace or "") if kind.namespaced else "", name)
