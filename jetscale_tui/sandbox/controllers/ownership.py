"""Who owns what: owner references and an index over them, and deleting as controllers do it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import KINDS, POD, REPLICA_SET, Kind
from jetscale_tui.sandbox.controllers.selectors import selects
from jetscale_tui.sandbox.kube.store import Missing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.store import Store

POD_GRACE_SECONDS = 30
_Place = tuple[str, str, str, str]
"""API version, kind, namespace and name."""
_ADOPTED = (POD.name, REPLICA_SET.name)
_NOBODY = ""
"""In place of the uid of a controller, where there is none and one could be."""


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

    def claim(self, owner: Json, kind: Kind) -> list[Json]:
        """What a controller works on: its own, as far as its selector still chooses it.

        Orphans it chooses become its own; what it no longer chooses is let go.
        """
        uid, namespace = owner["metadata"]["uid"], owner["metadata"]["namespace"]
        claimed = []
        for obj in self.owned(uid, kind):
            if _chooses(owner, obj):
                claimed.append(obj)
            else:
                self._set_owners(obj, [])
        for obj in self.owned(_NOBODY, kind):
            metadata = obj["metadata"]
            stays = metadata["namespace"] == namespace and not metadata.get("deletionTimestamp")
            if stays and _chooses(owner, obj):
                claimed.append(self._set_owners(obj, [owner_reference(owner)]) or obj)
        return claimed

    def _set_owners(self, obj: Json, references: list[Json]) -> Json | None:
        def change(each: Json) -> None:
            rest = [
                reference
                for reference in each["metadata"].pop("ownerReferences", ())
                if not reference.get("controller")
            ]
            if rest or references:
                each["metadata"]["ownerReferences"] = [*rest, *references]

        kind, metadata = Kind(obj["apiVersion"], obj["kind"], ""), obj["metadata"]
        return self._store.mutate(kind, metadata["namespace"], metadata["name"], change)

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
        owners = frozenset[str]()
        if event != "DELETED":
            owners = frozenset(each["uid"] for each in metadata.get("ownerReferences") or ())
            if obj["kind"] in _ADOPTED and controller_of(obj) is None:
                owners |= {_NOBODY}
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


def chosen_by(controllers: Iterable[Json], obj: Json) -> Iterator[Json]:
    """Those of the controllers whose selector chooses an object."""
    return (each for each in controllers if _chooses(each, obj))


def _chooses(owner: Json, obj: Json) -> bool:
    return selects(owner["spec"].get("selector"), obj["metadata"].get("labels"))


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
