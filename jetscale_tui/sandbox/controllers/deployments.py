"""Deployment controller: a ReplicaSet per pod template, and the way from one to the next."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DEPLOYMENT, POD, REPLICA_SET
from jetscale_tui.sandbox.controllers import rollout
from jetscale_tui.sandbox.controllers.ownership import (
    chosen_by,
    controller_of,
    owner_reference,
    remove,
)
from jetscale_tui.sandbox.controllers.pods import is_terminating
from jetscale_tui.sandbox.controllers.stamps import seconds_since
from jetscale_tui.sandbox.kube.objects import clone, rfc3339
from jetscale_tui.sandbox.kube.store import AlreadyExists

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.events import EventRecorder
    from jetscale_tui.sandbox.controllers.ownership import Ownership
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.kube.store import Store

_COMPONENT = "deployment-controller"
_HASH_LABEL = "pod-template-hash"
_REVISION = "deployment.kubernetes.io/revision"
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True, slots=True)
class _Family:
    """The ReplicaSets of a Deployment: the one of its template now, and those before."""

    new: Json
    old: tuple[Json, ...]

    @property
    def all(self) -> tuple[Json, ...]:
        return (*self.old, self.new)


class DeploymentController:
    """Rolls a Deployment from template to template and reports how far it is."""

    kinds = (DEPLOYMENT, REPLICA_SET, POD)
    delay = 0.0

    def __init__(
        self, store: Store, clock: SimClock, ownership: Ownership, events: EventRecorder
    ) -> None:
        self._store = store
        self._clock = clock
        self._ownership = ownership
        self._events = events

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """The Deployment itself, or that of a ReplicaSet which changed or lost a pod at last."""
        if observed.kind == DEPLOYMENT.name:
            yield observed.key
            return
        owner = controller_of(observed.obj)
        if observed.kind == POD.name:
            if observed.event != "DELETED" or owner is None:
                return
            replica_set = self._store.peek(REPLICA_SET, observed.key[0], owner["name"])
            owner = controller_of(replica_set) if replica_set else None
        if owner is None and observed.kind == REPLICA_SET.name:
            for each in chosen_by(self._store.list(DEPLOYMENT, observed.key[0]), observed.obj):
                yield observed.key[0], each["metadata"]["name"]
        elif owner is not None and owner["kind"] == DEPLOYMENT.name:
            yield observed.key[0], owner["name"]

    def reconcile(self, key: Key) -> float | None:
        """One step of the rollout, then the status."""
        deployment = self._store.peek(DEPLOYMENT, *key)
        if deployment is None or is_terminating(deployment):
            return None
        family = self._family(deployment)
        if not deployment["spec"].get("paused"):
            sizes = self._sizes(family)
            plan = rollout.step(deployment["spec"], sizes[-1], sizes[:-1])
            for replica_set, size in zip(family.all, (*plan.old, plan.new), strict=True):
                self._resize(deployment, replica_set, size)
        again = self._report(key, deployment, self._family(deployment))
        self._prune(deployment, family)
        return again

    def _family(self, deployment: Json) -> _Family:
        owned = sorted(self._ownership.claim(deployment, REPLICA_SET), key=_revision)
        template = deployment["spec"]["template"]
        new = next((each for each in owned if _template(each) == template), None)
        if new is None:
            new = self._create(deployment, 1 + max(map(_revision, owned), default=0))
        elif owned[-1] is not new:
            new = self._renumber(new, 1 + _revision(owned[-1]))
        uid = new["metadata"]["uid"]
        return _Family(new, tuple(each for each in owned if each["metadata"]["uid"] != uid))

    def _sizes(self, family: _Family) -> list[rollout.Size]:
        return [
            rollout.Size.of(each, len(self._ownership.owned(each["metadata"]["uid"], POD)))
            for each in family.all
        ]

    def _create(self, deployment: Json, revision: int) -> Json:
        for collisions in itertools.count():
            try:
                return self._store.create(new_replica_set(deployment, revision, collisions))
            except AlreadyExists:
                continue
        raise AssertionError

    def _renumber(self, replica_set: Json, revision: int) -> Json:
        def renumber(obj: Json) -> None:
            obj["metadata"].setdefault("annotations", {})[_REVISION] = str(revision)

        metadata = replica_set["metadata"]
        return (
            self._store.mutate(REPLICA_SET, metadata["namespace"], metadata["name"], renumber)
            or replica_set
        )

    def _resize(self, deployment: Json, replica_set: Json, size: int) -> None:
        before = replica_set["spec"].get("replicas", 0)
        annotations = _annotations(deployment, _revision(replica_set))
        have = replica_set["metadata"].get("annotations") or {}
        if size == before and all(have.get(key) == text for key, text in annotations.items()):
            return

        def resize(obj: Json) -> None:
            obj["spec"]["replicas"] = size
            obj["metadata"].setdefault("annotations", {}).update(annotations)

        metadata = replica_set["metadata"]
        self._store.mutate(REPLICA_SET, metadata["namespace"], metadata["name"], resize)
        if size != before:
            way = "up" if size > before else "down"
            self._events.normal(
                deployment,
                _COMPONENT,
                "ScalingReplicaSet",
                f"Scaled {way} replica set {metadata['name']} from {before} to {size}",
            )

    def _report(self, key: Key, deployment: Json, family: _Family) -> float | None:
        sizes = self._sizes(family)
        now = rfc3339(self._clock.now())

        def report(obj: Json) -> None:
            # The status tells of the spec this pass worked on, not of a newer one.
            obj["metadata"].setdefault("annotations", {})[_REVISION] = str(_revision(family.new))
            obj["status"] = rollout.status(
                obj.get("status") or {}, deployment, sizes, family.new["metadata"]["name"], now
            )

        written = self._store.mutate(DEPLOYMENT, *key, report, status=True)
        deadline: float = deployment["spec"].get("progressDeadlineSeconds", 600)
        progress = rollout.unfinished_since(written)
        if progress is None:
            return None
        return max(1.0, deadline - seconds_since(progress, self._clock.now()) + 1)

    def _prune(self, deployment: Json, family: _Family) -> None:
        limit = deployment["spec"].get("revisionHistoryLimit", 10)
        idle = [
            each
            for each in family.old
            if not each["spec"].get("replicas") and not (each.get("status") or {}).get("replicas")
        ]
        for replica_set in idle[: max(0, len(idle) - limit)]:
            remove(self._store, replica_set)


def template_hash(template: Json, collisions: int = 0) -> str:
    """Short name of a pod template: the same template, the same name."""
    digest = 0x811C9DC5
    for byte in json.dumps([template, collisions], sort_keys=True).encode():
        digest = ((digest ^ byte) * 0x01000193) & 0xFFFFFFFF
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in str(digest))


def new_replica_set(deployment: Json, revision: int, collisions: int = 0) -> Json:
    """A ReplicaSet of the Deployment's present template, asking for no pods yet."""
    metadata, spec = deployment["metadata"], deployment["spec"]
    digest = template_hash(spec["template"], collisions)
    template = clone(spec["template"])
    labels = {**(template.get("metadata", {}).get("labels") or {}), _HASH_LABEL: digest}
    template.setdefault("metadata", {})["labels"] = labels
    selector = clone(spec["selector"])
    selector.setdefault("matchLabels", {})[_HASH_LABEL] = digest
    return {
        "apiVersion": REPLICA_SET.api_version,
        "kind": REPLICA_SET.name,
        "metadata": {
            "name": f"{metadata['name']}-{digest}",
            "namespace": metadata["namespace"],
            "labels": labels,
            "annotations": _annotations(deployment, revision),
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": {
            "replicas": 0,
            **{key: spec[key] for key in ("minReadySeconds",) if spec.get(key)},
            "selector": selector,
            "template": template,
        },
        "status": {"replicas": 0},
    }


def _template(replica_set: Json) -> Json:
    """The template as the Deployment states it."""
    template: Json = clone(replica_set["spec"]["template"])
    template.get("metadata", {}).get("labels", {}).pop(_HASH_LABEL, None)
    return template


def _annotations(deployment: Json, revision: int) -> dict[str, str]:
    replicas = deployment["spec"].get("replicas", 1)
    surge = rollout.limits(deployment["spec"]).surge
    return {
        "deployment.kubernetes.io/desired-replicas": str(replicas),
        "deployment.kubernetes.io/max-replicas": str(replicas + surge),
        _REVISION: str(revision),
    }


def _revision(replica_set: Json) -> int:
    text = (replica_set["metadata"].get("annotations") or {}).get(_REVISION, "0")
    return int(text) if text.isdigit() else 0
