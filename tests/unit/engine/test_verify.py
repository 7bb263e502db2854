from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.google import Binding, ServiceState
from jetscale_tui.domain.kinds import API_SERVICE, DEPLOYMENT, HPA, POD, Json, Ref
from jetscale_tui.domain.monitoring import Availability, QueryAnswer, QueryRow
from jetscale_tui.engine.plan import Delete, FieldChange, Keep, Plan, Revoke, Step, StepId, Update
from jetscale_tui.engine.planner import build_plan
from jetscale_tui.engine.verify import RESTART_EVERY, Verifier
from jetscale_tui.errors import AuthError, PermissionDenied, Unreachable
from tests.fakes import FakeClock, FakeCloud
from tests.unit.engine.scene import (
    PAGE_PATH,
    PROFILE,
    SETUP,
    WorkingCluster,
    gke,
    hpa,
    pod,
    setup_with,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.waiting import Seen

ADAPTER = "custom-metrics-stackdriver-adapter"
ADAPTER_REF = Ref.to(DEPLOYMENT, ADAPTER, "custom-metrics")
ADAPTER_LABELS = {"run": ADAPTER, "k8s-app": ADAPTER}
METRIC_PATH = (
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/"
    "prometheus.googleapis.com%7Cjetstream_prefill_backlog_size%7Cgauge"
)


class Looking:
    """A plan whose objects are all there, and a look at its steps."""

    def __init__(self, setup: Setup = SETUP) -> None:
        self.cloud = FakeCloud(gke())
        self.cluster = WorkingCluster(self.cloud)
        self.clock = FakeClock()
        self.plan: Plan = build_plan(setup, PROFILE, self.cluster, self.cloud)
        for step in self.plan.steps:
            for change in step.changes:
                manifest: Json | None = getattr(change, "manifest", None)
                if manifest is not None:
                    self.cluster.apply(manifest)
        self.cloud.bindings.add(Binding("roles/owner", "user:x"))
        self.verifier = Verifier(self.plan, PROFILE, self.cluster, self.cloud, self.clock)

    def at(self, which: StepId) -> Seen:
        step = next(step for step in self.plan.steps if step.id is which)
        return self.verifier.look(step)()

    def crashed_adapter(self, **metadata: Any) -> Json:
        self.cluster.change(ADAPTER_REF, lambda _: None)
        self.cluster.objects[ADAPTER_REF]["status"] = {}
        crashed = pod(
            f"{ADAPTER}-1", labels=ADAPTER_LABELS, ready=False, namespace="custom-metrics"
        )
        crashed["status"]["containerStatuses"] = [
            {
                "name": "c",
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"message": "Error 403: Permission denied"}},
            }
        ]
        crashed["metadata"]["ownerReferences"] = [{"name": f"{ADAPTER}-5d8"}]
        crashed["metadata"].update(metadata)
        return self.cluster.put(crashed)


@pytest.fixture
def looking() -> Looking:
    return Looking()


@pytest.mark.parametrize("step", [step for step in StepId if step is not StepId.METRICS_PORT])
def test_when_everything_works_every_step_is_seen_to_work(looking: Looking, step: StepId) -> None:
    if step is StepId.ADAPTER_IDENTITY:
        looking.cloud.add_bindings("my-project", [c.binding for c in grants(looking.plan)])
    assert looking.at(step).done


def grants(plan: Plan) -> list[Any]:
    return [*next(s for s in plan.steps if s.id is StepId.ADAPTER_IDENTITY).changes]


class TestServices:
    def test_a_service_that_is_not_enabled_yet_is_waited_for(self, looking: Looking) -> None:
        looking.cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
        seen = looking.at(StepId.SERVICES)
        assert not seen.done
        assert "monitoring.googleapis.com" in seen.detail

    def test_without_services_there_is_nothing_to_see(self, looking: Looking) -> None:
        assert looking.verifier.look(Step(StepId.SERVICES, ()))().done


class TestScrape:
    def test_the_ready_pods_and_the_port_are_named(self, looking: Looking) -> None:
        detail = looking.at(StepId.SCRAPE_SERVER).detail
        assert detail == (
            "1 ready pod selected, port 9100 answers; Cloud Monitoring has no values yet"
        )

    def test_it_is_said_once_cloud_monitoring_has_values(self, looking: Looking) -> None:
        name = "prometheus.googleapis.com/jetstream_prefill_backlog_size/"
        row = QueryRow({}, 3.0)
        looking.cloud.queried[name] = QueryAnswer("", Availability.DATA, (row,))
        assert looking.at(StepId.SCRAPE_SERVER).detail.endswith("; Cloud Monitoring has values")
        looking.cloud.queried[name] = QueryAnswer("", Availability.FORBIDDEN)
        assert looking.at(StepId.SCRAPE_SERVER).detail.endswith("answers")
        looking.cloud.refusals["promql"] = Unreachable("no answer")
        assert looking.at(StepId.SCRAPE_SERVER).detail.endswith("answers")
        looking.cloud.refusals["promql"] = AuthError("expired")
        with pytest.raises(AuthError):
            looking.at(StepId.SCRAPE_SERVER)

    def test_a_port_this_person_may_not_ask_is_no_reason_to_stop(self, looking: Looking) -> None:
        looking.cluster.answers[PAGE_PATH] = PermissionDenied("You may not get pods/proxy.")
        seen = looking.at(StepId.SCRAPE_SERVER)
        assert seen.done
        assert "port 9100 may not be asked by you" in seen.detail

    def test_labels_no_pod_carries_are_named(self, looking: Looking) -> None:
        looking.cluster.delete(Ref.to(POD, "server-1", "default"))
        seen = looking.at(StepId.SCRAPE_SERVER)
        assert not seen.done
        assert seen.detail == "No pod in default carries app=maxengine-server."

    def test_pods_that_start_are_waited_for(self, looking: Looking) -> None:
        looking.cluster.put(pod(ready=False))
        assert "none is ready yet" in looking.at(StepId.SCRAPE_SERVER).detail

    def test_a_silent_port_is_named_with_the_reason(self, looking: Looking) -> None:
        looking.cluster.answers[PAGE_PATH] = Unreachable("x", why="connection refused")
        seen = looking.at(StepId.SCRAPE_SERVER)
        assert "does not answer with metrics on port 9100" in seen.detail
        assert seen.why == "connection refused"

    def test_a_metric_that_is_not_emitted_is_named_with_those_that_are(
        self, looking: Looking
    ) -> None:
        looking.cluster.answers[PAGE_PATH] = "other 1"
        seen = looking.at(StepId.SCRAPE_SERVER)
        assert "jetstream_prefill_backlog_size" in seen.detail
        assert seen.why == "It emits other."

    def test_an_exporter_that_nothing_chosen_needs_may_be_absent(self, looking: Looking) -> None:
        seen = looking.at(StepId.SCRAPE_TPU)
        assert seen.done
        assert "no chosen metric needs one" in seen.detail
        looking.cluster.put(
            pod("plugin", labels={"k8s-app": "tpu-device-plugin"}, namespace="kube-system")
        )
        assert looking.at(StepId.SCRAPE_TPU).detail == "1 ready exporter pod selected"

    def test_an_exporter_a_chosen_metric_needs_is_waited_for(self) -> None:
        metrics = SETUP.scaling.metrics[0].model_copy(update={"name": "memory_used"})
        looking = Looking(setup_with(scaling={"metrics": (metrics,)}))
        assert not looking.at(StepId.SCRAPE_TPU).done
        exporter = pod("plugin", labels={"k8s-app": "tpu-device-plugin"}, namespace="kube-system")
        looking.cluster.put(exporter)
        assert "does not answer with metrics on port 2112" in looking.at(StepId.SCRAPE_TPU).detail
        path = "/api/v1/namespaces/kube-system/pods/plugin:2112/proxy/metrics"
        looking.cluster.answers[path] = "memory_used 1"
        assert looking.at(StepId.SCRAPE_TPU).detail == "1 ready exporter pod selected"

    def test_a_rollout_is_waited_for_before_the_port_is_asked(self, looking: Looking) -> None:
        look = looking.verifier.look(Step(StepId.METRICS_PORT, ()))
        assert look().done
        ref = Ref.to(DEPLOYMENT, "maxengine-server", "default")
        looking.cluster.objects[ref]["status"]["observedGeneration"] = 0
        assert look().detail == "maxengine-server: waiting for the rollout to begin"
        looking.cluster.objects[ref]["status"] = {"observedGeneration": 1}
        assert look().detail == "maxengine-server: 0 of 1 pods available"
        looking.cluster.delete(ref)
        assert look().detail == "the Deployment is gone"


class TestIdentity:
    def test_a_binding_that_is_not_read_back_is_waited_for(self, looking: Looking) -> None:
        assert not looking.at(StepId.ADAPTER_IDENTITY).done

    def test_a_policy_that_cannot_be_read_back_is_said(self, looking: Looking) -> None:
        looking.cloud.refusals["policy"] = PermissionDenied("You may not read the policy.")
        seen = looking.at(StepId.ADAPTER_IDENTITY)
        assert seen.done
        assert "cannot be read back" in seen.detail

    def test_without_a_profile_no_metric_is_expected_at_the_endpoint(
        self, looking: Looking
    ) -> None:
        looking.verifier.profile = None
        looking.cluster.answers[PAGE_PATH] = "other 1"
        assert looking.at(StepId.SCRAPE_SERVER).done

    def test_without_grants_there_is_nothing_to_see(self, looking: Looking) -> None:
        assert looking.verifier.look(Step(StepId.ADAPTER_IDENTITY, ()))().done


class TestAdapter:
    def test_the_values_it_answers_with_are_shown(self, looking: Looking) -> None:
        assert looking.at(StepId.ADAPTER).detail == (
            "prometheus.googleapis.com|jetstream_prefill_backlog_size|gauge = 3"
        )

    def test_a_deployment_that_is_not_available_is_waited_for(self, looking: Looking) -> None:
        looking.cluster.objects[ADAPTER_REF]["status"] = {}
        assert looking.at(StepId.ADAPTER).detail == f"{ADAPTER}: 0 of 1 pods available"
        looking.cluster.delete(ADAPTER_REF)
        assert looking.at(StepId.ADAPTER).detail.endswith("is not there")

    def test_an_api_that_is_not_available_is_named_with_the_reason(self, looking: Looking) -> None:
        ref = Ref.to(API_SERVICE, "v1beta1.custom.metrics.k8s.io")
        state = {"type": "Available", "status": "False", "reason": "FailedDiscoveryCheck"}
        looking.cluster.objects[ref]["status"] = {"conditions": [{**state, "message": "timeout"}]}
        seen = looking.at(StepId.ADAPTER)
        assert seen.detail == "v1beta1.custom.metrics.k8s.io: FailedDiscoveryCheck"
        assert seen.why == "timeout"
        assert "private control plane" in seen.fix
        looking.cluster.delete(ref)
        assert looking.at(StepId.ADAPTER).detail.endswith("not served yet")

    def test_a_pod_without_a_node_says_why(self, looking: Looking) -> None:
        looking.cluster.objects[ADAPTER_REF]["status"] = {}
        homeless = pod("a", labels=ADAPTER_LABELS, ready=False, namespace="custom-metrics")
        message = "untolerated taint {google.com/tpu: present}"
        homeless["status"]["conditions"][0].update(status="False", message=message)
        looking.cluster.put(homeless)
        assert looking.at(StepId.ADAPTER).why == message

    def test_a_pod_that_runs_but_is_not_ready_is_waited_for(self, looking: Looking) -> None:
        looking.cluster.objects[ADAPTER_REF]["status"] = {}
        starting = pod("a", labels=ADAPTER_LABELS, ready=False, namespace="custom-metrics")
        looking.cluster.put(starting)
        assert looking.at(StepId.ADAPTER).detail == f"{ADAPTER}: 0 of 1 pods available"

    def test_a_crash_before_the_grant_took_effect_is_a_wait_for_iam(self, looking: Looking) -> None:
        looking.crashed_adapter()
        seen = looking.at(StepId.ADAPTER)
        assert not seen.done
        assert "waiting for Google IAM" in seen.detail
        assert "Error 403: Permission denied" in seen.why

    def test_a_crashed_pod_of_ours_is_restarted_once_in_a_while(self, looking: Looking) -> None:
        looking.crashed_adapter()
        looking.at(StepId.ADAPTER)
        looking.clock.seconds += RESTART_EVERY - 1
        assert "restarted" not in looking.at(StepId.ADAPTER).detail
        looking.clock.seconds += 2
        assert looking.at(StepId.ADAPTER).detail.endswith("; restarted it")
        assert Ref.to(POD, f"{ADAPTER}-1", "custom-metrics") not in looking.cluster.objects

    def test_a_pod_of_somebody_else_is_never_restarted(self, looking: Looking) -> None:
        looking.crashed_adapter(ownerReferences=[{"name": "somebody-else"}])
        for _ in range(3):
            looking.at(StepId.ADAPTER)
            looking.clock.seconds += RESTART_EVERY + 1
        assert looking.cluster.list(POD, "custom-metrics")

    def test_without_the_right_to_restart_the_wait_goes_on(self, looking: Looking) -> None:
        looking.crashed_adapter()
        looking.at(StepId.ADAPTER)
        looking.clock.seconds += RESTART_EVERY + 1

        def refuse(what: str) -> None:
            raise PermissionDenied("no")

        looking.cluster.before_write = refuse
        assert "restarted" not in looking.at(StepId.ADAPTER).detail

    def test_a_metric_without_a_value_is_waited_for(self, looking: Looking) -> None:
        looking.cloud.bindings.clear()
        seen = looking.at(StepId.ADAPTER)
        assert not seen.done
        assert "no value of prometheus.googleapis.com|jetstream_prefill" in seen.detail

    def test_an_api_that_refuses_is_no_value_yet(self, looking: Looking) -> None:
        looking.cloud.bindings.clear()
        looking.cluster.answers[METRIC_PATH] = Unreachable("503", why="unavailable", fix="wait")
        seen = looking.at(StepId.ADAPTER)
        assert not seen.done
        assert (seen.why, seen.fix) == ("unavailable", "wait")

    def test_what_was_handed_over_is_named_as_a_possible_cause(self) -> None:
        looking = Looking(setup_with(google={"project": None}))
        looking.cloud.bindings.clear()
        assert (
            "Handed over and not done here: Enable Google services, Adapter identity."
            in looking.at(StepId.ADAPTER).why
        )

    def test_without_an_autoscaler_in_the_plan_being_available_is_enough(
        self, looking: Looking
    ) -> None:
        from dataclasses import replace

        steps = tuple(step for step in looking.plan.steps if step.id is not StepId.HPA)
        looking.verifier.plan = replace(looking.plan, steps=steps)
        assert looking.at(StepId.ADAPTER).detail == "available"

    def test_without_the_server_its_labels_come_from_the_setup(self, looking: Looking) -> None:
        looking.cluster.delete(Ref.to(DEPLOYMENT, "maxengine-server", "default"))
        assert looking.at(StepId.ADAPTER).done


class TestAutoscaler:
    REF = Ref.to(HPA, "jetstream-hpa", "default")

    def status(self, looking: Looking, **status: Any) -> Seen:
        looking.cluster.objects[self.REF]["status"] = status
        return looking.at(StepId.HPA)

    def condition(self, kind: str, status: str, reason: str = "R") -> Json:
        return {"type": kind, "status": status, "reason": reason, "message": "because"}

    def test_the_current_values_are_shown(self, looking: Looking) -> None:
        assert looking.at(StepId.HPA).detail == "ScalingActive, current 3"

    def test_an_inactive_autoscaler_says_its_reason(self, looking: Looking) -> None:
        inactive = self.condition("ScalingActive", "False", "FailedGetPodsMetric")
        seen = self.status(looking, conditions=[inactive])
        assert seen.detail == "FailedGetPodsMetric: because"
        assert not seen.hopeless

    def test_two_autoscalers_on_one_target_are_hopeless(self, looking: Looking) -> None:
        inactive = self.condition("ScalingActive", "False", "AmbiguousSelector")
        seen = self.status(looking, conditions=[inactive])
        assert seen.hopeless
        assert seen.fix == "Delete the other HPA on this Deployment."

    def test_a_target_that_is_not_found_says_so(self, looking: Looking) -> None:
        unable = self.condition("AbleToScale", "False", "FailedGetScale")
        assert self.status(looking, conditions=[unable]).fix == "Correct workload.deployment."

    @pytest.mark.parametrize("current", [[], [{"type": ""}], [{"type": "Pods", "pods": {}}]])
    def test_an_empty_value_is_no_value(self, looking: Looking, current: list[Json]) -> None:
        active = self.condition("ScalingActive", "True")
        assert not self.status(looking, conditions=[active], currentMetrics=current).done

    def test_before_the_controllers_first_look_there_is_nothing(self, looking: Looking) -> None:
        assert "every 15 s" in self.status(looking).detail

    def test_an_autoscaler_that_is_gone_is_said(self, looking: Looking) -> None:
        looking.cluster.delete(self.REF)
        assert looking.at(StepId.HPA).detail == "the autoscaler is gone"


class TestTakingBack:
    def verifier(self, looking: Looking) -> Verifier:
        from dataclasses import replace

        plan = replace(looking.plan, undo_of="run")
        return Verifier(plan, None, looking.cluster, looking.cloud, looking.clock)

    def test_deleted_objects_are_waited_for_until_they_are_gone(self, looking: Looking) -> None:
        live = looking.cluster.put(hpa("old"))
        ref = Ref.of(live)
        look = self.verifier(looking).look(Step(StepId.HPA, (Delete(ref, live),)))
        assert look().detail == "HorizontalPodAutoscaler default/old is still going away"
        looking.cluster.delete(ref)
        assert look().done
        looking.cluster.put(hpa("old"))
        assert look().done, "another object of that name is somebody else's"

    def test_restored_fields_are_looked_at_and_a_rollout_is_waited_for(
        self, looking: Looking
    ) -> None:
        ref = Ref.to(DEPLOYMENT, "maxengine-server", "default")
        change = Update(ref, {}, {}, (FieldChange("spec.replicas", 2, 1),), restore=True)
        look = self.verifier(looking).look(Step(StepId.METRICS_PORT, (change,)))
        assert look().done
        looking.cluster.objects[ref]["status"] = {"observedGeneration": 1}
        assert look().detail == "maxengine-server: 0 of 1 pods available"
        looking.cluster.objects[ref]["spec"]["replicas"] = 5
        assert look().detail.endswith("is not yet as it was")
        hpa_ref = Ref.of(looking.cluster.put(hpa("old")))
        other = Update(hpa_ref, {}, {}, (FieldChange("spec.maxReplicas", 9, 2),), restore=True)
        assert self.verifier(looking).look(Step(StepId.HPA, (other,)))().done

    def test_revoked_bindings_are_read_back_too(self, looking: Looking) -> None:
        binding = Binding("roles/owner", "user:x")
        revoke = Revoke("my-project", binding)
        look = self.verifier(looking).look(Step(StepId.ADAPTER_IDENTITY, (revoke,)))
        assert not look().done
        looking.cloud.bindings.clear()
        assert look().done

    def test_what_undo_does_not_touch_is_not_looked_for(self, looking: Looking) -> None:
        keep = Keep(Ref.to(HPA, "h", "default"), {})
        assert self.verifier(looking).look(Step(StepId.HPA, (keep,)))().done

    def test_nothing_to_take_back_is_done(self, looking: Looking) -> None:
        look = self.verifier(looking).look(Step(StepId.HPA, ()))
        assert look().detail == "nothing to take back"
