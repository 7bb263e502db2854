"""What `jetscale check` asks about the server: is it there, what does it say, does it fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import Ref
from jetscale_tui.engine import collected, detect, metrics_port, observe, remedies, risks
from jetscale_tui.engine.checks import Finding, Scene, fail, ok, warn
from jetscale_tui.engine.growth import more_replicas
from jetscale_tui.manifests.build import build

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import ServerLook
    from jetscale_tui.engine.observe import Page


def server(scene: Scene) -> Finding:
    """Whether the Deployment to scale is there."""
    workload = scene.setup.workload
    look = detect.look_at_server(scene.cluster(), scene.setup)
    if look.deployment is None:
        others = detect.find_workloads(scene.cluster(), [scene.profile])
        names = ", ".join(f"{each.namespace}/{each.deployment}" for each in others)
        return fail(
            f"no Deployment {workload.namespace}/{workload.deployment}",
            f"There is {names}: name it in the setup." if names else "Deploy the server first.",
            scene.kubectl("get", "deployments", "--all-namespaces"),
            remedies.scale(others[0]) if others else None,
        )
    labels = look.deployment["spec"]["selector"].get("matchLabels") or {}
    if mismatch := risks.selector_mismatch(scene.setup, look):
        return fail(
            mismatch[0].what,
            mismatch[0].fix,
            scene.kubectl_here("get", "pods", "--show-labels"),
            remedies.select(labels) if labels else None,
        )
    if not look.ready:
        return warn(
            f"{workload.deployment}: none of {len(look.pods)} pods is ready",
            "Look at why; the setup can be planned all the same.",
            scene.kubectl_here("describe", "pods", f"--selector={observe.label_selector(labels)}"),
        )
    took = detect.start_up(look.pods)
    started = f", ready {took.seconds:.0f} s after being scheduled" if took else ""
    return ok(f"{workload.deployment}: {look.ready} of {len(look.pods)} pods ready{started}")


def metrics_endpoint(scene: Scene) -> Finding:
    """Whether a pod emits the chosen metrics."""
    setup, profile = scene.setup, scene.profile
    look = detect.look_at_server(scene.cluster(), setup)
    if need := metrics_port.port_need(setup, profile, look):
        return _no_port(scene, need)
    if look.page is None:
        return warn("no ready pod to ask")
    ask = scene.kubectl("get", "--raw", _page_path(setup, look.page))
    if not look.page.answered and (there := _in_monitoring(scene, look)) is not None:
        return there
    if look.page.refused:
        return warn(
            f"you may not ask {look.page.pod}:{look.page.port}, so what it emits is not known",
            "Whoever may gives you the right to get pods/proxy; everything else works without.",
            ask,
        )
    if not look.page.answered:
        return fail(
            f"{look.page.pod}:{look.page.port} does not answer: {look.page.error}",
            "Correct workload.metricsPort.",
            ask,
        )
    if absent := risks.metrics_not_emitted(setup, profile, look):
        return fail(absent[0].what, absent[0].fix, ask)
    chosen = risks.server_metrics(setup, profile)
    shown = ", ".join(f"{name} = {look.metrics[name]:g}" for name in chosen)
    return ok(f"port {look.page.port} answers; {shown or f'{len(look.metrics)} metrics'}")


def _in_monitoring(scene: Scene, look: ServerLook) -> Finding | None:
    """The metrics as Cloud Monitoring has them, where it is the pod that may not be asked."""
    setup, profile = scene.setup, scene.profile
    page, cloud = look.page, scene.cloud_if_known()
    look = collected.completed(look, cloud, setup, profile)
    if page is None or not look.collected:
        return None
    chosen = [name for name in risks.server_metrics(setup, profile) if name in look.metrics]
    shown = ", ".join(f"{name} = {look.metrics[name]:g}" for name in chosen or look.metrics)
    return warn(
        f"{page.pod}:{page.port} may not be asked, but Cloud Monitoring has {shown}",
        f"Nothing to do: the adapter reads from there. The API server says: {page.error}",
    )


def _no_port(scene: Scene, need: metrics_port.PortNeed) -> Finding:
    setup = scene.setup
    if need.other_port:
        return fail(
            f"the server's metrics are on port {need.other_port}, not "
            f"{setup.workload.metrics_port}",
            f"Set workload.metricsPort to {need.other_port}.",
            remedy=remedies.metrics_port(setup, need.other_port),
        )
    if scene.open_metrics_port:
        return warn(
            f"the plan opens port {setup.workload.metrics_port}",
            f"It adds {need.argument}; the pods are replaced when the plan is applied.",
        )
    return fail(
        f"the server runs without {need.argument}",
        "Let the plan add it; the pods are replaced then.",
        "jetscale apply -f FILE --open-metrics-port",
        remedies.OpenMetricsPort(),
    )


def _page_path(setup: Setup, page: Page) -> str:
    workload, path = setup.workload, setup.scrape.server.path.lstrip("/")
    return f"/api/v1/namespaces/{workload.namespace}/pods/{page.pod}:{page.port}/proxy/{path}"


def chips(scene: Scene) -> Finding:
    """Whether the TPU chips hold the wanted maximum."""
    cluster, setup = scene.cluster(), scene.setup
    workload = setup.workload
    look = detect.look_at_server(cluster, setup)
    capacity = detect.capacity(cluster, workload, look.deployment, scene.gke_if_known())
    took = detect.start_up(look.pods)
    if not capacity.nodes:
        return fail(
            "no node with TPU chips matches the Deployment's node selector",
            "Add a TPU node pool, or correct the Deployment's nodeSelector.",
            scene.kubectl(
                "get",
                "nodes",
                f"--label-columns={detect.TPU_ACCELERATOR},{detect.TPU_TOPOLOGY}",
            ),
        )
    if found := risks.beyond_chips(setup, capacity, took):
        holds = max(1, capacity.fits_grown or capacity.fits_now)
        fits = remedies.maximum(setup, holds) if setup.scaling.max_replicas > holds else None
        return warn(found[0].what, found[0].fix, remedy=fits)
    return ok(
        f"{capacity.chips} chips on {len(capacity.nodes)} nodes, "
        f"{workload.chips_per_replica} a replica: {capacity.fits_now} fit. "
        f"{more_replicas(capacity, took)}"
    )


def other_hpa(scene: Scene) -> Finding:
    """Whether another autoscaler already scales the Deployment."""
    workload = scene.setup.workload
    found = observe.hpas_on(scene.cluster(), workload.namespace, workload.deployment)
    own = next(
        Ref.of(group.objects[0]).name
        for group in build(scene.setup, scene.profile, None)
        if group.step == "hpa"
    )
    if others := risks.other_hpas(scene.setup, own, found):
        other = next(name for hpa in found if (name := observe.name_of(hpa)) != own)
        return fail(
            others[0].what,
            f"Adopt {other}: the plan changes it instead of adding one. Or delete it.",
            scene.kubectl_here("delete", "hpa", other),
            remedies.adopt(scene.setup, other),
        )
    return ok(f"{own} is there already" if found else "none on this Deployment")
