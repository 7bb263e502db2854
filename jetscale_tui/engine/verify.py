"""Verification by effect: a step is done when what it is for can be seen.

Each step has one look that only reads and says what is still missing; `waiting` repeats it. The one
exception is the adapter: a pod that crashed before its grant took effect sits in back-off, so it is
restarted, and only it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.domain.kinds import API_SERVICE, DEPLOYMENT, POD, Ref
from jetscale_tui.domain.profile import Origin
from jetscale_tui.engine import (
    adapter_values,
    awaited,
    collected,
    diff,
    google_writes,
    observe,
    risks,
)
from jetscale_tui.engine.plan import (
    Create,
    Delete,
    DeleteAccount,
    EnableService,
    Grant,
    InstallRelease,
    Keep,
    Revoke,
    StepId,
    Update,
)
from jetscale_tui.engine.waiting import Seen
from jetscale_tui.errors import NotFound, PermissionDenied

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.plan import Plan, Step
    from jetscale_tui.engine.ports import Clock, Cloud, Cluster

IAM_BUDGET = 600.0
"""Google: a grant takes effect after 2 minutes as a rule, 7 or more at times."""
BUDGETS: dict[StepId, float] = {
    StepId.SERVICES: 300.0,
    StepId.METRICS_PORT: 1800.0,
    StepId.SCRAPE_SERVER: 120.0,
    StepId.SCRAPE_TPU: 60.0,
    StepId.ADAPTER_IDENTITY: 120.0,
    StepId.ADAPTER: IAM_BUDGET,
    StepId.HPA: 600.0,
}
"""Seconds of the cluster's clock a step's effect may take."""
RESTART_EVERY = 45.0
"""Seconds between two restarts of a crashed adapter pod; short of the longest back-off, 5 min."""


@dataclass
class Verifier:
    """Looks at the effects of one plan's steps."""

    plan: Plan
    profile: Profile | None
    """None for undo, which has nothing to look for but absence."""
    cluster: Cluster
    cloud: Cloud | None
    clock: Clock
    _restarted: dict[str, float] = field(default_factory=dict)

    def look(self, step: Step) -> Callable[[], Seen]:
        """The look that tells whether a step has had its effect."""
        if self.plan.undo_of is not None:
            return lambda: self._taken_back(step)
        if self.plan.act:
            return lambda: self._written(step)
        looks = {
            StepId.SERVICES: self._services,
            StepId.METRICS_PORT: self._metrics_port,
            StepId.SCRAPE_SERVER: self._scrape_server,
            StepId.SCRAPE_TPU: self._scrape_tpu,
            StepId.ADAPTER_IDENTITY: self._identity,
            StepId.ADAPTER: self._adapter,
            StepId.HPA: self._hpa,
        }
        return lambda: looks[step.id](step)

    def _services(self, step: Step) -> Seen:
        wanted = [change for change in step.changes if isinstance(change, EnableService)]
        if self.cloud is None or not wanted:
            return Seen(True, "nothing to enable")
        names = [change.service for change in wanted]
        states = self.cloud.services(wanted[0].project, names)
        waiting = [name for name in names if states.get(name) is not ServiceState.ENABLED]
        if waiting:
            return Seen(False, f"{', '.join(waiting)} not yet reported as enabled")
        return Seen(True, f"{len(names)} services enabled")

    def _metrics_port(self, step: Step) -> Seen:
        workload = self.plan.setup.workload
        live = observe.deployment(self.cluster, workload.namespace, workload.deployment)
        rolled = awaited.rollout(live) if live is not None else "the Deployment is gone"
        if rolled:
            return Seen(False, rolled, fix=f"kubectl describe deployment {workload.deployment}")
        return self._scrape_server(step)

    def _scrape_server(self, _step: Step) -> Seen:
        setup = self.plan.setup
        pods = observe.pods(self.cluster, setup.workload.namespace, setup.workload.selector)
        ready = [pod for pod in pods if observe.is_true(pod, "Ready")]
        labels = observe.label_selector(setup.workload.selector)
        if not pods:
            return Seen(
                False,
                f"No pod in {setup.workload.namespace} carries {labels}.",
                fix="Correct workload.selector, or start the server.",
            )
        if not ready:
            return Seen(False, f"{len(pods)} pods carry {labels}, none is ready yet.")
        port = setup.workload.metrics_port
        page = observe.page(
            self.cluster,
            setup.workload.namespace,
            observe.name_of(ready[0]),
            port,
            setup.scrape.server.path,
        )
        wanted = self._of_origin(Origin.SERVER)
        selected = f"{_count(ready, 'ready pod')} selected, port {port}"
        if page.refused:
            return Seen(True, f"{selected} may not be asked by you{self._came(wanted)}")
        if not page.answered:
            return Seen(
                False,
                f"{page.pod} does not answer with metrics on port {port}.",
                why=page.error,
                fix="Correct workload.metricsPort, or start the server with its metrics port.",
            )
        emitted = {sample.name for sample in page.samples}
        if absent := [name for name in wanted if name not in emitted]:
            return Seen(
                False,
                f"{page.pod} does not emit {', '.join(absent)} yet.",
                why=f"It emits {', '.join(sorted(emitted)[:8])}.",
                fix="Choose a metric it emits.",
            )
        return Seen(True, f"{selected} answers{self._came(wanted)}")

    def _came(self, wanted: Sequence[str]) -> str:
        """How far the metrics have come by now; nothing waits for it."""
        if self.profile is None:
            return ""
        words = collected.in_words(self.cloud, self.plan.setup, self.profile, wanted)
        return f"; {words}" if words else ""

    def _scrape_tpu(self, step: Step) -> Seen:
        scrape = self.plan.setup.scrape.tpu
        (manifest,) = _manifests(step)
        labels = manifest["spec"]["selector"]["matchLabels"]
        ready = observe.ready_pods(self.cluster, scrape.namespace, labels)
        needed = self._of_origin(Origin.TPU_EXPORTER)
        if not ready:
            detail = f"no ready pod in {scrape.namespace} carries {observe.label_selector(labels)}"
            if not needed:
                return Seen(True, f"applied; {detail}, and no chosen metric needs one")
            return Seen(False, detail, why=f"{', '.join(needed)} comes from there.")
        if needed and (silent := self._silent_exporter(ready)):
            return silent
        return Seen(True, f"{_count(ready, 'ready exporter pod')} selected")

    def _silent_exporter(self, ready: list[Json]) -> Seen | None:
        """What is wrong when no exporter has anything to say; on idle nodes they are silent."""
        scrape = self.plan.setup.scrape.tpu
        silent = None
        for pod in ready:
            name = observe.name_of(pod)
            page = observe.page(self.cluster, scrape.namespace, name, scrape.port, "/metrics")
            if page.answered:
                return None
            silent = silent or Seen(
                False,
                f"{page.pod} does not answer with metrics on port {scrape.port}.",
                why=page.error,
                fix="Correct scrape.tpu.port.",
            )
        return silent

    def _identity(self, step: Step) -> Seen:
        grants = [change for change in step.changes if isinstance(change, Grant)]
        if self.cloud is None or not grants:
            return Seen(True, "nothing to grant")
        for grant in grants:
            try:
                policy = google_writes.policy_of(grant.project, grant.account, self.cloud)
            except PermissionDenied as error:
                return Seen(True, f"the policy cannot be read back. {error.what}")
            except NotFound as error:
                # An account made seconds ago may not be seen by every call yet.
                return Seen(False, error.what)
            if grant.binding not in policy.bindings:
                return Seen(False, "the binding is not in the policy that is read back")
        return Seen(True, "binding read back; Google needs 2 minutes as a rule, 10 at most")

    def rollouts(self, step: Step) -> str:
        """What the first Deployment of a step that is not complete waits for; empty if none."""
        for manifest in _manifests(step):
            ref = Ref.of(manifest)
            live = self.cluster.get(ref) if ref.kind == DEPLOYMENT else None
            if live is not None and (waits := awaited.rollout(live)):
                return waits
        return ""

    def _adapter(self, step: Step) -> Seen:
        for manifest in _manifests(step):
            ref = Ref.of(manifest)
            if ref.kind == DEPLOYMENT:
                live = self.cluster.get(ref)
                waits = awaited.rollout(live) if live is not None else f"{ref} is not there"
                if waits:
                    return self._adapter_waits(ref, manifest, waits)
            elif ref.kind == API_SERVICE:
                live = self.cluster.get(ref)
                if live is None or not observe.is_true(live, "Available"):
                    return awaited.api(ref, live)
        return self._values()

    def _adapter_waits(self, ref: Ref, manifest: Json, waits: str) -> Seen:
        labels = manifest["spec"]["selector"]["matchLabels"]
        for pod in observe.pods(self.cluster, ref.namespace or "", labels):
            if crash := awaited.crash(pod):
                restarted = self._restart(pod, ref)
                return Seen(
                    False,
                    f"{observe.name_of(pod)} stops at start; waiting for Google IAM: usually "
                    f"2 min, at most 10{restarted}",
                    why=f"{crash} {self._hint()}".strip(),
                    fix="Apply again once the grant has taken effect; it goes on from here.",
                )
            if message := observe.condition(pod, "PodScheduled").get("message"):
                return Seen(False, f"{observe.name_of(pod)} has no node", why=str(message))
        return Seen(False, waits)

    def _restart(self, pod: Json, ref: Ref) -> str:
        """Ends the back-off of a crashed pod of our own adapter (never of anybody else's)."""
        owners = pod["metadata"].get("ownerReferences") or ()
        ours = any(str(owner.get("name", "")).startswith(f"{ref.name}-") for owner in owners)
        now = self.clock.monotonic()
        last = self._restarted.get(ref.name)
        if not ours or (last is not None and now - last < RESTART_EVERY):
            return ""
        self._restarted[ref.name] = now
        if last is None:
            # The first look: give it the back-off it has, the grant may be seconds old.
            return ""
        pod_ref = Ref.to(POD, observe.name_of(pod), observe.namespace_of(pod))
        try:
            self.cluster.delete(pod_ref, uid=pod["metadata"].get("uid"))
        except PermissionDenied:
            return ""
        return "; restarted it"

    def _values(self) -> Seen:
        """Whether every metric of the autoscaler answers with a value, asked as it will ask."""
        hpa = self._hpa_manifest()
        if hpa is None:
            return Seen(True, "available")
        labels, hint = self._pod_labels(), self._hint()
        return adapter_values.look(hpa, labels, self.plan.setup, self.cluster, hint)

    def _hpa(self, step: Step) -> Seen:
        (manifest,) = _manifests(step)
        live = self.cluster.get(Ref.of(manifest))
        if live is None:
            return Seen(False, "the autoscaler is gone")
        active = observe.condition(live, "ScalingActive")
        able = observe.condition(live, "AbleToScale")
        if active.get("status") == "False" or able.get("status") == "False":
            bad = active if active.get("status") == "False" else able
            return Seen(
                False,
                f"{bad.get('reason', '')}: {bad.get('message', '')}",
                fix=_FIXES.get(str(bad.get("reason")), ""),
                hopeless=bad.get("reason") == "AmbiguousSelector",
            )
        current = (live.get("status") or {}).get("currentMetrics") or ()
        values = [_current_value(metric) for metric in current]
        wanted = len(manifest["spec"]["metrics"])
        if active.get("status") != "True" or len(values) < wanted or None in values:
            return Seen(False, "waiting for the controller's next look, every 15 s")
        shown = ", ".join(str(value) for value in values)
        return Seen(True, f"ScalingActive, current {shown}")

    def _written(self, step: Step) -> Seen:
        """Whether an act's values are read back; what it is for shows in the decisions to come."""
        for change in step.changes:
            if isinstance(change, Update):
                live = self.cluster.get(change.ref) or {}
                if any(diff.value_at(live, each.path) != each.after for each in change.fields):
                    return Seen(False, f"{change.ref} does not read back as written")
        return Seen(True, f"{self.plan.act}: read back as written")

    def _taken_back(self, step: Step) -> Seen:
        for change in step.changes:
            match change:
                case Delete(ref=ref, live=live):
                    left = self.cluster.get(ref)
                    if left is not None and left["metadata"]["uid"] == live["metadata"]["uid"]:
                        return Seen(False, f"{ref} is still going away")
                case Update(ref=ref, fields=fields):
                    live = self.cluster.get(ref) or {}
                    if any(diff.value_at(live, each.path) != each.after for each in fields):
                        return Seen(False, f"{ref} is not yet as it was")
                    if ref.kind == DEPLOYMENT and (waits := awaited.rollout(live)):
                        return Seen(False, waits)
                case Revoke(project=project, binding=binding) if self.cloud is not None:
                    policy = google_writes.policy_of(project, change.account, self.cloud)
                    if binding in policy.bindings:
                        return Seen(False, "the binding is still in the policy")
                case DeleteAccount(project=project, email=email) if self.cloud is not None:
                    if self.cloud.service_account(project, email) is not None:
                        return Seen(False, f"service account {email} is still there")
                case _:
                    pass
        return Seen(True, "taken back" if step.changes else "nothing to take back")

    def _of_origin(self, origin: Origin) -> tuple[str, ...]:
        if self.profile is None:
            return ()
        return risks.metrics_of(self.plan.setup, self.profile, origin)

    def _hint(self) -> str:
        """What else may be missing: a step somebody else has to do."""
        pending = [step.title for step in self.plan.steps if step.handed_over]
        return f"Handed over and not done here: {', '.join(pending)}." if pending else ""

    def _hpa_manifest(self) -> Json | None:
        for step in self.plan.steps:
            if step.id is StepId.HPA:
                return next(iter(_manifests(step)), None)
        return None

    def _pod_labels(self) -> dict[str, str]:
        workload = self.plan.setup.workload
        live = observe.deployment(self.cluster, workload.namespace, workload.deployment)
        if live is None:
            return dict(workload.selector)
        return dict(live["spec"]["selector"].get("matchLabels") or workload.selector)


_FIXES = {
    "AmbiguousSelector": "Delete the other HPA on this Deployment.",
    "FailedGetScale": "Correct workload.deployment.",
    "ScalingDisabled": "The Deployment is scaled to 0: scale it to at least 1.",
}


def _manifests(step: Step) -> list[Json]:
    """What a step's objects should be; what is kept is as wanted already."""
    found: list[Json] = []
    for change in step.changes:
        if isinstance(change, InstallRelease):
            found.extend(change.objects)
        elif isinstance(change, Create | Update | Keep):
            found.append(change.live if isinstance(change, Keep) else change.manifest)
    return found


def _current_value(metric: Json) -> str | None:
    """The value in one entry of `status.currentMetrics`, None when it is empty."""
    source = metric.get(str(metric.get("type", "")).lower()) or {}
    current = source.get("current") or {}
    value = current.get("averageValue") or current.get("value")
    return None if value is None else str(value)


def _count(things: Sequence[object], word: str) -> str:
    return f"{len(things)} {word}{'' if len(things) == 1 else 's'}"
