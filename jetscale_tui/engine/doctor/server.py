"""The last links: the pods' metrics port, and the server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.pod_rows import read_pod
from jetscale_tui.domain.profile import Origin
from jetscale_tui.engine import detect, exposition, observe
from jetscale_tui.engine.doctor import placing, spread
from jetscale_tui.engine.doctor.chain import kubectl, short
from jetscale_tui.engine.doctor.data import comes_from
from jetscale_tui.engine.doctor.links import (
    LinkId,
    Remedy,
    broken,
    empty,
    fine,
    note,
    together,
    unknown,
)
from jetscale_tui.manifests.scrape import TPU_EXPORTER_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.live import PodRow
    from jetscale_tui.engine.doctor.chain import Walk
    from jetscale_tui.engine.doctor.links import Link

_NAMED = 8
"""Metrics that are named when the wanted one is not among them."""


def port(walk: Walk) -> Link:
    """Whether a pod answers on its metrics port, with the metrics."""
    here = LinkId.PORT
    if not walk.wanted:
        return fine(here, "not needed")
    if comes_from(walk, Origin.TPU_EXPORTER) and (silent := _exporter(walk)):
        return silent
    if not comes_from(walk, Origin.SERVER):
        return fine(here, "not needed: the server's own metrics are not followed")
    if walk.target is None:
        return unknown(here, "not known: the scale target is no Deployment")
    return _page(walk)


def _page(walk: Walk) -> Link:
    here, profile, setup = LinkId.PORT, walk.patient.profile, walk.patient.setup
    container = detect.server_container(walk.target or {}, profile)
    asked_for = detect.metrics_port(container, profile) if container else None
    number = asked_for or setup.workload.metrics_port
    ready = next((pod for pod in walk.pods if observe.is_true(pod, "Ready")), None)
    if ready is None:
        return empty(here, "no ready pod to ask")
    name = observe.name_of(ready)
    page = observe.page(walk.cluster, walk.namespace, name, number, setup.scrape.server.path)
    if page.refused:
        return unknown(here, f"you may not ask {name}", page.error)
    if not page.answered and asked_for is None:
        argument = profile.metrics_argument.format(port=number)
        return broken(
            here,
            "P1",
            f"the server runs without {argument}",
            why="It opens its metrics port only when told to.",
            fix="Add the argument; the pods are replaced.",
            command=f"{walk.patient.apply_command} --open-metrics-port"
            if " apply " in walk.patient.apply_command
            else walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )
    if not page.answered:
        return broken(
            here,
            "P1",
            f"{name} does not answer with metrics on port {number}",
            why=page.error,
            fix="Look at the server's log.",
            command=kubectl(walk, "logs", name),
        )
    emitted = exposition.names(page.samples)
    for metric in _emitted_wanted(walk):
        if metric in emitted:
            continue
        return broken(
            here,
            "P3",
            f"{name} does not emit {metric}",
            why=f"It emits {', '.join(_gauges(emitted)[:_NAMED])}.",
            fix="Follow a metric it emits.",
            command=walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )
    shown = "; ".join(
        f"{metric} = {exposition.total(page.samples, metric) or 0:g}"
        for metric in _emitted_wanted(walk)
    )
    answered = fine(here, f"port {number} of {name} answers{f'; {shown}' if shown else ''}")
    return together(answered, spread.remarks(walk, page, _emitted_wanted(walk)))


def _gauges(names: Iterable[str]) -> list[str]:
    """Names that an autoscaler could follow: no parts of histograms."""
    return [name for name in names if not name.endswith(("_bucket", "_sum", "_count"))]


def _emitted_wanted(walk: Walk) -> list[str]:
    """What the server calls those of the metrics to follow that are its own."""
    return [name for path in walk.wanted if (name := _emitted_as(walk, path.metric))]


def _emitted_as(walk: Walk, name: str) -> str:
    """What the server calls a metric of an HPA; empty for one that is not the server's."""
    known = walk.known.get(name)
    if known is not None:
        return known.name if known.origin is Origin.SERVER else ""
    return short(name)


def _exporter(walk: Walk) -> Link | None:
    """What is the matter with the TPU device plugin; None when one of them answers."""
    here, wanted = LinkId.PORT, walk.patient.setup.scrape.tpu
    ready = observe.ready_pods(walk.cluster, wanted.namespace, TPU_EXPORTER_LABELS)
    pages = [
        observe.page(walk.cluster, wanted.namespace, observe.name_of(pod), wanted.port, "/metrics")
        for pod in ready[:2]
    ]
    if any(page.answered for page in pages):
        return None
    return broken(
        here,
        "P1",
        f"no TPU device plugin answers on port {wanted.port}",
        why=pages[0].error if pages else f"No pod of it is ready in {wanted.namespace}.",
        fix="Correct scrape.tpu.port, or wait until the server uses the chips.",
    )


def server(walk: Walk) -> Link:
    """Whether the server's pods run, and what keeps those that do not."""
    here = LinkId.SERVER
    if walk.target is None:
        return unknown(here, "not known: the scale target is no Deployment")
    rows = [read_pod(pod) for pod in walk.pods]
    ready = sum(row.is_ready for row in rows)
    counted = f"{ready} of {len(rows)} {'pod' if len(rows) == 1 else 'pods'} ready"
    if not rows:
        return broken(
            here,
            "",
            "the server has no pod",
            why=str(observe.condition(walk.target, "ReplicaFailure").get("message", "")),
            fix="Look at the Deployment.",
            command=kubectl(walk, "describe", "deployment", observe.name_of(walk.target)),
        )
    found = fine(here, counted)
    for row in rows:
        if not row.is_ready and (trouble := _held_up(walk, row, counted)) is not None:
            found = trouble
            break
    return together(found, (*placing.lost_nodes(walk), *_unprobed(walk)))


def _held_up(walk: Walk, row: PodRow, counted: str) -> Link | None:
    """What keeps a pod from being ready; None while it is merely starting."""
    here = LinkId.SERVER
    if row.reason == "Unschedulable":
        return placing.unschedulable(walk, row, counted)
    if row.phase in ("Running", "ContainerCreating", "PodInitializing", "Terminating", "Pending"):
        return None
    return broken(
        here,
        "",
        f"{row.name}: {row.phase}; {counted}",
        why=row.message,
        fix="Look at its log.",
        command=kubectl(walk, "logs", row.name, "--previous"),
    )


def _unprobed(walk: Walk) -> Iterator[Link]:
    """Without a probe a pod counts as ready while its model is still being loaded (P5)."""
    containers = (walk.target or {})["spec"]["template"]["spec"]["containers"]
    if any(each.get("readinessProbe") or each.get("startupProbe") for each in containers):
        return
    yield note(
        LinkId.SERVER,
        "P5",
        "no container of the server has a readiness probe",
        why="A pod is ready, and gets requests, as soon as its containers run: the model may still "
        "be loading.",
        fix=f"Add a readiness probe that succeeds once the server answers on port "
        f"{walk.patient.profile.http_port}.",
    )
