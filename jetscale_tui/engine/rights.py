"""What each change needs to be allowed to do, and which of it this person may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from jetscale_tui.domain.kinds import SECRET, Ref
from jetscale_tui.domain.rights import GooglePermission, KubernetesRight, Right
from jetscale_tui.domain.roles import smallest_role
from jetscale_tui.engine.plan import (
    Create,
    CreateAccount,
    Delete,
    DeleteAccount,
    EnableService,
    Grant,
    InstallRelease,
    Keep,
    Revoke,
    RollBackRelease,
    UninstallRelease,
    Update,
)
from jetscale_tui.errors import JetScaleError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.engine.plan import Change
    from jetscale_tui.engine.ports import Cloud, Cluster

_READ_POLICY = GooglePermission("resourcemanager.projects.getIamPolicy")
_WRITE_POLICY = GooglePermission("resourcemanager.projects.setIamPolicy")
_READ_SERVICE = GooglePermission("serviceusage.services.get")
_ENABLE_SERVICE = GooglePermission("serviceusage.services.enable")
_READ_ACCOUNT = GooglePermission("iam.serviceAccounts.get")
_UNDELETE_ACCOUNT = GooglePermission("iam.serviceAccounts.undelete")
_MAKE_ACCOUNT = GooglePermission("iam.serviceAccounts.create")
_DELETE_ACCOUNT = GooglePermission("iam.serviceAccounts.delete")
_READ_ACCOUNT_POLICY = GooglePermission("iam.serviceAccounts.getIamPolicy")
_WRITE_ACCOUNT_POLICY = GooglePermission("iam.serviceAccounts.setIamPolicy")
_HELMS_VERBS = ("get", "create", "patch", "delete")


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
        case Grant() | Revoke():
            return _of_policy(change)
        case CreateAccount(present=True):
            return (_READ_ACCOUNT,)
        case CreateAccount(deleted=deleted):
            # Where it cannot be brought back any more, one is made.
            back = (_UNDELETE_ACCOUNT,) if deleted else ()
            return (_READ_ACCOUNT, *back, _MAKE_ACCOUNT)
        case DeleteAccount():
            return (_READ_ACCOUNT, _DELETE_ACCOUNT)
        case EnableService(present=True):
            return (_READ_SERVICE,)
        case EnableService():
            return (_READ_SERVICE, _ENABLE_SERVICE)
        case InstallRelease(release=release, objects=objects):
            made = (on_object(Ref.of(obj), verb) for obj in objects for verb in _HELMS_VERBS)
            return (*_of_record(release.namespace), *made)
        case RollBackRelease(namespace=namespace) | UninstallRelease(namespace=namespace):
            return _of_record(namespace)
        case _:
            assert_never(change)


def _of_policy(change: Grant | Revoke) -> tuple[Right, ...]:
    read, write = _READ_POLICY, _WRITE_POLICY
    if change.account:
        read, write = _READ_ACCOUNT_POLICY, _WRITE_ACCOUNT_POLICY
    return (read,) if isinstance(change, Grant) and change.present else (read, write)


def _of_record(namespace: str) -> tuple[Right, ...]:
    """Helm keeps its record of a release in Secrets."""
    return tuple(
        KubernetesRight(verb, "", SECRET.plural, namespace) for verb in ("list", *_HELMS_VERBS)
    )


def of_changes(changes: Iterable[Change]) -> tuple[Right, ...]:
    """The rights of all changes, each once, in the order they are first needed."""
    return tuple(dict.fromkeys(right for change in changes for right in of_change(change)))


def in_words(wanted: Iterable[Right]) -> list[str]:
    """Rights as a person reads them; verbs on the same thing are said together."""
    verbs: dict[str, list[str]] = {}
    for right in wanted:
        if isinstance(right, KubernetesRight):
            verb, _, thing = str(right).partition(" ")
            verbs.setdefault(thing, []).append(verb)
        else:
            verbs[right.name] = []
    return [f"{'/'.join(found)} {thing}".strip() for thing, found in verbs.items()]


def smallest_roles(wanted: Iterable[Right]) -> tuple[str, ...]:
    """Predefined roles that bring Google's part of the rights, each once."""
    names = [right.name for right in wanted if isinstance(right, GooglePermission)]
    return tuple(dict.fromkeys(role for name in names if (role := smallest_role(name))))


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
