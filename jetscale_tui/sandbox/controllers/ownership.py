"""Who owns what: an index over owner references, and the removal of what lost its owner."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import KINDS, POD, Kind
from jetscale_tui.sandbox.kube.store import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

POD_GRACE_SECONDS = 30


def owner_reference(owner: Json) -> Json:
    """The reference by which a controller marks what it made."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: Json) -> Json | None:
    """The reference to the controller that made an object."""
    references = obj["metadata"].get("ownerReferences") or ()
    return next((reference for reference in references if reference.get("controller")), None)


class Ownership:
    """Index from an owner's uid to what it owns; follows the store as soon as it is made."""

    def __init__(self, store: Store, kinds: Collection[Kind] = KINDS) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._owned: dict[str, dict[tuple[str, str, str, str], None]] = {}
        self.close: Callable[[], None] = store.subscribe(None, self._follow)
        """Stop following."""
        for kind in kinds:
            for obj in store.list(kind):
                self._follow("ADDED", obj)

    def owned(self, uid: str, kind: Kind) -> list[Json]:
        """Objects of a kind that name this owner; to be read only."""
        with self._lock:
            keys = list(self._owned.get(uid, ()))
        found = (
            self._store.peek(kind, namespace, name)
            for api_version, kind_name, namespace, name in keys
            if (api_version, kind_name) == (kind.api_version, kind.name)
        )
        return [obj for obj in found if obj is not None]

    def everything(self, uid: str) -> Iterator[Json]:
        """Objects of every kind that name this owner; to be read only."""
        with self._lock:
            keys = list(self._owned.get(uid, ()))
        for api_version, kind_name, namespace, name in keys:
            obj = self._store.peek(Kind(api_version, kind_name, ""), namespace, name)
            if obj is not None:
                yield obj

    def _follow(self, event: str, obj: Json) -> None:
        metadata = obj["metadata"]
        references = metadata.get("ownerReferences")
        if not references:
            return
        key = (obj["apiVersion"], obj["kind"], metadata.get("namespace") or "", metadata["name"])
        with self._lock:
            for reference in references:
                owned = self._owned.setdefault(reference["uid"], {})
                if event == "DELETED":
                    owned.pop(key, None)
                    if not owned:
                        del self._owned[reference["uid"]]
                else:
                    owned[key] = None


class GarbageCollector:
    """Deletes what an owner leaves behind when it goes."""

    kinds: Collection[Kind]
    delay = 0.0

    def __init__(self, store: Store, ownership: Ownership, kinds: Collection[Kind] = KINDS) -> None:
        self._store = store
        self._ownership = ownership
        self.kinds = kinds

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The uid of every object that went."""
        if observed.event == "DELETED":
            yield "", observed.obj["metadata"]["uid"]

    def reconcile(self, key: Key) -> float | None:
        """Delete all that only the departed uid owned."""
        for obj in self._ownership.everything(key[1]):
            owners = {each["uid"] for each in obj["metadata"].get("ownerReferences") or ()}
            if owners == {key[1]}:
                remove(self._store, obj)
        return None


def remove(store: Store, obj: Json) -> None:
    """Delete an object as the API does: pods that run get their grace period."""
    metadata = obj["metadata"]
    running = obj["kind"] == POD.name and bool(obj.get("spec", {}).get("nodeName"))
    grace = obj["spec"].get("terminationGracePeriodSeconds", POD_GRACE_SECONDS) if running else 0
    kind = Kind(obj["apiVersion"], obj["kind"], "", bool(metadata.get("namespace")))
    try:
        store.delete(
            kind, metadata.get("namespace"), metadata["name"], uid=metadata["uid"], grace=grace
        )
    except Missing:
        return
