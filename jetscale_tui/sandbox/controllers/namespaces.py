"""Namespace controller: what every namespace has from the start, and the end of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import KINDS, NAMESPACE, SERVICE_ACCOUNT
from jetscale_tui.sandbox.controllers.ownership import remove
from jetscale_tui.sandbox.kube.store import AlreadyExists

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

_LOOK_AGAIN_SECONDS = 1.0


class NamespaceController:
    """Gives new namespaces their default service account, and empties those that are deleted."""

    kinds = (NAMESPACE,)
    delay = 0.0

    def __init__(self, store: Store, kinds: Collection[Kind] = KINDS) -> None:
        self._store = store
        self._content = tuple(kind for kind in kinds if kind.namespaced)

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The namespace itself."""
        yield observed.key

    def reconcile(self, key: Key) -> float | None:
        """Furnish a namespace or clear it out."""
        name = key[1]
        namespace = self._store.peek(NAMESPACE, None, name)
        if namespace is not None and not namespace["metadata"].get("deletionTimestamp"):
            self._furnish(name)
            return None
        left = [obj for kind in self._content for obj in self._store.list(kind, name)]
        for obj in left:
            remove(self._store, obj)
        if left:
            return _LOOK_AGAIN_SECONDS
        if namespace is not None:
            self._store.mutate(NAMESPACE, None, name, _release)
        return None

    def _furnish(self, name: str) -> None:
        if self._store.peek(SERVICE_ACCOUNT, name, "default") is not None:
            return
        account = {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": name},
        }
        try:
            self._store.create(account)
        except AlreadyExists:
            return


def _release(namespace: Json) -> None:
    namespace["spec"] = {
        key: value for key, value in namespace.get("spec", {}).items() if key != "finalizers"
    }
