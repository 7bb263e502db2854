"""The links of the adapter: who serves the metrics API, and whether that runs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from jetscale_tui.domain.kinds import DEPLOYMENT, NODE, POD, SERVICE, Ref
from jetscale_tui.engine import existing_hpa, observe
from jetscale_tui.engine.doctor import release
from jetscale_tui.engine.doctor.chain import kubectl, short
from jetscale_tui.engine.doctor.links import Health, LinkId, Remedy, broken, empty, fine, together
from jetscale_tui.errors import AuthError, JetScaleError, NotFound

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.doctor.chain import Walk
    from jetscale_tui.engine.doctor.links import Link
    from jetscale_tui.engine.observe import MetricPath

_ADAPTERS = ("custom-metrics-stackdriver-adapter", "prometheus-adapter")
"""Parts of the images of adapters that serve what is collected here."""
_REFUSED = re.compile(r"403|[Pp]ermission\S* .*denied|PERMISSION_DENIED|requesting GCM failed")
_DISTRIBUTION = re.compile(r"Distributions are not supported|metric of type DoubleValue or Int64")
_OUT_OF_MEMORY = "OOMKilled"
_STARTING = "ContainerCreating"
_VERSIONS = {"custom.metrics.k8s.io": "v1beta2", "external.metrics.k8s.io": "v1beta1"}


def metric_api(walk: Walk) -> Link:
    """Whether the API that the controller asks is served, by whom, and what it answers."""
    here = LinkId.METRIC_API
    if not walk.paths:
        return fine(here, "not needed: it follows resource metrics only")
    for group in dict.fromkeys(path.group for path in walk.paths):
        found = _served(walk, group)
        if found is not None:
            return found
    answers = [(path, _values(walk, path)) for path in walk.paths]
    walk.missing = tuple(path for path, values in answers if not values)
    if walk.missing:
        named = ", ".join(short(path.metric) for path in walk.missing)
        if _DISTRIBUTION.search(walk.answer):
            return _histogram(walk, named)
        by = "/".join(walk.backend)
        return empty(here, f"{by} serves it, without a value of {named}", walk.answer)
    shown = "; ".join(f"{short(path.metric)} = {', '.join(values[:3])}" for path, values in answers)
    return fine(here, shown)


def _histogram(walk: Walk, named: str) -> Link:
    """The adapter hands on numbers, and the metric is a histogram (H7)."""
    return broken(
        LinkId.METRIC_API,
        "H7",
        f"{named} is a histogram, of which the adapter makes no number",
        why=walk.answer,
        fix="Follow a gauge of the server, or a quantile of the histogram in a rule of "
        "prometheus-adapter.",
        command=walk.patient.apply_command,
        remedy=Remedy.APPLY,
    )


def _served(walk: Walk, group: str) -> Link | None:
    """What is the matter with the API of a group; None when it is available."""
    here = LinkId.METRIC_API
    name = f"{_VERSIONS[group]}.{group}"
    api = observe.metric_api(walk.cluster, name)
    if api is None:
        return release.unfinished(walk, here, Health.BROKEN) or broken(
            here,
            "A4",
            f"nobody serves {group}",
            why="No metrics adapter is installed for it.",
            fix="Install the adapter: the setup does.",
            command=walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )
    namespace, service = walk.backend = observe.backend(api)
    walk.adapter = _behind(walk, namespace, service)
    if walk.adapter is not None and not _is_ours(walk.adapter):
        return _foreign(walk, name)
    if observe.is_true(api, "Available"):
        return None
    if unfinished := release.unfinished(walk, here, Health.BROKEN):
        return unfinished
    state = observe.condition(api, "Available")
    reason, message = str(state.get("reason", "not checked yet")), str(state.get("message", ""))
    walk.missing = tuple(path for path in walk.paths if path.group == group)
    if walk.cluster.get(Ref.to(SERVICE, service, namespace)) is None:
        return broken(
            here,
            "A8",
            f"{name} points to Service {namespace}/{service}, which is not there",
            why=message,
            fix="Install the adapter again, or delete the APIService: it blocks more than this.",
            command=f"{walk.patient.apply_command}\n"
            + commands_of_cluster(walk, "delete", "apiservice", name),
            remedy=Remedy.APPLY,
        )
    if reason == "FailedDiscoveryCheck" and _is_available(walk.adapter):
        return _walled_off(message)
    return empty(here, f"{name} is not available: {reason}", message)


def commands_of_cluster(walk: Walk, *words: str) -> str:
    """A kubectl command without a namespace."""
    return kubectl(walk, *words).replace(f" --namespace={walk.namespace}", "", 1)


def _foreign(walk: Walk, name: str) -> Link:
    """The API belongs to somebody who knows nothing of what is collected here (A1)."""
    owner = "/".join(walk.backend)
    return broken(
        LinkId.METRIC_API,
        "A1",
        f"{name} is served by {owner}, which has none of these metrics",
        why="A cluster has one owner of a metrics API.",
        fix="Follow Pods metrics through the Stackdriver adapter, which do without this API, or "
        "replace its owner knowingly: the plan says who else uses it.",
        command=walk.patient.apply_command,
        remedy=Remedy.APPLY,
    )


def _walled_off(message: str) -> Link:
    address = re.search(r"https://[\w.:\[\]-]+", message)
    port = urlsplit(address[0]).port if address else None
    return broken(
        LinkId.METRIC_API,
        "A2",
        f"the control plane cannot reach the adapter{f' on port {port}' if port else ''}",
        why=message,
        fix="A private cluster lets the control plane through on 443 and 10250 only: make the "
        "adapter listen on 10250 (JetScale's does), or open its port in the firewall.",
        command="gcloud compute firewall-rules create allow-metrics-adapter "
        f"--allow=tcp:{port or 6443} --source-ranges=CONTROL_PLANE_RANGE "
        "--target-tags=NODE_TAG --network=NETWORK",
    )


def _values(walk: Walk, path: MetricPath) -> tuple[str, ...]:
    """The values of a metric; why there are none is kept for the links below."""
    try:
        answer = json.loads(walk.cluster.raw(path.path, path.query))
    except AuthError:
        raise
    except JetScaleError as error:
        walk.answer = walk.answer or error.why or error.what
        if not isinstance(error, NotFound) and _REFUSED.search(f"{error.what} {error.why}"):
            walk.refusal = error.why or error.what
        return ()
    except ValueError:
        return ()
    items = answer.get("items") if isinstance(answer, dict) else None
    values = tuple(str(item.get("value", "")) for item in items or ())
    if not values:
        walk.answer = walk.answer or "It answers with an empty list."
    return values


def adapter(walk: Walk) -> Link:
    """Whether the adapter's pods run."""
    here = LinkId.ADAPTER
    if not walk.paths:
        return fine(here, "not needed")
    namespace, service = walk.backend
    if walk.adapter is None:
        return broken(
            here,
            "A8",
            f"no Deployment is behind Service {namespace}/{service}",
            why="Its selector matches the pods of none.",
            fix="Install the adapter again.",
            command=walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )
    walk.reader = walk.adapter
    name = observe.name_of(walk.adapter)
    if trouble := _stopped(walk, walk.adapter):
        return trouble
    if walk.refusal:
        return empty(here, f"{name} stops at start: it may not read", walk.refusal)
    if walk.crash:
        return empty(here, f"{name} stops at start", walk.crash)
    address = _prometheus_url(walk.adapter)
    asked = _asks_frontend(walk, address) if address else None
    if asked is not None and asked.health is not Health.FINE:
        return asked
    if not _is_available(walk.adapter):
        return empty(here, f"{name} is starting: ready after 30 to 40 s as a rule")
    image = _image(walk.adapter).rpartition("/")[2].rpartition(":")[2]
    found = asked or fine(here, f"{namespace}/{name} runs, {image}")
    pending = release.unfinished(walk, here, Health.NOTE)
    return together(found, (pending,) if pending else ())


def _stopped(walk: Walk, deployment: Json) -> Link | None:
    """Why pods of a Deployment do not run, unless Google is what refuses them."""
    namespace = observe.namespace_of(deployment)
    labels = deployment["spec"]["selector"].get("matchLabels") or {}
    for pod in observe.pods(walk.cluster, namespace, labels):
        if observe.is_true(pod, "Ready"):
            continue
        placed = observe.condition(pod, "PodScheduled")
        if placed.get("status") == "False":
            return _no_node(walk, pod, str(placed.get("message", "")))
        if trouble := _crashed(walk, deployment, pod):
            return trouble
    return None


def _crashed(walk: Walk, deployment: Json, pod: Json) -> Link | None:
    """What a pod that keeps stopping died of; a refusal of Google's is for the next link."""
    namespace, name = observe.namespace_of(pod), observe.name_of(pod)
    for status in (pod.get("status") or {}).get("containerStatuses") or ():
        waiting = (status.get("state") or {}).get("waiting") or {}
        now = (status.get("state") or {}).get("terminated")
        ended = (status.get("lastState") or {}).get("terminated") or now or {}
        if ended.get("reason") == _OUT_OF_MEMORY:
            return _starved(walk, deployment)
        if not ended and waiting.get("reason", _STARTING) == _STARTING:
            continue
        said = str(ended.get("message") or "") or _last_words(walk, namespace, name)
        if _REFUSED.search(said):
            walk.refusal = said
        elif ended and not said:
            # Its log is not to be had: whether it may read tells as much.
            walk.crash = f"{name}: {waiting.get('reason') or ended.get('reason', 'stopped')}"
        else:
            return broken(
                LinkId.ADAPTER,
                "",
                f"{name}: {waiting.get('reason') or 'stopped'}",
                why=said or str(waiting.get("message", "")),
                fix="Look at its log, then apply the setup again.",
                command=kubectl(walk, "logs", name, "--previous", namespace=namespace),
            )
    return None


def _last_words(walk: Walk, namespace: str, pod: str) -> str:
    """The last line a container wrote before it stopped; empty where it cannot be read."""
    path = f"{POD.path(namespace, pod)}/log"
    try:
        text = walk.cluster.raw(path, {"previous": "true", "tailLines": "5"})
    except AuthError:
        raise
    except JetScaleError:
        return ""
    lines = [line for line in text.splitlines() if line.strip()]
    return next((line for line in lines if _REFUSED.search(line)), lines[-1] if lines else "")


def _no_node(walk: Walk, pod: Json, message: str) -> Link:
    """Pending: in a cluster of TPU nodes alone nothing else finds a place (A10)."""
    plain = [node for node in walk.cluster.list(NODE) if not (node["spec"].get("taints") or ())]
    return broken(
        LinkId.ADAPTER,
        "A10" if not plain else "",
        f"{observe.name_of(pod)} has no node",
        why=message,
        fix="The adapter needs a node without TPU: add a small node pool."
        if not plain
        else "Make room for it: the reason above is the scheduler's.",
        command="" if plain else _new_pool(walk),
    )


def _new_pool(walk: Walk) -> str:
    google = walk.patient.setup.google
    where = f"--cluster={google.cluster or 'CLUSTER'} --location={google.location or 'LOCATION'}"
    project = f" --project={google.project}" if google.project else ""
    return (
        f"gcloud container node-pools create adapters {where}{project} "
        "--machine-type=e2-standard-4 --num-nodes=1"
    )


def _starved(walk: Walk, deployment: Json) -> Link:
    return broken(
        LinkId.ADAPTER,
        "A6",
        f"{observe.name_of(deployment)} runs out of memory ({_OUT_OF_MEMORY})",
        why="Old versions list every metric of the project.",
        fix="The setup installs a version that does not.",
        command=walk.patient.apply_command,
        remedy=Remedy.APPLY,
    )


def _asks_frontend(walk: Walk, address: str) -> Link:
    """prometheus-adapter reads through a frontend: whether that is there and has the rule."""
    here, named = LinkId.ADAPTER, observe.name_of(walk.adapter or {})
    service, namespace, port = _service_of(address, walk.backend[0])
    found = walk.cluster.get(Ref.to(SERVICE, service, namespace))
    if found is None:
        return broken(
            here,
            "A4",
            f"{named} asks {address}, and there is no Service {namespace}/{service}",
            why="It lists no metric until its --prometheus-url answers.",
            fix="Correct the address: the setup derives it from the Service it creates.",
            command=walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )
    walk.reader = _selected(walk, namespace, found) or walk.adapter
    if walk.reader is not None and (trouble := _stopped(walk, walk.reader)):
        return trouble
    if not _is_available(walk.reader):
        return empty(here, f"{namespace}/{service} is starting")
    walk.refusal = walk.refusal or _asked_through(walk, namespace, service, port)
    rules = existing_hpa.queries(walk.cluster)
    unruled = [path.metric for path in walk.missing if path.metric not in rules]
    if unruled and not walk.refusal:
        return broken(
            here,
            "A4",
            f"{named} has no rule for {', '.join(unruled)}",
            why=f"It has: {', '.join(sorted(rules)) or 'none'}.",
            fix="Apply the setup: it writes the rules of its metrics.",
            command=walk.patient.apply_command,
            remedy=Remedy.APPLY,
        )
    return fine(here, f"{named} runs and asks {namespace}/{service}")


def _asked_through(walk: Walk, namespace: str, service: str, port: int) -> str:
    """What Cloud Monitoring refuses the frontend with; empty when it answers it."""
    place = f"{quote(namespace, safe='')}/services/{quote(service, safe='')}:{port}"
    try:
        walk.cluster.raw(f"/api/v1/namespaces/{place}/proxy/api/v1/query", {"query": "vector(1)"})
    except AuthError:
        raise
    except JetScaleError as error:
        return f"{error.what} {error.why}".strip()
    return ""


def _behind(walk: Walk, namespace: str, service: str) -> Json | None:
    """The Deployment whose pods a Service selects."""
    found = walk.cluster.get(Ref.to(SERVICE, service, namespace))
    return _selected(walk, namespace, found) if found else None


def _selected(walk: Walk, namespace: str, service: Json) -> Json | None:
    wanted = (service.get("spec") or {}).get("selector") or {}
    for deployment in walk.cluster.list(DEPLOYMENT, namespace):
        labels = deployment["spec"]["template"]["metadata"].get("labels") or {}
        if wanted and wanted.items() <= labels.items():
            return deployment
    return None


def _is_ours(deployment: Json) -> bool:
    """Whether it is an adapter that can serve what is collected in Cloud Monitoring."""
    return any(part in _image(deployment) for part in _ADAPTERS)


def _image(deployment: Json) -> str:
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return str(containers[0].get("image", ""))


def _is_available(deployment: Json | None) -> bool:
    status = (deployment or {}).get("status") or {}
    return bool(status.get("availableReplicas"))


def _prometheus_url(deployment: Json) -> str:
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        for word in (*(container.get("command") or ()), *(container.get("args") or ())):
            if str(word).startswith("--prometheus-url="):
                return str(word).partition("=")[2]
    return ""


def _service_of(address: str, default: str) -> tuple[str, str, int]:
    """Name, namespace and port of the Service an address inside the cluster names."""
    parts = urlsplit(address)
    name, _, rest = (parts.hostname or "").partition(".")
    namespace = rest.partition(".")[0] or default
    return name, namespace, parts.port or (443 if parts.scheme == "https" else 80)
