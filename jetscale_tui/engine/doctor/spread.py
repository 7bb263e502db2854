"""What the pods' metrics pages say beside each other: load on one pod alone, series counted twice.

Only notes: requests reach the server, and the metric has a value.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jetscale_tui.domain.profile import Origin, Unit
from jetscale_tui.engine import exposition, observe
from jetscale_tui.engine.doctor.links import LinkId, note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.doctor.chain import Walk
    from jetscale_tui.engine.doctor.links import Link
    from jetscale_tui.engine.observe import Page

_MOST_PODS = 8
"""How many are asked; enough to tell one from the others."""
_NEW = timedelta(minutes=1)
"""A pod that became ready just now has not had its share yet."""


def remarks(walk: Walk, page: Page, followed: Sequence[str]) -> Iterator[Link]:
    """Notes on the load of the ready pods, one of which has said `page` already."""
    yield from _counted_twice(walk, page, followed)
    yield from _on_one_pod(walk, page)


def _counted_twice(walk: Walk, page: Page, followed: Sequence[str]) -> Iterator[Link]:
    """A gauge with several series in one pod, which the Stackdriver adapter adds up (H14)."""
    for metric in followed:
        series = [sample for sample in page.samples if sample.name == metric]
        averaged = any("/pods/" in path.path and metric in path.metric for path in walk.paths)
        if len(series) < 2 or not averaged:
            continue
        keys = {key for one in series for key in one.labels}
        varying = sorted(key for key in keys if len({one.labels.get(key) for one in series}) > 1)
        yield note(
            LinkId.PORT,
            "H14",
            f"{page.pod} has {len(series)} series of {metric}, told apart by {', '.join(varying)}",
            why="The adapter adds them up: the pod's value is their sum.",
            fix="Give the metric's selector one of them, or choose the target for the sum.",
        )


def _on_one_pod(walk: Walk, page: Page) -> Iterator[Link]:
    """All requests go to one pod, as through a port-forward, which binds to one (T4)."""
    ready = [pod for pod in walk.pods if observe.is_true(pod, "Ready") and _is_settled(walk, pod)]
    if not 2 <= len(ready) <= _MOST_PODS:
        return
    path = walk.patient.setup.scrape.server.path
    pages = [
        page
        if observe.name_of(pod) == page.pod
        else observe.page(walk.cluster, walk.namespace, observe.name_of(pod), page.port, path)
        for pod in ready
    ]
    queued = [each for each in pages if _total(walk, each, (Unit.REQUESTS,))]
    idle = [
        each
        for each in pages
        if each.answered and not _total(walk, each, (Unit.REQUESTS, Unit.RATIO))
    ]
    if len(queued) != 1 or len(idle) != len(pages) - 1:
        return
    waiting = _total(walk, queued[0], (Unit.REQUESTS,))
    yield note(
        LinkId.PORT,
        "T4",
        f"{waiting:g} requests wait at {queued[0].pod}, and {len(idle)} other ready "
        f"{'pod is' if len(idle) == 1 else 'pods are'} idle",
        why="Somebody sends to one pod: a port-forward binds to one, and so does a connection "
        "that is kept open.",
        fix="Send through the Service from inside the cluster, or with JetScale's burst, which "
        "spreads its requests over all ready pods.",
        command="jetscale burst",
    )


def _total(walk: Walk, page: Page, units: tuple[Unit, ...]) -> float:
    """What the server's own gauges of those units come to on a page."""
    return sum(
        exposition.total(page.samples, metric.name) or 0.0
        for metric in walk.patient.profile.metrics
        if metric.origin is Origin.SERVER and metric.scalable and metric.unit in units
    )


def _is_settled(walk: Walk, pod: Json) -> bool:
    since = observe.condition(pod, "Ready").get("lastTransitionTime")
    if not since:
        return False
    return walk.patient.clock.now() - datetime.fromisoformat(str(since)) >= _NEW
