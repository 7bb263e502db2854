"""Who owns what: owner references and an index over them, and deleting as controllers do it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import KINDS, POD, Kind
from jetscale_tui.sandbox.kube.store import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.store import Store

POD_GRACE_SECONDS = 30
_Place = tuple[str, str, str, str]
"""API version, kind, namespace and name."""


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
        self._owned: dict[str, dict[_Place, None]] = {}
        self._owners: dict[_Place, frozenset[str]] = {}
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
        place = (obj["apiVersion"], obj["kind"], metadata.get("namespace") or "", metadata["name"])
        references = metadata.get("ownerReferences") if event != "DELETED" else None
        owners = frozenset(each["uid"] for each in references or ())
        with self._lock:
            before = self._owners.get(place, frozenset())
            if owners == before:
                return
            for uid in owners - before:
                self._owned.setdefault(uid, {})[place] = None
            for uid in before - owners:
                del self._owned[uid][place]
                if not self._owned[uid]:
                    del self._owned[uid]
            if owners:
                self._owners[place] = owners
            else:
                del self._owners[place]


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
