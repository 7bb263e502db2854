"""What applying one manifest would do, found out by reading and a server-side dry run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    NAMESPACE,
    POD_MONITORING,
    ROLE_BINDING,
    Ref,
)
from jetscale_tui.domain.rights import KubernetesRight
from jetscale_tui.engine import diff, rights
from jetscale_tui.engine.plan import Create, Keep, Risk, Update
from jetscale_tui.engine.trial import trial
from jetscale_tui.errors import Conflict, NotFound, PermissionDenied, Rejected

if TYPE_CHECKING:
    from collections.abc import Collection

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.rights import Right
    from jetscale_tui.engine.plan import ObjectChange
    from jetscale_tui.engine.ports import Cluster
    from jetscale_tui.engine.rights import Permissions


@dataclass(frozen=True, slots=True)
class Proposal:
    """One object's change, and what stands in its way."""

    change: ObjectChange
    risks: tuple[Risk, ...] = ()
    missing: tuple[Right, ...] = ()


class Proposer:
    """Proposes changes object by object, in apply order. Writes nothing but dry runs."""

    def __init__(
        self, cluster: Cluster, permissions: Permissions, take_over: Collection[Ref] = ()
    ) -> None:
        self._cluster = cluster
        self._permissions = permissions
        self._take_over = take_over
        self._new_namespaces: set[str] = set()

    def propose(self, manifest: Json) -> Proposal:
        """What applying this manifest would change.

        Raises:
            AuthError, Unreachable: the cluster cannot be asked.
        """
        ref = Ref.of(manifest)
        if missing := self._permissions.missing([rights.on_object(ref, "get")]):
            return Proposal(Create(ref, manifest), missing=missing)
        live = self._cluster.get(ref)
        change = _without_dry_run(ref, manifest, live)
        if live is not None and live["metadata"].get("deletionTimestamp"):
            return Proposal(change, (_going_away(ref),))
        if live is None and ref.kind == NAMESPACE:
            self._new_namespaces.add(ref.name)
        if missing := self._permissions.missing(rights.of_change(change)):
            return Proposal(change, missing=missing)
        if ref.namespace in self._new_namespaces:
            # The server cannot try an object in a namespace that is not there yet.
            return Proposal(change)
        return self._dry_run(change, manifest, live)

    def _dry_run(self, change: ObjectChange, manifest: Json, live: Json | None) -> Proposal:
        ref = change.ref
        try:
            live, result = trial(self._cluster, manifest, live)
        except Conflict as error:
            return self._contested(ref, manifest, live, error)
        except PermissionDenied:
            return Proposal(change, missing=(_escalation(ref),))
        except Rejected as error:
            return Proposal(change, (_rejected(ref, error),))
        except NotFound as error:
            return Proposal(change, (self._nowhere(ref, error),))
        return Proposal(_after_dry_run(ref, manifest, live, result))

    def _contested(self, ref: Ref, manifest: Json, live: Json | None, error: Conflict) -> Proposal:
        """Somebody else owns fields of the object: taken only when the person says so."""
        live, result = trial(self._cluster, manifest, live, force=True)
        taken = ref in self._take_over
        change = _after_dry_run(ref, manifest, live, result, force=taken)
        risk = Risk(
            "fields-owned-by-others",
            f"{ref} holds fields that somebody else manages. {error.why}".strip(),
            "They are taken over, as you chose; undo brings the old values back."
            if taken
            else f"Take them over for this object ({take_over_flag(ref)}), or change it there.",
            blocking=not taken,
        )
        return Proposal(change, (risk,))

    def _nowhere(self, ref: Ref, error: NotFound) -> Risk:
        """Why the server knows no place for an object: its namespace or its kind is missing."""
        namespace = Ref.to(NAMESPACE, ref.namespace or "")
        has_place = ref.namespace is None or self._cluster.get(namespace) is not None
        if has_place and ref.kind == POD_MONITORING:
            return Risk(
                "S5-no-managed-prometheus",
                "The cluster does not know PodMonitoring: managed collection is off.",
                "gcloud container clusters update CLUSTER --location=LOCATION "
                "--enable-managed-prometheus",
                blocking=True,
            )
        return Risk(
            "place-missing",
            f"{ref} has no place to go. {error.what}",
            "Create it, or correct the namespace in the setup.",
            blocking=True,
        )


def take_over_flag(ref: Ref) -> str:
    """The command-line option that takes over an object."""
    place = f"{ref.namespace}/" if ref.namespace else ""
    return f"--take-over {ref.kind_name}/{place}{ref.name}"


def _without_dry_run(ref: Ref, manifest: Json, live: Json | None) -> ObjectChange:
    if live is None:
        return Create(ref, manifest)
    fields = diff.compare_wanted(live, manifest)
    return Update(ref, manifest, live, fields) if fields else Keep(ref, live)


def _after_dry_run(
    ref: Ref, manifest: Json, live: Json | None, result: Json, *, force: bool = False
) -> ObjectChange:
    if live is None:
        return Create(ref, manifest)
    fields = diff.compare(live, result)
    return Update(ref, manifest, live, fields, force=force) if fields else Keep(ref, live)


def _escalation(ref: Ref) -> KubernetesRight:
    """What a refused write lacks although `patch` is allowed: handing on rights one has not."""
    verb = {CLUSTER_ROLE: "escalate", CLUSTER_ROLE_BINDING: "bind", ROLE_BINDING: "bind"}
    kind = ref.kind
    resource = "clusterroles" if kind in verb else kind.plural
    return KubernetesRight(verb.get(kind, "patch"), kind.group, resource, ref.namespace or "")


def _going_away(ref: Ref) -> Risk:
    """An object that is being deleted takes what is put into it along."""
    return Risk(
        "going-away",
        f"{ref} is being deleted and not gone yet.",
        "Wait until it is gone, then plan again.",
        blocking=True,
    )


def _rejected(ref: Ref, error: Rejected) -> Risk:
    return Risk(
        "rejected-by-server",
        f"The server would refuse {ref}. {error.why or error.what}".strip(),
        error.fix or "Correct the setup; the reason above is the server's.",
        blocking=True,
    )
