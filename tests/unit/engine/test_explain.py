from __future__ import annotations

import json
from dataclasses import replace

import pytest

from jetscale_tui.domain.corrections import Correction
from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.domain.rights import KubernetesRight
from jetscale_tui.engine import details, explain
from jetscale_tui.engine.plan import (
    Change,
    Create,
    Delete,
    EnableService,
    FieldChange,
    Grant,
    Keep,
    Plan,
    Revoke,
    Risk,
    Step,
    StepId,
    Update,
)
from jetscale_tui.engine.planner import build_plan
from tests.fakes import FakeCloud
from tests.unit.engine.scene import PROFILE, SETUP, cluster_with_server, gke

REF = Ref.to(HPA, "h", "default")
BINDING = Binding("roles/monitoring.viewer", "user:x")
UPDATE = Update(REF, {"m": 1}, {}, (FieldChange("spec.a", None, "x" * 100),))
RISK = Risk("X-1", "something is wrong", "mend it", blocking=True)


def plan_of(*changes: Change, **step: object) -> Plan:
    steps = (replace(Step(StepId.HPA, tuple(changes)), **step),)  # type: ignore[arg-type]
    return Plan(SETUP, "ctx", "https://10.0.0.1", None, "", steps)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (Create(REF, {}), "+ HorizontalPodAutoscaler default/h"),
        (UPDATE, "~ HorizontalPodAutoscaler default/h"),
        (replace(UPDATE, force=True), "~ HorizontalPodAutoscaler default/h  (taken over)"),
        (replace(UPDATE, restore=True), "~ HorizontalPodAutoscaler default/h  (as it was before)"),
        (Delete(REF, {}), "- HorizontalPodAutoscaler default/h"),
        (Keep(REF, {}), "= HorizontalPodAutoscaler default/h"),
        (Grant("p", BINDING), "+ roles/monitoring.viewer in p for user:x"),
        (Grant("p", BINDING, present=True), "= roles/monitoring.viewer in p for user:x"),
        (Revoke("p", BINDING), "- roles/monitoring.viewer in p from user:x"),
        (EnableService("p", "s"), "+ s in p"),
        (EnableService("p", "s", present=True), "= s in p"),
    ],
)
def test_every_change_is_one_line_that_begins_with_its_sign(change: Change, line: str) -> None:
    assert explain.line(change) == line


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((), "0 changes · 0 things already right · nothing is deleted"),
        (
            (Create(REF, {}), Keep(REF, {})),
            "1 change · 1 thing already right · nothing is deleted",
        ),
        ((Delete(REF, {}),), "1 change · 0 things already right · 1 deletion"),
    ],
)
def test_the_summary_counts(changes: tuple[Change, ...], said: str) -> None:
    assert explain.summary(plan_of(*changes)) == said


def test_the_text_tells_everything_a_person_should_see_before_agreeing() -> None:
    plan = build_plan(SETUP, PROFILE, cluster_with_server(), FakeCloud(gke()))
    text = explain.text(plan)
    for step in plan.steps:
        assert step.title in text
    assert "Cluster   gke_my-project_us-central1_tpu-cluster  (https://10.0.0.1)" in text
    assert "Project   my-project  as ana@example.com" in text
    assert "+ HorizontalPodAutoscaler default/jetstream-hpa" in text
    assert "Differs from the public guide" in text
    assert "Note: JetStream's repository was archived" in text


def test_a_changed_field_shows_both_values_shortened() -> None:
    lines = explain.text(plan_of(UPDATE)).splitlines()
    assert f"      spec.a: (none) → {'x' * 59}…" in lines


def test_values_stay_on_one_line() -> None:
    assert explain.value("a\nb") == "a\\nb"
    assert explain.value({"a": [1, "ü"]}) == '{"a": [1, "ü"]}'


def test_what_is_in_the_way_is_told_with_what_to_do() -> None:
    (create,) = (Create(REF, {}),)
    plan = build_plan(SETUP, PROFILE, cluster_with_server(), FakeCloud(gke()))
    missing = plan.steps[-1].rights[:1]
    text = explain.text(
        plan_of(create, risks=(RISK,), missing=missing, handed_over=True, commands=("kubectl x",))
    )
    assert "Autoscaler  (handed over)" in text
    assert f"  ! you may not: {missing[0]}" in text
    assert "  ✗ something is wrong\n    mend it" in text
    assert "Somebody who may has to run:\n    kubectl x" in text
    mild = explain.text(plan_of(Keep(REF, {}), risks=(replace(RISK, blocking=False),)))
    assert "Autoscaler  (nothing to do)" in mild
    assert "  ! something is wrong" in mild


def test_an_undo_says_what_it_takes_back() -> None:
    assert "Takes back run r1" in explain.text(replace(plan_of(), undo_of="r1"))


def test_without_an_identity_only_the_project_is_named() -> None:
    assert "Project   p\n" in explain.text(replace(plan_of(), project="p"))


class TestJson:
    """Fields of the JSON are a contract: tests may add to these, never take away."""

    def test_the_document(self) -> None:
        plan = build_plan(SETUP, PROFILE, cluster_with_server(), FakeCloud(gke()))
        document = json.loads(json.dumps(explain.as_json(plan)))
        assert document["apiVersion"] == "jetscale/v1"
        assert document["kind"] == "Plan"
        assert set(document) == {
            "apiVersion",
            "kind",
            "name",
            "undoOf",
            "context",
            "server",
            "project",
            "identity",
            "changes",
            "kept",
            "blocked",
            "steps",
            "corrections",
            "notes",
        }
        assert (document["changes"], document["kept"], document["blocked"]) == (17, 3, False)
        assert set(document["corrections"][0]) == {"id", "guide", "ours", "why", "source"}

    def test_a_step(self) -> None:
        document = explain.as_json(plan_of(Create(REF, {}), risks=(RISK,)))
        assert document["blocked"] is True
        (step,) = document["steps"]
        assert step == {
            "id": "hpa",
            "title": "Autoscaler",
            "writes": True,
            "handedOver": False,
            "changes": step["changes"],
            "rights": [],
            "missing": [],
            "commands": [],
            "verify": "",
            "undo": "",
            "risks": [
                {
                    "id": "X-1",
                    "what": "something is wrong",
                    "fix": "mend it",
                    "blocking": True,
                }
            ],
        }

    @pytest.mark.parametrize(
        ("change", "document"),
        [
            (
                Create(REF, {"m": 1}),
                {
                    "action": "create",
                    "writes": True,
                    "object": "HorizontalPodAutoscaler default/h",
                    "manifest": {"m": 1},
                },
            ),
            (
                replace(UPDATE, fields=(FieldChange("spec.a", 1, 2),)),
                {
                    "action": "update",
                    "writes": True,
                    "object": "HorizontalPodAutoscaler default/h",
                    "manifest": {"m": 1},
                    "fields": [{"path": "spec.a", "before": 1, "after": 2}],
                    "force": False,
                },
            ),
            (
                Delete(REF, {}),
                {
                    "action": "delete",
                    "writes": True,
                    "object": "HorizontalPodAutoscaler default/h",
                },
            ),
            (
                Keep(REF, {}),
                {"action": "keep", "writes": False, "object": "HorizontalPodAutoscaler default/h"},
            ),
            (
                Grant("p", BINDING),
                {
                    "action": "grant",
                    "writes": True,
                    "project": "p",
                    "role": "roles/monitoring.viewer",
                    "member": "user:x",
                },
            ),
            (
                Revoke("p", BINDING, present=False),
                {
                    "action": "revoke",
                    "writes": False,
                    "project": "p",
                    "role": "roles/monitoring.viewer",
                    "member": "user:x",
                },
            ),
            (
                EnableService("p", "s"),
                {"action": "enable-service", "writes": True, "project": "p", "service": "s"},
            ),
        ],
    )
    def test_every_change(self, change: Change, document: dict[str, object]) -> None:
        assert explain.as_json(plan_of(change))["steps"][0]["changes"] == [document]


def test_in_full_a_step_says_what_it_writes_needs_and_how_it_is_taken_back() -> None:
    right = KubernetesRight("create", "autoscaling", "horizontalpodautoscalers", "default")
    plan = plan_of(
        Create(REF, {"kind": "HorizontalPodAutoscaler"}),
        UPDATE,
        rights=(right,),
        commands=("kubectl apply \\\n  -f -",),
        verify="it scales",
        undo="deletes it",
    )
    correction = Correction("c-1", "avg()", "sum()", "it sticks", "controller source")
    lines = explain.text(replace(plan, corrections=(correction,)), in_full=True).splitlines()
    assert lines[lines.index("Autoscaler") + 2] == "      + kind: HorizontalPodAutoscaler"
    at = lines.index("  Needs the rights")
    assert lines[at:] == [
        "  Needs the rights",
        f"    {right}",
        "  Does the same as",
        "    kubectl apply \\",
        "      -f -",
        "  Works when",
        "    it scales",
        "  Undo",
        "    deletes it",
        "",
        "Differs from the public guide in 1 place:",
        "  c-1: sum()",
        "    the guide: avg()",
        "    why: it sticks",
        "    source: controller source",
    ]


def test_in_full_a_step_with_nothing_to_do_or_to_tell_is_short() -> None:
    quiet = plan_of(Keep(REF, {}))
    assert explain.text(quiet, in_full=True) == explain.text(quiet)
    bare = plan_of(Grant("p", BINDING))
    assert explain.text(bare, in_full=True) == explain.text(bare)


def test_in_full_a_section_has_one_title_however_many_lines() -> None:
    cluster = cluster_with_server()
    plan = build_plan(SETUP, PROFILE, cluster, FakeCloud(gke()))
    step = next(step for step in plan.steps if step.id is StepId.SCRAPE_SERVER)
    lines = list(details.of_step(step))
    rights = lines[lines.index("  Needs the rights") + 1 : lines.index("  Does the same as")]
    assert rights == [f"    {right}" for right in step.rights]
    assert len(rights) > 1
