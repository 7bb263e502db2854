"""The last links: the pods' metrics port, and the server itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import EVENT
from jetscale_tui.domain.pod_rows import read_pod
from jetscale_tui.domain.profile import Origin
from jetscale_tui.engine import detect, exposition, observe
from jetscale_tui.engine.doctor.autoscaler import kubectl
from jetscale_tui.engine.doctor.chain import short
from jetscale_tui.engine.doctor.data import comes_from
from jetscale_tui.engine.doctor.links import LinkId, Remedy, broken, empty, fine, note, unknown
from jetscale_tui.manifests.scrape import TPU_EXPORTER_LABELS

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    for path in walk.wanted:
        metric = _emitted_as(walk, path.metric)
        if not metric or metric in emitted:
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
        for path in walk.wanted
        if (metric := _emitted_as(walk, path.metric))
    )
    return fine(here, f"port {number} of {name} answers{f'; {shown}' if shown else ''}")


def _gauges(names: Iterable[str]) -> list[str]:
    """Names that an autoscaler could follow: no parts of histograms."""
    return [name for name in names if not name.endswith(("_bucket", "_sum", "_count"))]


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
    for row in rows:
        if not row.is_ready and (trouble := _held_up(walk, row, counted)) is not None:
            return trouble
    return fine(here, counted)


def _held_up(walk: Walk, row: PodRow, counted: str) -> Link | None:
    """What keeps a pod from being ready; None while it is merely starting."""
    here = LinkId.SERVER
    if row.reason == "Unschedulable":
        return _unschedulable(walk, row, counted)
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


def _unschedulable(walk: Walk, row: PodRow, counted: str) -> Link:
    """No node for it: one is coming, or the pool cannot grow, or none would ever do (T1, T2)."""
    here = LinkId.SERVER
    reasons = {
        str(event.get("reason")): str(event.get("message", ""))
        for event in sorted(
            walk.cluster.list(EVENT, walk.namespace, fields=f"involvedObject.name={row.name}"),
            key=lambda event: str(event.get("lastTimestamp") or ""),
        )
        if (event.get("involvedObject") or {}).get("name") == row.name
    }
    refused = next((word for word in ("FailedScaleUp", "NotTriggerScaleUp") if word in reasons), "")
    if "TriggeredScaleUp" in reasons and not refused:
        return note(
            here,
            "",
            f"{counted}; a node for {row.name} is on its way",
            why=reasons["TriggeredScaleUp"],
            fix="A new TPU node takes minutes; nothing to do.",
        )
    if _shape_differs(walk):
        return broken(
            here,
            "T1",
            f"no node has what {row.name} asks for; {counted}",
            why=row.message,
            fix="Correct the Deployment's nodeSelector or its google.com/tpu request: they have to "
            "be those of a node pool.",
            command=kubectl(walk, "describe", "pod", row.name),
        )
    google = walk.patient.setup.google
    where = f"--cluster={google.cluster or 'CLUSTER'} --location={google.location or 'LOCATION'}"
    return broken(
        here,
        "T2",
        f"{row.name} stays Pending: no TPU node is free; {counted}",
        why=" ".join(filter(None, (row.message, reasons.get(refused, "")))),
        fix="Let the node pool grow, or lower the maximum to what fits. Out of stock or quota: "
        "another zone, or a reservation.",
        command=f"gcloud container node-pools update POOL {where} --enable-autoscaling "
        "--min-nodes=1 --max-nodes=MAXIMUM",
        remedy=Remedy.EDIT,
    )


def _shape_differs(walk: Walk) -> bool:
    """Whether no node at all matches the Deployment's selector with enough chips."""
    capacity = detect.capacity(walk.cluster, walk.patient.setup.workload, walk.target)
    wanted = detect.chips_requested((walk.target or {})["spec"]["template"]["spec"])
    return not any(node.chips >= wanted for node in capacity.nodes)
