"""A Helm release in a plan, in a run and in undo. Its history is looked at before every write.

Helm keeps every revision, so what a run did to a release is told by revision numbers: a write is
known to have happened when the history has moved beyond the revision it started from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from jetscale_tui.domain.kinds import Ref
from jetscale_tui.domain.release import last_good, newest
from jetscale_tui.engine import commands, diff
from jetscale_tui.engine.journal import Action
from jetscale_tui.engine.plan import (
    InstallRelease,
    ReleaseChange,
    Risk,
    RollBackRelease,
    UninstallRelease,
)
from jetscale_tui.errors import PermissionDenied, PlanChanged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.release import Revision
    from jetscale_tui.engine.journal import Write
    from jetscale_tui.engine.plan import Change, FieldChange
    from jetscale_tui.engine.ports import Cluster, Helm
    from jetscale_tui.manifests.prometheus_adapter import HelmRelease

RELEASE_PENDING = "T5-release-pending"
"""The risk of a release that another Helm is at work on, or was."""
UNBLOCK = "--roll-back-release"
"""The option that lets a plan clear away what an interrupted Helm left."""
_RELEASE = "meta.helm.sh/release-name"
_NAMESPACE = "meta.helm.sh/release-namespace"


def propose(
    release: HelmRelease, cluster: Cluster, *, unblock: bool
) -> tuple[tuple[ReleaseChange, ...], tuple[Risk, ...]]:
    """What installing a release would change, and what stands in its way.

    Raises:
        NotFound: there is no helm.
        StepFailed: the chart cannot be had, or makes nothing of the values.
    """
    helm, name, namespace = cluster.helm, release.name, release.namespace
    history = helm.history(name, namespace)
    objects = helm.render(release)
    last = newest(history)
    clearing: tuple[ReleaseChange, ...] = ()
    if last is not None and last.unfinished:
        risk = _unfinished(release, history, last, cluster.context, unblock=unblock)
        install = InstallRelease(release, objects, last.number)
        if not unblock:
            return (install,), (risk,)
        clearing = (_clear(release, history, last),)
        after = last.number + 1 if isinstance(clearing[0], RollBackRelease) else 0
        return (*clearing, InstallRelease(release, objects, after)), (risk,)
    risks = _owned_by_others(release, objects, cluster)
    if last is None or last.status == "uninstalled":
        return (InstallRelease(release, objects, last.number if last else 0),), risks
    fields = _differences(release, last, helm)
    present = last.status == "deployed" and not fields
    return (InstallRelease(release, objects, last.number, fields, present),), risks


def change_of(write: Write, changes: Iterable[Change]) -> ReleaseChange:
    """The change of a step that a release's write was made of."""
    kinds: dict[Action, type[ReleaseChange]] = {
        Action.INSTALL: InstallRelease,
        Action.ROLL_BACK: RollBackRelease,
        Action.UNINSTALL: UninstallRelease,
    }
    kind = kinds[write.action]
    # A step has at most one change of each kind: it is about one release.
    return next(change for change in changes if isinstance(change, kind))


def perform(
    write: Write, change: ReleaseChange, helm: Helm, stop: Callable[[], bool]
) -> Iterator[float]:
    """Carries one write out; yields while Helm is at work.

    Raises:
        PlanChanged: the release has moved on since the plan was shown.
        Interrupted, StepFailed: as of `Helm`.
    """
    namespace, name = _place(write)
    last = newest(helm.history(name, namespace))
    if (last.number if last else 0) != write.revision:
        raise PlanChanged(
            f"The Helm release {namespace}/{name} is no longer as it was when the plan was shown.",
            why=f"It was at revision {write.revision} and is now "
            f"{f'at revision {last.number}' if last else 'gone'}.",
            fix="Look at the plan again and apply it again; it goes on from here.",
        )
    match change:
        case InstallRelease(release=release):
            yield from helm.upgrade(release, stop)
        case RollBackRelease(target=target):
            yield from helm.roll_back(name, namespace, target, stop)
        case UninstallRelease():
            yield from helm.uninstall(name, namespace, stop)
        case _:
            assert_never(change)


def said(write: Write) -> str:
    """What a write did, in one line."""
    namespace, name = _place(write)
    match write.action:
        case Action.ROLL_BACK:
            word = "rolled back"
        case Action.UNINSTALL:
            word = "uninstalled"
        case _:
            word = "upgraded" if write.revision else "installed"
    return f"{word} Helm release {namespace}/{name}"


def reached(write: Write, helm: Helm) -> int | None:
    """The revision a write led to, 0 for none left; None when nothing of it happened."""
    namespace, name = _place(write)
    last = newest(helm.history(name, namespace))
    number = last.number if last else 0
    if write.action is Action.UNINSTALL:
        return 0 if last is None else None
    return number if number > write.revision else None


def take_back(
    writes: Sequence[Write], cluster: Cluster, note: Callable[[str], None]
) -> tuple[ReleaseChange, ...]:
    """The changes that undo what a run did to releases; `note` is told what stays, and why."""
    found: list[ReleaseChange] = []
    ours = [write for write in writes if write.release is not None]
    for place in dict.fromkeys(_place(write) for write in ours):
        mine = _since_cleared([write for write in ours if write.release == place])
        if all(write.action is not Action.INSTALL for write in mine):
            continue
        namespace, name = place
        history = cluster.helm.history(name, namespace)
        last = newest(history)
        if last is None or last.status == "uninstalled":
            continue
        if str(last.number) != mine[-1].uid:
            note(
                f"Helm release {namespace}/{name} is left as it is: somebody else has brought it "
                f"to revision {last.number} since."
            )
            continue
        before = [each for each in history if each.number <= mine[0].revision]
        target = last_good(before)
        if target is None:
            found.append(UninstallRelease(name, namespace, last.number))
        else:
            found.append(RollBackRelease(name, namespace, last.number, target.number))
    return tuple(found)


def _since_cleared(writes: Sequence[Write]) -> Sequence[Write]:
    """Those after the last time the release was cleared away; it counts from 1 again then."""
    cleared = [i for i, write in enumerate(writes) if write.action is Action.UNINSTALL]
    return writes[cleared[-1] + 1 :] if cleared else writes


def _place(write: Write) -> tuple[str, str]:
    assert write.release is not None, "only writes of releases get here"
    return write.release


def _unfinished(
    release: HelmRelease,
    history: Sequence[Revision],
    last: Revision,
    context: str,
    *,
    unblock: bool,
) -> Risk:
    """A release that is pending refuses every further operation, and may still be at work (T5)."""
    good = last_good(history)
    if good is not None:
        by_hand = commands.roll_back(context, release.namespace, release.name, good.number)
        how = f"roll it back to revision {good.number}"
    else:
        by_hand = commands.uninstall(context, release.namespace, release.name)
        how = "uninstall it, for no revision of it was ever deployed"
    since = f" since {last.updated}" if last.updated else ""
    return Risk(
        RELEASE_PENDING,
        f"The Helm release {release.namespace}/{release.name} is {last.status}{since}: another "
        "helm is at work on it, or was interrupted.",
        "It is cleared away first, as you chose."
        if unblock
        else f"Wait if another helm may be running. If not, {how}: {UNBLOCK}, or {by_hand}",
        blocking=not unblock,
    )


def _clear(release: HelmRelease, history: Sequence[Revision], last: Revision) -> ReleaseChange:
    good = last_good(history)
    if good is None:
        return UninstallRelease(release.name, release.namespace, last.number)
    return RollBackRelease(release.name, release.namespace, last.number, good.number)


def _differences(release: HelmRelease, last: Revision, helm: Helm) -> tuple[FieldChange, ...]:
    live = helm.values(release.name, release.namespace, last.number)
    values = diff.compare({"values": live}, {"values": release.values})
    if release.version is None:
        return values
    chart = f"{release.chart.name}-{release.version}"
    return (*diff.compare({"chart": last.chart}, {"chart": chart}), *values)


def _owned_by_others(
    release: HelmRelease, objects: Iterable[Json], cluster: Cluster
) -> tuple[Risk, ...]:
    """Helm refuses to touch objects that another way of installing made (A1)."""
    others = [str(ref) for obj in objects if _foreign(ref := Ref.of(obj), release, cluster)]
    if not others:
        return ()
    return (
        Risk(
            "A1-not-helms",
            f"Helm would refuse to install {release.name}: {', '.join(others)} "
            "is there already and not part of the release.",
            "Take the adapter away that it belongs to (jetscale undo, where JetScale installed "
            "it), or set adapter.prometheus.install to direct.",
            blocking=True,
        ),
    )


def release_of(live: Json) -> tuple[str, str] | None:
    """Namespace and name of the release that made an object; None where Helm did not."""
    annotations = live["metadata"].get("annotations") or {}
    owner = (annotations.get(_NAMESPACE), annotations.get(_RELEASE))
    return (owner[0], owner[1]) if owner[0] and owner[1] else None


def _foreign(ref: Ref, release: HelmRelease, cluster: Cluster) -> bool:
    try:
        live = cluster.get(ref)
    except PermissionDenied:
        return False
    if live is None:
        return False
    return release_of(live) != (release.namespace, release.name)
