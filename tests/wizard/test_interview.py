"""The interview without a screen: its order, its proposals, what stops it, what it keeps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.flow import Mark, WizardStep
from jetscale_tui.domain.spec import AdapterKind, Setup
from jetscale_tui.engine.checks import CheckState, Finding
from jetscale_tui.engine.detect import ApiOwner
from jetscale_tui.errors import Unreachable
from jetscale_tui.wizard import answers
from jetscale_tui.wizard.adapters import contested, taking_over
from jetscale_tui.wizard.beginnings import Beginning, beginnings
from jetscale_tui.wizard.drafts import load_draft
from jetscale_tui.wizard.interview import Interview
from jetscale_tui.wizard.obstacles import WayOut
from jetscale_tui.wizard.opening import Given, find_whereabouts, nothing_given, open_backend
from jetscale_tui.wizard.places import look_at_cluster
from jetscale_tui.wizard.topics import Topic
from jetscale_tui.wizard.workloads import find_servers, look_at
from tests.tui.fakes import (
    CONTEXT,
    GKE,
    FakeBackend,
    FakeCloud,
    deployment,
    healthy_cluster,
    second_context,
)

if TYPE_CHECKING:
    from collections.abc import Callable

STACKDRIVER = ApiOwner(
    "v1beta1.custom.metrics.k8s.io",
    "custom-metrics",
    "custom-metrics-stackdriver-adapter",
    True,
    "",
)
KEDA = ApiOwner(
    "v1beta1.external.metrics.k8s.io", "keda", "keda-operator-metrics-apiserver", True, ""
)


def opened(backend: FakeBackend | None = None, given: Given | None = None) -> Interview:
    there = backend or FakeBackend(cloud=FakeCloud())
    return Interview.of(open_backend(lambda: there, lambda: given or nothing_given()))


def looked_around(interview: Interview) -> Interview:
    """What both faces find out by themselves."""
    context = interview.desk.draft.kubernetes.context
    where = find_whereabouts(interview.desk.backend, interview.desk.draft)
    interview = interview.located(context, where)
    interview = interview.served(context, find_servers(interview.desk))
    cluster = look_at_cluster(interview.desk)
    interview = interview.learned(lambda desk: replace(desk, cluster_look=cluster))
    server = look_at(interview.desk).look
    return interview.learned(lambda desk: replace(desk, server_look=server, owners=()))


def maximum(interview: Interview) -> int:
    return interview.desk.draft.scaling.max_replicas


class TestProposals:
    def test_the_maximum_is_what_the_chips_hold(self) -> None:
        given = Given(answers.with_limits(Setup(), maximum=9))
        assert maximum(opened(given=given)) == 9
        assert maximum(looked_around(opened(given=given))) == 2

    def test_an_answer_is_not_proposed_over(self) -> None:
        nine = answers.with_limits(Setup(), maximum=9)
        by_flag = Given(nine, frozenset({Topic.MAXIMUM}))
        assert maximum(looked_around(opened(given=by_flag))) == 9
        by_person = opened().answered(lambda setup: answers.with_limits(setup, maximum=7))
        assert maximum(looked_around(by_person)) == 7

    def test_a_server_is_taken_with_its_labels_and_chips(self) -> None:
        cluster = healthy_cluster()
        cluster.objects.clear()
        cluster.put(deployment("another"))
        backend = FakeBackend(cluster, FakeCloud())
        interview = opened(backend)
        interview = interview.served(CONTEXT.name, find_servers(interview.desk))
        workload = interview.desk.draft.workload
        assert workload.deployment == "another"
        assert workload.selector == {"app": "another"}

    def test_a_server_that_was_named_stays_and_tells_what_was_not_said(self) -> None:
        cluster = healthy_cluster()
        cluster.put(deployment("another"))
        named = answers.server_named(Setup(), "default", "another")
        fields = frozenset({"workload.deployment", "workload.metricsPort"})
        interview = opened(FakeBackend(cluster, FakeCloud()), Given(named, fields))
        interview = interview.served(CONTEXT.name, find_servers(interview.desk))
        workload = interview.desk.draft.workload
        assert workload.deployment == "another"
        assert workload.selector == {"app": "another"}

    def test_what_a_file_says_of_the_server_stays(self) -> None:
        own = {"selector": {"role": "server"}, "chips_per_replica": 4}
        setup = Setup()
        setup = setup.model_copy(update={"workload": setup.workload.model_copy(update=own)})
        fields = frozenset({"workload.selector.role", "workload.chipsPerReplica"})
        interview = opened(given=Given(setup, fields))
        interview = interview.served(CONTEXT.name, find_servers(interview.desk))
        assert interview.desk.draft.workload.selector == {"role": "server"}
        assert interview.desk.draft.workload.chips_per_replica == 4

    def test_of_a_server_nobody_recognises_the_deployment_tells_labels_and_chips(self) -> None:
        cluster = healthy_cluster()
        strange = deployment("strange")
        container = strange["spec"]["template"]["spec"]["containers"][0]
        container.update(name="vllm", image="vllm:1", resources={"limits": {"google.com/tpu": 4}})
        cluster.put(strange)
        interview = looked_around(opened(FakeBackend(cluster, FakeCloud())))
        interview = interview.answered(
            lambda setup: answers.server_named(setup, "default", "strange")
        )
        look = look_at(interview.desk).look
        interview = interview.learned(lambda desk: replace(desk, server_look=look))
        assert interview.desk.draft.workload.selector == {"app": "strange"}
        assert interview.desk.draft.workload.chips_per_replica == 4

    def test_the_adapter_that_is_there_is_proposed(self) -> None:
        prometheus = replace(STACKDRIVER, service="prometheus-adapter")
        interview = opened().learned(lambda desk: replace(desk, owners=(prometheus,)))
        assert interview.desk.draft.adapter.kind is AdapterKind.PROMETHEUS
        broken = replace(prometheus, available=False)
        interview = opened().learned(lambda desk: replace(desk, owners=(broken,)))
        assert interview.desk.draft.adapter.kind is AdapterKind.STACKDRIVER

    def test_google_tells_the_names_of_the_cluster(self) -> None:
        assert looked_around(opened()).desk.draft.google.cluster == "tpu-cluster"


class TestAnotherCluster:
    def test_what_was_found_out_about_the_last_one_is_dropped(self) -> None:
        backend = FakeBackend(cloud=FakeCloud(), contexts=(CONTEXT, second_context()))
        interview = looked_around(opened(backend))
        moved = interview.answered(lambda setup: answers.moved_to(setup, "kind-local", None))
        desk = moved.desk
        assert (desk.whereabouts, desk.servers, desk.cluster_look, desk.owners) == (None,) * 4
        assert desk.draft.google.cluster is None

    def test_google_stays_out_where_the_answers_left_it_out(self) -> None:
        other = second_context("gke_my-project_europe-west4_other")
        backend = FakeBackend(cloud=FakeCloud(), contexts=(CONTEXT, other))
        left_out = Given(Setup(), frozenset({"google.project"}))
        interview = Interview.of(open_backend(lambda: backend, lambda: left_out))
        moved = interview.answered(lambda setup: answers.moved_to(setup, other.name, None))
        assert moved.desk.draft.kubernetes.context == other.name
        assert moved.desk.draft.google.project is None
        assert moved.desk.without_google
        back = moved.answered(lambda setup: answers.moved_to(setup, CONTEXT.name, GKE))
        assert back.desk.draft.google.project is None

    def test_a_late_answer_about_the_last_one_is_of_no_interest(self) -> None:
        backend = FakeBackend(cloud=FakeCloud(), contexts=(CONTEXT, second_context()))
        interview = opened(backend)
        servers = find_servers(interview.desk)
        moved = interview.answered(lambda setup: answers.moved_to(setup, "kind-local", None))
        assert moved.served(CONTEXT.name, servers) is moved
        where = find_whereabouts(backend, interview.desk.draft)
        assert moved.located(CONTEXT.name, where) is moved

    def test_another_server_has_its_chips_counted_anew(self) -> None:
        interview = looked_around(opened())
        other = interview.answered(lambda setup: answers.server_named(setup, "default", "vllm"))
        assert other.desk.cluster_look is None
        assert other.desk.server_look is None


def at(step: WizardStep, interview: Interview | None = None) -> Interview:
    return (interview or looked_around(opened())).at(step)


class TestObstacles:
    @pytest.mark.parametrize("step", list(WizardStep)[:6])
    def test_nothing_stands_in_the_way_of_a_healthy_walk(self, step: WizardStep) -> None:
        assert at(step).obstacle is None

    def test_failed_checks_are_said_once_for_these_findings(self) -> None:
        failed = Finding(CheckState.FAIL, "off", id="services", title="Google services")
        interview = at(WizardStep.PREREQUISITES).learned(lambda desk: desk.with_finding(failed))
        obstacle = interview.obstacle
        assert obstacle is not None
        assert (obstacle.what, obstacle.way_out) == ("1 check failed.", WayOut.INSIST)
        assert interview.forward() is interview
        assert interview.insist().forward().step is WizardStep.CLUSTER
        anew = interview.insist().learned(lambda desk: replace(desk, findings=()))
        assert anew.learned(lambda desk: desk.with_finding(failed)).obstacle is not None

    def test_a_finding_replaces_the_last_one_of_its_check(self) -> None:
        failed = Finding(CheckState.FAIL, "off", id="services")
        fine = Finding(CheckState.OK, "on", id="services")
        desk = opened().desk.with_finding(failed).with_finding(fine)
        assert desk.findings == (fine,)

    @pytest.mark.parametrize(
        ("step", "way_out"),
        [
            (WizardStep.CLUSTER, WayOut.CHOOSE),
            (WizardStep.WORKLOAD, WayOut.ASK_AGAIN),
            (WizardStep.ADAPTER, WayOut.ASK_AGAIN),
        ],
    )
    def test_what_cannot_be_asked_stops_until_it_can(
        self, step: WizardStep, way_out: WayOut
    ) -> None:
        error = Unreachable("10.0.0.1 does not answer.", fix="Use the VPN.")
        interview = at(step).learned(lambda desk: desk.with_failure(step, error))
        obstacle = interview.obstacle
        assert obstacle is not None
        assert (obstacle.what, obstacle.fix, obstacle.way_out) == (error.what, error.fix, way_out)
        healed = interview.learned(lambda desk: desk.with_failure(step, None))
        assert healed.obstacle is None

    def test_a_kubeconfig_without_contexts_stops_at_the_cluster(self) -> None:
        obstacle = at(WizardStep.CLUSTER, opened(FakeBackend(contexts=()))).obstacle
        assert obstacle is not None
        assert obstacle.what == "The kubeconfig has no context."

    def test_a_deployment_that_is_not_there_stops(self) -> None:
        interview = looked_around(opened()).answered(
            lambda setup: answers.server_named(setup, "default", "vllm")
        )
        look = look_at(interview.desk).look
        interview = at(
            WizardStep.WORKLOAD, interview.learned(lambda desk: replace(desk, server_look=look))
        )
        obstacle = interview.obstacle
        assert obstacle is not None
        assert obstacle.what == "There is no Deployment default/vllm."
        assert obstacle.way_out is WayOut.CHOOSE

    @pytest.mark.parametrize(
        ("change", "way_out"),
        [
            (lambda setup: answers.following(setup, []), WayOut.FOLLOW),
            (lambda setup: answers.with_limits(setup, minimum=5), WayOut.CORRECT),
        ],
    )
    def test_targets_and_limits_must_make_sense(
        self, change: Callable[[Setup], Setup], way_out: WayOut
    ) -> None:
        obstacle = at(WizardStep.METRICS).answered(change).obstacle
        assert obstacle is not None
        assert obstacle.way_out is way_out

    def test_a_project_that_a_later_answer_needs_leads_back(self) -> None:
        interview = opened(FakeBackend(contexts=(second_context(),)))
        interview = interview.answered(
            lambda setup: answers.moved_to(setup, "kind-local", None)
        ).answered(lambda setup: answers.with_adapter(setup, kind=AdapterKind.PROMETHEUS))
        names = {"location": "us-central1", "cluster": "tpu-cluster"}
        interview = interview.answered(
            lambda setup: setup.model_copy(update={"google": setup.google.model_copy(update=names)})
        )
        obstacle = at(WizardStep.METRICS, interview).obstacle
        assert obstacle is not None
        assert (obstacle.way_out, obstacle.step) == (WayOut.GO_BACK, WizardStep.CLUSTER)

    def test_a_review_without_a_plan_leads_nowhere(self) -> None:
        review = at(WizardStep.REVIEW)
        assert review.obstacle is not None
        assert review.forward() is review


class TestWalking:
    def test_back_keeps_every_answer(self) -> None:
        interview = at(WizardStep.METRICS).answered(
            lambda setup: answers.with_limits(setup, minimum=2)
        )
        earlier = interview.back()
        assert earlier.step is WizardStep.ADAPTER
        assert earlier.forward().desk.draft.scaling.min_replicas == 2
        assert at(WizardStep.WELCOME).back().step is WizardStep.WELCOME

    def test_the_rail_leads_only_where_the_person_has_been(self) -> None:
        interview = at(WizardStep.ADAPTER).back()
        assert interview.can_open(WizardStep.ADAPTER)
        assert not interview.can_open(WizardStep.METRICS)
        marks = {entry.step: entry.mark for entry in interview.rail}
        assert marks[WizardStep.CLUSTER] is Mark.DONE
        assert marks[WizardStep.WORKLOAD] is Mark.CURRENT
        assert marks[WizardStep.METRICS] is Mark.TODO

    def test_the_last_step_has_none_after_it(self) -> None:
        assert at(WizardStep.APPLY).forward().step is WizardStep.APPLY


class TestResuming:
    def test_an_unfinished_session_goes_on_where_it_stopped(self) -> None:
        answered = at(WizardStep.ADAPTER).answered(
            lambda setup: answers.with_limits(setup, minimum=2)
        )
        answered.keep()
        again = opened()
        assert beginnings(again.desk)[0].key == Beginning.RESUME
        resumed = again.begin(Beginning.RESUME)
        assert resumed.step is WizardStep.ADAPTER
        assert resumed.desk.draft == answered.desk.draft

    def test_what_was_a_proposal_then_is_one_still(self) -> None:
        at(WizardStep.CLUSTER).answered(lambda setup: answers.with_limits(setup, minimum=2)).keep()
        draft = load_draft("")
        assert draft is not None
        assert Topic.MINIMUM in draft.given
        assert Topic.MAXIMUM not in draft.given

    def test_an_unfinished_plan_is_made_anew(self) -> None:
        at(WizardStep.REVIEW).keep(WizardStep.APPLY)
        assert opened().begin(Beginning.RESUME).step is WizardStep.REVIEW

    def test_other_answers_or_another_place_leave_it_alone(self) -> None:
        at(WizardStep.ADAPTER).keep()
        flag = Given(Setup(), frozenset({Topic.MAXIMUM}))
        assert opened(given=flag).desk.opening.resume is None
        backend = FakeBackend(cloud=FakeCloud(), contexts=(CONTEXT, second_context()))
        kind = Setup()
        kind = kind.model_copy(
            update={"kubernetes": kind.kubernetes.model_copy(update={"context": "kind-local"})}
        )
        elsewhere = Given(kind, frozenset({Topic.CLUSTER}))
        assert opened(backend, elsewhere).desk.opening.resume is None
        assert opened(backend).desk.opening.resume is not None

    def test_setting_up_begins_with_the_checks(self) -> None:
        assert opened().begin(Beginning.SET_UP).step is WizardStep.PREREQUISITES
        assert opened().begin(Beginning.WATCH).step is WizardStep.WELCOME


class TestContestedApis:
    def test_an_api_of_another_adapter_is_taken_over_only_when_that_was_said(self) -> None:
        interview = looked_around(opened()).learned(
            lambda desk: replace(desk, owners=(STACKDRIVER, KEDA))
        )
        owners = contested(interview.desk)
        assert owners == (KEDA,)
        agreed = interview.learned(lambda desk: taking_over(desk, owners))
        assert contested(agreed.desk) == ()
        assert agreed.desk.choices is not None
        (ref,) = agreed.desk.choices.take_over
        assert ref.name == KEDA.api
