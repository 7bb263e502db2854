"""Builds the plan that takes a run back: exactly what it added, nothing else. Only reads.

The journal says what the run wrote; the cluster says what is still so. An object that was replaced,
or a field that somebody changed since, is left as it is, with a note.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import (
    API_SERVICE,
    CONFIG_MAP,
    DAEMON_SET,
    DEPLOYMENT,
    HPA,
    NAMESPACE,
    POD,
    POD_MONITORING,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    Ref,
)
from jetscale_tui.domain.spec import Setup
from jetscale_tui.engine import commands, diff, observe, releases, rights, undo_google
from jetscale_tui.engine.journal import Action
from jetscale_tui.engine.plan import (
    Delete,
    FieldChange,
    Plan,
    Risk,
    RollBackRelease,
    Step,
    StepId,
    UninstallRelease,
    Update,
)
from jetscale_tui.engine.rights import Permissions
from jetscale_tui.engine.settle import settled
from jetscale_tui.engine.trial import trial
from jetscale_tui.errors import Conflict, PermissionDenied, UsageError
from jetscale_tui.manifests.metadata import MANAGED_BY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.journal import Run, Write
    from jetscale_tui.engine.plan import Change
    from jetscale_tui.engine.ports import Cloud, Cluster

_MADE_BY_KUBERNETES = {("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")}
_INHABITANTS = (
    DEPLOYMENT,
    DAEMON_SET,
    POD,
    SERVICE,
    SERVICE_ACCOUNT,
    CONFIG_MAP,
    SECRET,
    HPA,
    POD_MONITORING,
)
"""Kinds whose presence says that somebody lives in a namespace."""


@dataclass(frozen=True, slots=True)
class _Trace:
    """All that a run did to one object, as one change."""

    step: StepId
    ref: Ref
    created: bool
    uid: str
    manifest: Json
    fields: tuple[FieldChange, ...] = ()


def build_undo(run: Run, cluster: Cluster, cloud: Cloud | None) -> Plan:
    """The plan that takes a run back.

    Raises:
        UsageError: the run cannot be taken back: it is itself an undo, or was undone.
        Conflict: this is not the cluster the run wrote to.
        AuthError, Unreachable: the cluster or the cloud cannot be asked.
    """
    _check(run, cluster)
    happened = [settled(write, cluster, cloud) for write in run.writes]
    writes = [write for write in happened if write is not None]
    return _Undo(run, cluster, cloud).plan(writes)


class _Undo:
    def __init__(self, run: Run, cluster: Cluster, cloud: Cloud | None) -> None:
        self._run = run
        self._cluster = cluster
        self._cloud = cloud
        self._permissions = Permissions(cluster, cloud, run.project)
        self._notes: list[str] = []

    def plan(self, writes: list[Write]) -> Plan:
        setup = Setup.model_validate_json(json.dumps(self._run.setup))
        traces = _traces(writes)
        by_step: dict[StepId, list[Change]] = {step: [] for step in reversed(StepId)}
        for trace in reversed(traces):
            change = self._object(trace)
            if change is not None:
                by_step[trace.step].append(change)
        for step, undone in undo_google.take_back(writes, self._cloud, self._notes.append):
            by_step[step].append(undone)
        by_step[StepId.ADAPTER] += releases.take_back(writes, self._cluster, self._notes.append)
        self._keep_inhabited(by_step)
        steps = [self._step(step, changes) for step, changes in by_step.items() if changes]
        return Plan(
            setup=setup,
            context=self._cluster.context,
            server=self._cluster.server,
            project=self._run.project,
            identity=self._cloud.identity() if self._cloud else "",
            steps=tuple(steps),
            notes=tuple(self._notes),
            undo_of=self._run.id,
        )

    def _step(self, step: StepId, changes: list[Change]) -> Step:
        changes.sort(key=_away_from_backends_first)
        needed = rights.of_changes(changes)
        missing = self._permissions.missing(needed)
        return Step(
            step,
            tuple(changes),
            rights=needed,
            missing=missing,
            commands=commands.for_step(changes, self._cluster.context, f"{step}.yaml"),
            verify="what was deleted is gone, what was granted is out of the policy",
            undo="apply the setup again",
            risks=self._risks(step),
            handed_over=bool(missing),
        )

    def _object(self, trace: _Trace) -> Change | None:
        live = self._cluster.get(trace.ref)
        if live is None:
            return None
        return self._deletion(trace, live) if trace.created else self._restoration(trace, live)

    def _deletion(self, trace: _Trace, live: Json) -> Change | None:
        if live["metadata"].get("uid") != trace.uid:
            self._leave(trace.ref, "it was deleted and made anew since")
            return None
        label = (trace.manifest["metadata"].get("labels") or {}).get(MANAGED_BY)
        if label and (live["metadata"].get("labels") or {}).get(MANAGED_BY) != label:
            self._leave(trace.ref, "it no longer carries JetScale's label")
            return None
        return Delete(trace.ref, live)

    def _restoration(self, trace: _Trace, live: Json) -> Change | None:
        moved = [
            change
            for change in trace.fields
            if diff.value_at(live, change.path) not in (change.before, change.after)
        ]
        for change in moved:
            self._leave(trace.ref, f"{change.path} was changed since")
        ours = [
            change
            for change in trace.fields
            if change not in moved and diff.value_at(live, change.path) != change.before
        ]
        if not ours:
            return None
        manifest = diff.reverse(trace.manifest, ours)
        for change in moved:
            manifest = diff.reverse(manifest, [replace(change, before=None)])
        try:
            before, result = trial(self._cluster, manifest, live)
        except PermissionDenied:
            back = tuple(FieldChange(each.path, each.after, each.before) for each in ours)
            return Update(trace.ref, manifest, live, back, restore=True)
        except Conflict as error:
            self._leave(trace.ref, f"somebody else manages it now. {error.why}".strip())
            return None
        if before is None:
            return None
        return Update(trace.ref, manifest, before, diff.compare(before, result), restore=True)

    def _keep_inhabited(self, by_step: dict[StepId, list[Change]]) -> None:
        """A namespace goes with everything in it, so it stays when somebody else moved in."""
        going = {c.ref for changes in by_step.values() for c in changes if isinstance(c, Delete)}
        for changes in by_step.values():
            for change in [c for c in changes if isinstance(c, Delete)]:
                if change.ref.kind == NAMESPACE and (
                    others := self._inhabitants(change.ref.name, going)
                ):
                    changes.remove(change)
                    self._leave(change.ref, f"it also holds {', '.join(others[:3])}")

    def _inhabitants(self, namespace: str, going: set[Ref]) -> list[str]:
        found = []
        for kind in _INHABITANTS:
            for obj in self._cluster.list(kind, namespace):
                ref = Ref.to(kind, observe.name_of(obj), namespace)
                owned = bool(obj["metadata"].get("ownerReferences"))
                made = (kind.name, ref.name) in _MADE_BY_KUBERNETES
                if ref not in going and not owned and not made and not _token(obj):
                    found.append(str(ref))
        return found

    def _risks(self, step: StepId) -> tuple[Risk, ...]:
        """Others who read their metrics through the adapter that goes."""
        if step is not StepId.ADAPTER:
            return ()
        gone = {write.ref for write in self._run.writes}
        others = [
            f"{observe.namespace_of(hpa)}/{observe.name_of(hpa)}"
            for hpa in self._cluster.list(HPA)
            if Ref.to(HPA, observe.name_of(hpa), observe.namespace_of(hpa)) not in gone
            and any(m["type"] in ("Pods", "External") for m in hpa["spec"].get("metrics") or ())
        ]
        if not others:
            return ()
        return (
            Risk(
                "shared-adapter",
                f"{', '.join(others)} may read metrics through this adapter too.",
                "Keep the adapter if they do: delete only the autoscaler by hand.",
            ),
        )

    def _leave(self, ref: Ref, because: str) -> None:
        self._notes.append(f"{ref} is left as it is: {because}.")


def _check(run: Run, cluster: Cluster) -> None:
    if run.undo_of is not None:
        raise UsageError(
            f"Run {run.id} is itself an undo.", fix="Apply the setup again to bring it back."
        )
    if run.undone:
        raise UsageError(f"Run {run.id} has been undone already.", fix="`jetscale runs` lists all.")
    if run.server != cluster.server:
        raise Conflict(
            f"Run {run.id} wrote to another cluster.",
            why=f"It wrote to {run.server} (context {run.context}); this is {cluster.server}.",
            fix=f"Give --context {run.context}.",
        )


def _traces(writes: Iterable[Write]) -> list[_Trace]:
    """What the writes come to, object by object, in the order of the last write."""
    found: dict[Ref, _Trace] = {}
    for write in writes:
        ref = write.ref
        if ref is None:
            continue
        earlier = found.pop(ref, None)
        if write.action is Action.CREATE:
            found[ref] = _Trace(write.step, ref, True, write.uid, write.manifest)
        elif earlier is not None and earlier.created:
            found[ref] = replace(earlier, manifest=write.manifest)
        else:
            before = earlier.fields if earlier else ()
            fields = _joined(before, write.fields)
            found[ref] = _Trace(write.step, ref, False, write.uid, write.manifest, fields)
    return list(found.values())


def _joined(
    first: tuple[FieldChange, ...], second: tuple[FieldChange, ...]
) -> tuple[FieldChange, ...]:
    """Two changes one after the other as one: the first `before`, the last `after`."""
    joined = {change.path: change for change in first}
    for change in second:
        earlier = joined.get(change.path)
        joined[change.path] = replace(change, before=earlier.before) if earlier else change
    return tuple(joined.values())


def _away_from_backends_first(change: Change) -> bool:
    """Sorts what calls others before what is called: APIServices, and the adapter in a release."""
    if isinstance(change, UninstallRelease | RollBackRelease):
        return False
    return not (isinstance(change, Delete | Update) and change.ref.kind == API_SERVICE)


def _token(obj: Json) -> bool:
    return obj.get("type") == "kubernetes.io/service-account-token"
