"""What each change needs to be allowed to do, and which of it this person may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from jetscale_tui.domain.rights import GooglePermission, KubernetesRight, Right
from jetscale_tui.engine.plan import (
    Create,
    Delete,
    EnableService,
    Grant,
    Keep,
    Revoke,
    Update,
)
from jetscale_tui.errors import JetScaleError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Ref
    from jetscale_tui.engine.plan import Change
    from jetscale_tui.engine.ports import Cloud, Cluster

_READ_POLICY = GooglePermission("resourcemanager.projects.getIamPolicy")
_WRITE_POLICY = GooglePermission("resourcemanager.projects.setIamPolicy")
_READ_SERVICE = GooglePermission("serviceusage.services.get")
_ENABLE_SERVICE = GooglePermission("serviceusage.services.enable")


def of_change(change: Change) -> tuple[Right, ...]:
    """The rights one change needs; reading is part of every write."""
    match change:
        case Create(ref=ref):
            return tuple(on_object(ref, verb) for verb in ("get", "create", "patch"))
        case Update(ref=ref):
            return tuple(on_object(ref, verb) for verb in ("get", "patch"))
        case Delete(ref=ref):
            return tuple(on_object(ref, verb) for verb in ("get", "delete"))
        case Keep(ref=ref):
            return (on_object(ref, "get"),)
        case Grant(present=True):
            return (_READ_POLICY,)
        case Grant() | Revoke():
            return (_READ_POLICY, _WRITE_POLICY)
        case EnableService(present=True):
            return (_READ_SERVICE,)
        case EnableService():
            return (_READ_SERVICE, _ENABLE_SERVICE)
        case _:
            assert_never(change)


def of_changes(changes: Iterable[Change]) -> tuple[Right, ...]:
    """The rights of all changes, each once, in the order they are first needed."""
    return tuple(dict.fromkeys(right for change in changes for right in of_change(change)))


def on_object(ref: Ref, verb: str) -> KubernetesRight:
    """The right to do something with the kind of an object, where the object is."""
    kind = ref.kind
    return KubernetesRight(verb, kind.group, kind.plural, ref.namespace or "")


class Permissions:
    """Answers, once each, what this person may do. Only reads."""

    def __init__(self, cluster: Cluster, cloud: Cloud | None, project: str | None) -> None:
        self._cluster = cluster
        self._cloud = cloud
        self._project = project
        self._kubernetes: dict[KubernetesRight, bool] = {}
        self._google: dict[GooglePermission, bool] = {}

    def missing(self, rights: Iterable[Right]) -> tuple[Right, ...]:
        """Those of the rights that are known to be lacking."""
        wanted = tuple(rights)
        self._ask_google([right for right in wanted if isinstance(right, GooglePermission)])
        return tuple(right for right in wanted if not self._allowed(right))

    def _allowed(self, right: Right) -> bool:
        if isinstance(right, GooglePermission):
            return self._google.get(right, False)
        if right not in self._kubernetes:
            self._kubernetes[right] = self._cluster.allowed(right)
        return self._kubernetes[right]

    def _ask_google(self, permissions: list[GooglePermission]) -> None:
        unknown = [permission for permission in permissions if permission not in self._google]
        if not unknown or self._cloud is None or self._project is None:
            return
        try:
            held = self._cloud.allowed(self._project, [item.name for item in unknown])
        except JetScaleError:
            # A project one may not even ask about is a project one may not change.
            held = frozenset()
        self._google.update({item: item.name in held for item in unknown})
