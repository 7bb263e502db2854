"""The order of the wizard's steps, and how they stand on the rail."""

from __future__ import annotations

import pytest

from jetscale_tui.domain import flow
from jetscale_tui.domain.flow import Mark, WizardStep


def test_steps_follow_each_other_from_the_welcome_to_apply() -> None:
    walked = [WizardStep.WELCOME]
    while (following := flow.after(walked[-1])) is not None:
        assert flow.before(following) is walked[-1]
        walked.append(following)
    assert walked == list(WizardStep)
    assert flow.before(WizardStep.WELCOME) is None


@pytest.mark.parametrize(
    ("path", "step"),
    [
        ("google.project", WizardStep.CLUSTER),
        ("kubernetes.context", WizardStep.CLUSTER),
        ("workload.selector.app", WizardStep.WORKLOAD),
        ("adapter.prometheus.release", WizardStep.ADAPTER),
        ("scrape.tpu.interval", WizardStep.ADAPTER),
        ("scaling.metrics[0].target", WizardStep.METRICS),
        ("metadata.name", WizardStep.REVIEW),
        ("something.new", WizardStep.REVIEW),
    ],
)
def test_every_field_is_answered_on_one_step(path: str, step: WizardStep) -> None:
    assert flow.step_of(path) is step


def test_the_rail_shows_what_is_done_where_one_is_and_what_is_to_come() -> None:
    marks = {e.step: e.mark for e in flow.rail(WizardStep.WORKLOAD, WizardStep.WORKLOAD)}
    assert marks[WizardStep.PREREQUISITES] is Mark.DONE
    assert marks[WizardStep.WORKLOAD] is Mark.CURRENT
    assert marks[WizardStep.ADAPTER] is Mark.TODO


def test_going_back_keeps_what_was_done_and_where_one_had_got_to() -> None:
    marks = {e.step: e.mark for e in flow.rail(WizardStep.CLUSTER, WizardStep.METRICS)}
    assert marks[WizardStep.ADAPTER] is Mark.DONE
    assert marks[WizardStep.METRICS] is Mark.TODO


def test_a_problem_is_counted_on_its_step_once_that_step_was_seen() -> None:
    paths = ("scaling.metrics[0].target", "scaling.minReplicas", "workload.service")
    seen = {e.step: e for e in flow.rail(WizardStep.REVIEW, WizardStep.REVIEW, paths)}
    assert (seen[WizardStep.METRICS].mark, seen[WizardStep.METRICS].problems) == (Mark.PROBLEM, 2)
    unseen = {e.step: e for e in flow.rail(WizardStep.CLUSTER, WizardStep.CLUSTER, paths)}
    assert (unseen[WizardStep.METRICS].mark, unseen[WizardStep.METRICS].problems) == (Mark.TODO, 0)


def test_the_rail_leads_only_where_one_has_been() -> None:
    assert flow.can_open(WizardStep.CLUSTER, WizardStep.WORKLOAD)
    assert not flow.can_open(WizardStep.APPLY, WizardStep.WORKLOAD)


def test_steps_have_names_for_people() -> None:
    assert WizardStep.PREREQUISITES.heading == "Prerequisites"


def test_of_two_steps_one_is_further_along() -> None:
    assert flow.position(WizardStep.WELCOME) < flow.position(WizardStep.REVIEW)
