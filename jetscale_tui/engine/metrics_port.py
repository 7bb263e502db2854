"""The step that opens the server's metrics port, a rollout that is asked about separately."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DEPLOYMENT, Ref
from jetscale_tui.engine import detect, diff, rights
from jetscale_tui.engine.plan import Risk, Step, StepId, Update
from jetscale_tui.engine.trial import trial

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import Capacity, ServerLook
    from jetscale_tui.engine.ports import Cluster
    from jetscale_tui.engine.rights import Permissions

_SHELLS = ("sh", "bash", "ash", "dash")


@dataclass(frozen=True, slots=True)
class PortNeed:
    """Why the metrics port is not there."""

    container: Json
    argument: str
    """What is missing from the container's arguments."""
    other_port: int | None = None
    """The argument is there, with this port instead."""


def port_need(setup: Setup, profile: Profile, look: ServerLook) -> PortNeed | None:
    """What is missing, None when the port answers or is at least asked for."""
    if look.deployment is None or (look.page is not None and look.page.answered):
        return None
    container = detect.server_container(look.deployment, profile)
    if container is None:
        return None
    port = detect.metrics_port(container, profile)
    if port == setup.workload.metrics_port:
        return None
    argument = profile.metrics_argument.format(port=setup.workload.metrics_port)
    return PortNeed(container, argument, port)


def build_step(
    setup: Setup,
    need: PortNeed,
    look: ServerLook,
    capacity: Capacity | None,
    cluster: Cluster,
    permissions: Permissions,
    *,
    wanted: bool,
) -> Step:
    """The step; handed over and blocking unless the person wants the rollout."""
    if need.other_port is not None:
        return Step(StepId.METRICS_PORT, (), risks=(_elsewhere(setup, need.other_port),))
    if _is_shell(need.container):
        risk = _closed(setup, need, "Add it to the command the shell runs.")
        return Step(StepId.METRICS_PORT, (), risks=(risk,), handed_over=True)
    manifest = _manifest(setup, need, look, capacity)
    change = _proposed(setup, manifest, look, cluster, permissions)
    needed = rights.of_change(change)
    missing = permissions.missing(needed)
    risk = (
        _rollout(setup, capacity)
        if wanted
        else _closed(setup, need, "Let JetScale add it (--open-metrics-port), or add it yourself.")
    )
    return Step(
        StepId.METRICS_PORT,
        (change,),
        rights=needed,
        missing=missing,
        commands=(_command(setup, cluster.context, need, look),),
        verify="a ready pod answers on the port",
        undo="puts the old arguments back: another rollout",
        risks=(risk,),
        handed_over=not wanted or bool(missing),
    )


def _proposed(
    setup: Setup, manifest: Json, look: ServerLook, cluster: Cluster, permissions: Permissions
) -> Update:
    live = look.deployment or {}
    ref = Ref.to(DEPLOYMENT, setup.workload.deployment, setup.workload.namespace)
    if permissions.missing([rights.on_object(ref, "patch")]):
        return Update(ref, manifest, live, diff.compare_wanted(live, manifest), force=True)
    # The arguments belong to whoever deployed the server, so adding one takes the list over.
    now, result = trial(cluster, manifest, live, force=True)
    return Update(ref, manifest, now or {}, diff.compare(now or {}, result), force=True)


def _manifest(setup: Setup, need: PortNeed, look: ServerLook, capacity: Capacity | None) -> Json:
    arguments = [*(need.container.get("args") or ()), need.argument]
    spec: Json = {
        "template": {"spec": {"containers": [{"name": need.container["name"], "args": arguments}]}}
    }
    if _needs_room(look, capacity):
        rolling = {"maxSurge": 0, "maxUnavailable": 1}
        spec["strategy"] = {"type": "RollingUpdate", "rollingUpdate": rolling}
    return {
        "apiVersion": DEPLOYMENT.api_version,
        "kind": DEPLOYMENT.name,
        "metadata": {"name": setup.workload.deployment, "namespace": setup.workload.namespace},
        "spec": spec,
    }


def _needs_room(look: ServerLook, capacity: Capacity | None) -> bool:
    """Whether a new pod has no chips to start on while the old one still holds them (T3)."""
    spec = (look.deployment or {})["spec"]
    recreated = (spec.get("strategy") or {}).get("type") == "Recreate"
    spare = 0 if capacity is None else capacity.fits_now
    return not recreated and spare <= int(spec.get("replicas", 1))


def _is_shell(container: Json) -> bool:
    command = container.get("command") or [""]
    return str(command[0]).rpartition("/")[2] in _SHELLS


def _closed(setup: Setup, need: PortNeed, fix: str) -> Risk:
    return Risk(
        "P1-no-metrics-port",
        f"{setup.workload.deployment} runs without {need.argument}: it has no metrics to scrape.",
        fix,
        blocking=True,
    )


def _elsewhere(setup: Setup, port: int) -> Risk:
    return Risk(
        "P1-other-metrics-port",
        f"{setup.workload.deployment} serves metrics on port {port}, the setup says "
        f"{setup.workload.metrics_port}.",
        f"Set workload.metricsPort to {port}.",
        blocking=True,
    )


def _rollout(setup: Setup, capacity: Capacity | None) -> Risk:
    room = (
        "How many fit the TPU chips is not known"
        if capacity is None
        else f"{capacity.chips} chips hold {capacity.fits_now} replicas"
    )
    return Risk(
        "T3-rollout",
        f"Every pod of {setup.workload.deployment} is replaced. {room}: without a spare one there "
        "is a gap while the model loads.",
        "Run it when the server may be away for some minutes.",
    )


def _command(setup: Setup, context: str, need: PortNeed, look: ServerLook) -> str:
    containers = (look.deployment or {})["spec"]["template"]["spec"]["containers"]
    index = [c["name"] for c in containers].index(need.container["name"])
    where = f"/spec/template/spec/containers/{index}/args"
    if need.container.get("args"):
        patch = [{"op": "add", "path": f"{where}/-", "value": need.argument}]
    else:
        patch = [{"op": "add", "path": where, "value": [need.argument]}]  # type: ignore[dict-item]
    return shlex.join(
        [
            "kubectl",
            f"--context={context}",
            f"--namespace={setup.workload.namespace}",
            "patch",
            "deployment",
            setup.workload.deployment,
            "--type=json",
            f"--patch={json.dumps(patch)}",
        ]
    )
