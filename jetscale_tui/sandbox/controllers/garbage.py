"""Garbage collector: what lost its owner goes, and an owner may wait for what it owns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import Kind
from jetscale_tui.sandbox.controllers.ownership import remove
from jetscale_tui.sandbox.controllers.pods import is_terminating
from jetscale_tui.sandbox.kube.deletion import FOREGROUND, ORPHAN

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.controllers.ownership import Ownership
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store


class GarbageCollector:
    """Works on owners, by uid, that are gone or about to go."""

    delay = 0.0

    def __init__(self, store: Store, ownership: Ownership, kinds: Collection[Kind]) -> None:
        self._store = store
        self._ownership = ownership
        self.kinds = kinds
        self._known = {(kind.api_version, kind.name) for kind in kinds}
        self._departing: dict[str, Json] = {}
        """Owners held back by one of the finalizers, by uid, as last seen."""

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """An owner that goes or went; the owners of what appeared or went."""
        metadata = observed.obj["metadata"]
        uid = metadata["uid"]
        gone = observed.event == "DELETED"
        if gone:
            self._departing.pop(uid, None)
            yield "", uid
        elif is_terminating(observed.obj) and _held(observed.obj):
            self._departing[uid] = observed.obj
            yield "", uid
        if observed.event != "MODIFIED":
            for reference in metadata.get("ownerReferences") or ():
                yield "", reference["uid"]

    def reconcile(self, key: Key) -> float | None:
        """Delete, let go or keep what the uid owns; then let the owner itself go."""
        owner = self._departing.get(key[1])
        for obj in self._ownership.everything(key[1]):
            if owner is not None and _held(owner) == ORPHAN:
                self._keep(obj, lambda uid: uid != key[1])
            elif not is_terminating(obj):
                self._attend(obj)
        if owner is not None and not self._blocked(key[1]):
            self._change(owner, lambda obj: _strip(obj, _held(owner)))
        return None

    def _attend(self, obj: Json) -> None:
        """Delete an object that no owner holds on to; forget those of its owners that do not."""
        references = obj["metadata"].get("ownerReferences") or ()
        living = {each["uid"] for each in references if self._lives(obj, each)}
        holding = {uid for uid in living if _held(self._departing.get(uid)) != FOREGROUND}
        if holding:
            self._keep(obj, holding.__contains__)
        elif living and any(self._ownership.everything(obj["metadata"]["uid"])):
            # Its owner waits for it, so it waits for what it owns in turn.
            with self._store.transaction():
                self._change(obj, lambda each: _add(each, FOREGROUND))
                remove(self._store, obj)
        else:
            remove(self._store, obj)

    def _blocked(self, uid: str) -> bool:
        """Whether anything is left that an owner has to wait for."""
        return any(
            reference["uid"] == uid and reference.get("blockOwnerDeletion")
            for obj in self._ownership.everything(uid)
            for reference in obj["metadata"]["ownerReferences"]
        )

    def _lives(self, obj: Json, reference: Json) -> bool:
        """Whether the owner is there; of a kind nobody knows here that cannot be said."""
        kind = Kind(reference["apiVersion"], reference["kind"], "")
        if (kind.api_version, kind.name) not in self._known:
            return True
        places = {obj["metadata"].get("namespace") or "", ""}
        owners = (self._store.peek(kind, place, reference["name"]) for place in places)
        return any(owner and owner["metadata"]["uid"] == reference["uid"] for owner in owners)

    def _keep(self, obj: Json, owned_by: Callable[[str], bool]) -> None:
        """Leave an object to some of its owners only."""

        def keep(each: Json) -> None:
            references = each["metadata"].pop("ownerReferences", [])
            if kept := [reference for reference in references if owned_by(reference["uid"])]:
                each["metadata"]["ownerReferences"] = kept

        self._change(obj, keep)

    def _change(self, obj: Json, change: Callable[[Json], None]) -> None:
        metadata = obj["metadata"]
        kind = Kind(obj["apiVersion"], obj["kind"], "")
        self._store.mutate(kind, metadata.get("namespace"), metadata["name"], change)


def _held(obj: Json | None) -> str:
    """Which of the two finalizers holds an object back; empty for none."""
    finalizers = (obj or {"metadata": {}})["metadata"].get("finalizers") or ()
    return next((each for each in (ORPHAN, FOREGROUND) if each in finalizers), "")


def _add(obj: Json, finalizer: str) -> None:
    obj["metadata"]["finalizers"] = [*obj["metadata"].get("finalizers", ()), finalizer]


def _strip(obj: Json, finalizer: str) -> None:
    left = [each for each in obj["metadata"].get("finalizers", ()) if each != finalizer]
    obj["metadata"]["finalizers"] = left
    if not left:
        del obj["metadata"]["finalizers"]
