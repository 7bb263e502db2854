"""Acts on one autoscaler that is there: other numbers, a pause, its end. Each is a plan.

Only an autoscaler that JetScale applied is changed, by server-side apply of what it applied before
with the change in it. Nothing is forced: what others manage is refused with the command for it.
"""

from __future__ import annotations

import copy
import json
import shlex
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain import pausing
from jetscale_tui.domain.kinds import HPA, Json, Ref
from jetscale_tui.engine import commands, observe, rights
from jetscale_tui.engine.executor import Executor
from jetscale_tui.engine.journal import open_journal
from jetscale_tui.engine.owned import applied_by, others
from jetscale_tui.engine.plan import Plan, Step, StepId
from jetscale_tui.engine.propose import Proposer
from jetscale_tui.engine.rights import Permissions
from jetscale_tui.errors import Conflict, NotFound
from jetscale_tui.manifests.metadata import FIELD_MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.plan import StepEvent
    from jetscale_tui.engine.ports import Clock, Cluster

Change = Callable[[Json, Json], None]
"""Changes what is to be applied, beside the object as it is."""
_VERIFY = "the values are read back from the API server"
_UNDO = "brings the former values back"
_TARGETS = {
    "AverageValue": "averageValue",
    "Value": "value",
    "Utilization": "averageUtilization",
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """What can be changed of an autoscaler."""

    min_replicas: int
    max_replicas: int
    targets: tuple[str, ...]
    """One a metric, in the order of the spec; percent without a sign for a utilization."""
    behavior: Json | None


@dataclass(frozen=True, slots=True)
class Bench:
    """Where acts are planned: the cluster, and the setup they are journalled with."""

    cluster: Cluster
    setup: Setup


def numbers_of(spec: Json) -> Numbers:
    """The numbers of a spec."""
    return Numbers(
        spec.get("minReplicas", 1),
        spec["maxReplicas"],
        tuple(_target(metric) for metric in spec.get("metrics") or ()),
        copy.deepcopy(spec.get("behavior")),
    )


def with_numbers(spec: Json, numbers: Numbers) -> Json:
    """A spec with other numbers; everything else as it is."""
    changed = copy.deepcopy(spec)
    changed["minReplicas"], changed["maxReplicas"] = numbers.min_replicas, numbers.max_replicas
    for metric, target in zip(changed.get("metrics") or (), numbers.targets, strict=True):
        _put_target(metric, target)
    changed.pop("behavior", None)
    if numbers.behavior is not None:
        changed["behavior"] = copy.deepcopy(numbers.behavior)
    return changed


def plan_numbers(bench: Bench, namespace: str, name: str, numbers: Numbers) -> Plan:
    """The plan that gives an autoscaler other numbers. Only reads.

    Raises:
        NotFound: it is gone.
        Conflict: it is not JetScale's, or others manage what would change.
        JetScaleError: the cluster cannot be asked.
    """

    def change(manifest: Json, live: Json) -> None:
        behavior = manifest["spec"].get("behavior")
        manifest["spec"] = with_numbers(manifest["spec"], numbers)
        if numbers.behavior == live["spec"].get("behavior"):
            # As it is: what the server filled in stays the server's.
            manifest["spec"].pop("behavior", None)
            manifest["spec"] |= {} if behavior is None else {"behavior": behavior}

    return _planned(bench, namespace, name, "change", change)


def plan_pause(bench: Bench, namespace: str, name: str) -> Plan:
    """The plan that switches scaling off, both ways. Only reads; errors as `plan_numbers`."""

    def change(manifest: Json, _live: Json) -> None:
        behavior = manifest["spec"].get("behavior")
        annotations = manifest["metadata"].setdefault("annotations", {})
        annotations[pausing.ANNOTATION] = pausing.remembered(behavior)
        manifest["spec"]["behavior"] = pausing.paused_behavior(behavior)

    return _planned(bench, namespace, name, "pause", change)


def plan_resume(bench: Bench, namespace: str, name: str) -> Plan:
    """The plan that brings the behavior from before a pause back.

    Raises:
        Conflict: also where nothing tells what the behavior was.
        JetScaleError: as `plan_numbers`.
    """

    def change(manifest: Json, _live: Json) -> None:
        annotations = manifest["metadata"].get("annotations") or {}
        try:
            before = pausing.behavior_before(annotations)
        except (KeyError, ValueError) as error:
            raise Conflict(
                f"{namespace}/{name} does not say what its behavior was before the pause.",
                why=f"The annotation {pausing.ANNOTATION} is missing or damaged.",
                fix="Give it a behavior of its own, or apply the setup again.",
            ) from error
        del annotations[pausing.ANNOTATION]
        if not annotations:
            manifest["metadata"].pop("annotations")
        manifest["spec"].pop("behavior", None)
        if before is not None:
            manifest["spec"]["behavior"] = before

    return _planned(bench, namespace, name, "resume", change)


def carry_out(
    plan: Plan, cluster: Cluster, clock: Clock, stop: Callable[[], bool] = lambda: False
) -> Iterator[StepEvent]:
    """Performs an act, journalled, so that `jetscale undo` takes it back.

    Raises:
        JetScaleError: what ended it, after its event.
    """
    with closing(open_journal(plan)) as journal:
        executor = Executor(
            plan, None, cluster=cluster, cloud=None, clock=clock, journal=journal, stop=stop
        )
        yield from executor.run()


def _planned(bench: Bench, namespace: str, name: str, verb: str, change: Change) -> Plan:
    cluster, ref = bench.cluster, Ref.to(HPA, name, namespace)
    live = cluster.get(ref)
    if live is None:
        raise NotFound(f"There is no HPA {namespace}/{name} any more.")
    manifest = applied_by(live, FIELD_MANAGER)
    if manifest is None or "spec" not in manifest:
        raise _not_ours(cluster, live, verb, change)
    change(manifest, live)
    permissions = Permissions(cluster, None, None)
    proposal = Proposer(cluster, permissions).propose(manifest)
    contested = next((r for r in proposal.risks if r.id == "fields-owned-by-others"), None)
    if contested is not None:
        raise _managed_by_others(cluster, live, contested.what, change)
    changes = (proposal.change,)
    step = Step(
        StepId.HPA,
        changes,
        rights=rights.of_changes(changes),
        missing=proposal.missing,
        commands=commands.for_step(changes, cluster.context, f"{name}.yaml"),
        verify=_VERIFY,
        undo=_UNDO,
        risks=proposal.risks,
        handed_over=bool(proposal.missing),
    )
    return Plan(
        setup=bench.setup,
        context=cluster.context,
        server=cluster.server,
        project=None,
        identity="",
        steps=(step,),
        act=f"{verb} {namespace}/{name}",
    )


def _not_ours(cluster: Cluster, live: Json, verb: str, change: Change) -> Conflict:
    owners = ", ".join(others(live, FIELD_MANAGER)) or "somebody else"
    return Conflict(
        f"{observe.name_of(live)} was not made by JetScale, so JetScale does not {verb} it.",
        why=f"Its spec is managed by {owners}.",
        fix=_by_hand(cluster, live, change),
    )


def _managed_by_others(cluster: Cluster, live: Json, what: str, change: Change) -> Conflict:
    return Conflict(
        f"Somebody else manages what would change of {observe.name_of(live)}.",
        why=what,
        fix=_by_hand(cluster, live, change),
    )


def _by_hand(cluster: Cluster, live: Json, change: Change) -> str:
    """The same change as a command, for whoever manages the object."""
    wanted = copy.deepcopy(live)
    try:
        change(wanted, live)
    except Conflict as error:
        return error.fix
    patch: Json = {"spec": _difference(live["spec"], wanted["spec"])}
    before, after = (each["metadata"].get("annotations") or {} for each in (live, wanted))
    if before != after:
        patch["metadata"] = {"annotations": _difference(before, after)}
    return shlex.join(
        [
            "kubectl",
            f"--context={cluster.context}",
            f"--namespace={observe.namespace_of(live)}",
            "patch",
            "hpa",
            observe.name_of(live),
            "--type=merge",
            f"--patch={json.dumps(patch, sort_keys=True)}",
        ]
    )


def _difference(before: Json, after: Json) -> Json:
    """What a merge patch has to say to make one of the other."""
    changed: Json = {key: None for key in before if key not in after}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            if nested := _difference(old, value):
                changed[key] = nested
        elif old != value:
            changed[key] = value
    return changed


def _source(metric: Json) -> Json:
    kind = str(metric["type"])
    source: Json = metric[kind[:1].lower() + kind[1:]]
    return source


def _target(metric: Json) -> str:
    target = _source(metric)["target"]
    return str(target.get(_TARGETS.get(str(target.get("type")), ""), ""))


def _put_target(metric: Json, wanted: str) -> None:
    target = _source(metric)["target"]
    field = _TARGETS[str(target["type"])]
    target[field] = int(wanted) if field == "averageUtilization" else wanted
