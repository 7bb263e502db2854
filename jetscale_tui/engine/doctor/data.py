"""The links of the data: what Cloud Monitoring has of a metric, and who collects it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.domain.kinds import CRD, DAEMON_SET, POD_MONITORING, Ref
from jetscale_tui.domain.monitoring import Availability
from jetscale_tui.domain.profile import Origin
from jetscale_tui.engine import commands, detect, observe
from jetscale_tui.engine.doctor import selectors
from jetscale_tui.engine.doctor.chain import short
from jetscale_tui.engine.doctor.links import (
    Health,
    LinkId,
    Remedy,
    broken,
    empty,
    fine,
    note,
    unknown,
)
from jetscale_tui.engine.doctor.monitorings import endpoints, hits, selects, target_error
from jetscale_tui.manifests.scrape import TPU_EXPORTER_LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.monitoring import MetricHistory
    from jetscale_tui.engine.doctor.chain import Walk
    from jetscale_tui.engine.doctor.links import Link
    from jetscale_tui.engine.observe import MetricPath
    from jetscale_tui.engine.ports import Cloud

MONITORING = "monitoring.googleapis.com"
NEW = timedelta(minutes=10)
"""A new metric, and a new grant, may take that long."""
_WINDOW = timedelta(minutes=10)
_ADAPTERS_WINDOW = timedelta(minutes=5)
"""How old the newest point may be for the Stackdriver adapter to hand it on."""
_SETTLED = timedelta(minutes=2)
"""Points that have come for so long are seen by whoever may see them."""


def data(walk: Walk) -> Link:
    """What Cloud Monitoring has of the metrics."""
    here = LinkId.DATA
    if not walk.wanted:
        return fine(here, "not needed")
    cloud = walk.cloud
    if cloud is None:
        trouble = walk.cloud_trouble
        return unknown(here, f"not asked: {trouble[:1].lower()}{trouble[1:]}")
    if disabled := _disabled(walk, cloud):
        return disabled
    now, seen = walk.patient.clock.now(), []
    for path in walk.wanted:
        kind = metric_type(walk, path.metric)
        history = cloud.metric_history(
            str(walk.patient.setup.google.project),
            kind,
            start=now - _WINDOW,
            end=now,
            where=_where(walk, path.metric),
        )
        if (trouble_found := _judged(walk, path, history, now)) is not None:
            return trouble_found
        newest = max(series.latest.at for series in history.series)
        seen.append(f"{short(path.metric)}: newest value {_ago(now - newest)} old")
    return fine(here, "; ".join(seen))


def _judged(walk: Walk, path: MetricPath, history: MetricHistory, now: datetime) -> Link | None:
    """What the history of a metric says is the matter; None when it has fresh values."""
    here = LinkId.DATA
    if history.availability is Availability.FORBIDDEN:
        return unknown(here, "may not be looked at", f"{history.why} {history.fix}".strip())
    if history.availability is not Availability.DATA:
        word = "never came" if history.availability is Availability.UNKNOWN else "came lately"
        return empty(here, f"no value of {short(path.metric)} {word}")
    newest = max(series.latest.at for series in history.series)
    if now - newest > _ADAPTERS_WINDOW:
        return empty(here, f"the newest value of {short(path.metric)} is {_ago(now - newest)} old")
    if path not in walk.missing:
        return None
    if "/pods/" in path.path and all("pod" not in one.metric_labels for one in history.series):
        return broken(
            here,
            "S3",
            f"the series of {short(path.metric)} do not say which pod they are of",
            why="The adapter joins them to pods by the label `pod`, which the PodMonitoring has to "
            "ask for.",
            fix="Set targetLabels.metadata to [pod, node]; the setup does.",
            command=walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )
    oldest = min(series.samples[0].at for series in history.series)
    if now - oldest < _SETTLED:
        return empty(here, f"{short(path.metric)} came for the first time {_ago(now - oldest)} ago")
    return broken(
        here,
        "I2",
        f"{short(path.metric)} is there, and the adapter does not see it",
        why=f"It says: {walk.answer} It says the same when it is not allowed to look."
        if walk.answer
        else "",
        fix="Apply the setup again: it installs the adapter as it should be, and its grant.",
        command=walk.patient.apply_command,
        remedy=Remedy.APPLY,
    )


def _disabled(walk: Walk, cloud: Cloud) -> Link | None:
    """Cloud Monitoring is not even switched on."""
    project = str(walk.patient.setup.google.project)
    states = cloud.services(project, [MONITORING])
    if states.get(MONITORING) is not ServiceState.DISABLED:
        return None
    return broken(
        LinkId.DATA,
        "",
        f"{MONITORING} is disabled in {project}",
        why="A disabled API refuses every call.",
        fix="Enable it.",
        command=commands.enable_service(project, MONITORING),
        remedy=Remedy.APPLY,
    )


def metric_type(walk: Walk, name: str) -> str:
    """A metric of an HPA as Cloud Monitoring names it."""
    if "|" in name:
        return name.replace("|", "/")
    known = walk.known.get(name)
    if known is not None and known.origin is Origin.SYSTEM:
        return known.name
    # The share of HBM is made in the query, of two gauges; either tells whether they come.
    plain = (known.name if known else name).removesuffix("_percentage")
    series = (
        plain if known and known.origin is Origin.TPU_EXPORTER else known.name if known else name
    )
    return f"prometheus.googleapis.com/{series}/gauge"


def _where(walk: Walk, name: str) -> dict[str, str]:
    """Whose series: of this cluster, and of the server's or the exporter's namespace."""
    google, origin = walk.patient.setup.google, _origin(walk, name)
    if origin is Origin.SYSTEM:
        return {"resource.labels.cluster_name": google.cluster} if google.cluster else {}
    namespace = walk.namespace
    if origin is Origin.TPU_EXPORTER:
        namespace = walk.patient.setup.scrape.tpu.namespace
    where = {"resource.labels.namespace": namespace}
    if google.cluster:
        where["resource.labels.cluster"] = google.cluster
    return where


def _origin(walk: Walk, name: str) -> Origin:
    """Who emits a metric; what nobody knows is taken for the server's own."""
    known = walk.known.get(name)
    return known.origin if known is not None else Origin.SERVER


def comes_from(walk: Walk, origin: Origin) -> bool:
    """Whether one of the metrics to follow comes from there."""
    return any(_origin(walk, path.metric) is origin for path in walk.wanted)


def scrape(walk: Walk) -> Link:
    """Whether somebody collects the metrics: the collectors run, and a PodMonitoring says what."""
    here = LinkId.SCRAPE
    from_server = comes_from(walk, Origin.SERVER)
    from_exporter = comes_from(walk, Origin.TPU_EXPORTER)
    if not (from_server or from_exporter):
        return fine(here, "not needed: GKE collects it itself" if walk.wanted else "not needed")
    if off := _collection_off(walk):
        return off
    found = []
    if from_server:
        judged = _server_scraped(walk)
        if judged.failure:
            return judged
        found.append(judged)
    if from_exporter:
        judged = _exporter_scraped(walk)
        if judged.failure:
            return judged
        found.append(judged)
    return next((each for each in found if each.health is not Health.FINE), found[0])


def _collection_off(walk: Walk) -> Link | None:
    here, google = LinkId.SCRAPE, walk.patient.setup.google
    where = f"{google.cluster or 'CLUSTER'} --location={google.location or 'LOCATION'}"
    command = f"gcloud container clusters update {where} --enable-managed-prometheus"
    if walk.cluster.get(Ref.to(CRD, "podmonitorings.monitoring.googleapis.com")) is None:
        return broken(
            here,
            "S5",
            "the cluster does not know PodMonitoring",
            why="Managed collection is off.",
            fix="Switch it on.",
            command=command,
        )
    collector = walk.cluster.get(Ref.to(DAEMON_SET, "collector", "gmp-system"))
    ready = ((collector or {}).get("status") or {}).get("numberReady", 0)
    if collector is not None and ready:
        return None
    return broken(
        here,
        "S5",
        "no collector of Managed Prometheus runs",
        why="PodMonitorings are known, but nobody acts on them.",
        fix="Switch managed collection on.",
        command=command,
    )


def _server_scraped(walk: Walk) -> Link:
    here, target = LinkId.SCRAPE, walk.target
    if target is None:
        return unknown(here, "not known: the scale target is no Deployment")
    template = target["spec"]["template"]
    labels = template["metadata"].get("labels") or {}
    port = _metrics_port(walk)
    present = walk.cluster.list(POD_MONITORING, walk.namespace)
    selecting = [each for each in present if selects(each, labels)]
    hitting = [each for each in selecting if hits(each, port, template["spec"]["containers"])]
    if not hitting:
        return _missed(walk, present, selecting, port)
    names = [observe.name_of(each) for each in hitting]
    if len(hitting) > 1:
        return broken(
            here,
            "S9",
            f"{' and '.join(names)} scrape the same port of the same pods",
            why="Values count twice.",
            fix="Delete one of them.",
        )
    if dropped := selectors.on_dropped_label(walk, hitting[0]):
        return dropped
    if failing := target_error(hitting[0]):
        return empty(here, f"{names[0]} cannot scrape", failing)
    count = f"{len(walk.pods)} {'pod' if len(walk.pods) == 1 else 'pods'}"
    return fine(here, f"{names[0]} selects {count}, port {port}")


def _missed(walk: Walk, present: Sequence[Json], selecting: Sequence[Json], port: int) -> Link:
    """No PodMonitoring meets the server, which nothing in the cluster says (S1)."""
    namespace = walk.namespace
    if selecting:
        ports = ", ".join(str(e.get("port")) for e in endpoints(selecting[0]))
        why = (
            f"{observe.name_of(selecting[0])} selects the pods, but port {ports}; the server's "
            f"metrics are on {port}. Text is taken for the name of a container port."
        )
    elif present:
        names = ", ".join(observe.name_of(each) for each in present)
        why = f"{names} in {namespace} select other labels than the server's pods carry."
    else:
        elsewhere = [each for each in walk.cluster.list(POD_MONITORING) if _reaches(walk, each)]
        why = f"{namespace} has none."
        if elsewhere:
            place = observe.namespace_of(elsewhere[0])
            why += f" {observe.name_of(elsewhere[0])} is in {place}: it sees only pods there."
    return broken(
        LinkId.SCRAPE,
        "S1",
        "no PodMonitoring scrapes the server",
        why=why,
        fix="Apply the setup: it writes one that fits the Deployment.",
        command=walk.patient.apply_command,
        remedy=Remedy.APPLY,
    )


def _exporter_scraped(walk: Walk) -> Link:
    here, wanted = LinkId.SCRAPE, walk.patient.setup.scrape.tpu
    present = walk.cluster.list(POD_MONITORING, wanted.namespace)
    hitting = [
        each
        for each in present
        if selects(each, TPU_EXPORTER_LABELS) and hits(each, wanted.port, ())
    ]
    if hitting:
        return fine(here, f"{observe.name_of(hitting[0])} selects the TPU device plugin")
    return broken(
        here,
        "S1",
        "no PodMonitoring scrapes the TPU device plugin",
        why=f"{wanted.namespace} has none for its port {wanted.port}.",
        fix="Apply the setup: it writes one.",
        command=walk.patient.apply_command,
        remedy=Remedy.APPLY,
    )


def nothing_arrives(walk: Walk) -> Link:
    """Every link is as it should be, and still there is no value: it is new, or lost (S3, S7)."""
    here, now = LinkId.SERVER, walk.patient.clock.now()
    named = ", ".join(short(path.metric) for path in walk.missing)
    if not any(observe.is_true(pod, "Ready") for pod in walk.pods):
        return note(here, "", "nothing to measure until a pod is ready")
    youngest = max(_made(walk), default=now - NEW)
    if now - youngest < NEW:
        return broken(
            here,
            "S3",
            f"all is in place since {_ago(now - youngest)}, and {named} is still on its way",
            why="A new metric, like a new grant, may take up to 10 minutes.",
            fix=f"Ask again in {_ago(NEW - (now - youngest))}.",
        )
    project = walk.patient.setup.google.project or "PROJECT"
    account = _nodes_account(walk)
    return broken(
        here,
        "S7",
        f"all is in place, and no value of {named} arrives",
        why="Most likely the nodes' service account may not write metrics: the log of the "
        "collectors in gmp-system says so.",
        fix="Let it write them.",
        command=commands.grant(
            project, "roles/monitoring.metricWriter", f"serviceAccount:{account}"
        ),
    )


def _nodes_account(walk: Walk) -> str:
    google = walk.patient.setup.google
    if walk.cloud is not None and google.project and google.location and google.cluster:
        gke = walk.cloud.cluster(google.project, google.location, google.cluster)
        own = [pool.service_account for pool in gke.pools if pool.service_account != "default"]
        if own:
            return own[0]
        number = walk.cloud.project(google.project).number
        return f"{number}-compute@developer.gserviceaccount.com"
    return "NODES_SERVICE_ACCOUNT"


def _made(walk: Walk) -> list[datetime]:
    """When what a value needs came into being."""
    objects = [*walk.cluster.list(POD_MONITORING, walk.namespace), walk.adapter or {}, walk.hpa]
    stamps = [(each.get("metadata") or {}).get("creationTimestamp") for each in objects]
    stamps += [
        observe.condition(pod, "Ready").get("lastTransitionTime")
        for pod in walk.pods
        if observe.is_true(pod, "Ready")
    ][:1]
    return [datetime.fromisoformat(stamp) for stamp in stamps if stamp]


def _metrics_port(walk: Walk) -> int:
    """Where the server's metrics are: what its arguments say, else what the setup says."""
    container = detect.server_container(walk.target or {}, walk.patient.profile)
    asked_for = detect.metrics_port(container, walk.patient.profile) if container else None
    return asked_for or walk.patient.setup.workload.metrics_port


def _reaches(walk: Walk, monitoring: Json) -> bool:
    template = (walk.target or {})["spec"]["template"]
    labels = template["metadata"].get("labels") or {}
    return bool((monitoring["spec"].get("selector") or {}).get("matchLabels")) and selects(
        monitoring, labels
    )


def _ago(span: timedelta) -> str:
    seconds = max(0, round(span.total_seconds()))
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} min"
