"""Which steps are handed over, and what the text says to whoever gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.engine.handover import TEXT_FILE, files
from jetscale_tui.engine.plan import StepId
from jetscale_tui.engine.planner import Choices, build_plan
from jetscale_tui.errors import PermissionDenied
from jetscale_tui.export.handover import SCRIPT_FILE
from tests.fakes import FakeCloud
from tests.unit.engine.scene import (
    PROFILE,
    SETUP,
    cluster_with_server,
    deployment,
    gke,
    setup_with,
)
from tests.unit.engine.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.engine.plan import Plan

GO_ON = "jetscale apply -f setup.yaml"
SET_POLICY = "resourcemanager.projects.setIamPolicy"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def written(plan: Plan) -> tuple[str, str]:
    """Script and text."""
    found = files(plan, PROFILE, GO_ON)
    return found[SCRIPT_FILE], found[TEXT_FILE]


def test_somebody_who_may_do_everything_hands_nothing_over(world: World) -> None:
    assert files(world.plan(), PROFILE, GO_ON) == {}


def test_only_the_steps_one_may_not_do_are_in_it(world: World) -> None:
    world.cloud.denied.add(SET_POLICY)
    script, text = written(world.plan())
    assert "add-iam-policy-binding" in script
    assert "kubectl" not in script
    assert "services enable" not in script
    assert "## Adapter identity" in text
    assert "## Metrics adapter" not in text


def test_the_text_says_who_asks_for_what_and_how_it_goes_on(world: World) -> None:
    world.cloud.denied.add(SET_POLICY)
    world.cluster.denied.add(("create", "horizontalpodautoscalers"))
    _, text = written(world.plan())
    assert "ana@example.com is setting up autoscaling of default/maxengine-server" in text
    assert "GKE cluster tpu-cluster in us-central1" in text
    assert f"They lack: {SET_POLICY}, create" in text
    assert "create horizontalpodautoscalers.autoscaling in default." in text.replace("\n", " ")
    assert (
        "    gcloud projects add-iam-policy-binding my-project --member=user:ana@example.com "
        "--role=roles/resourcemanager.projectIamAdmin --condition=None" in text
    )
    assert text.endswith(f"    {GO_ON}\n")


def test_somebody_without_an_email_is_told_the_role_only() -> None:
    class Nameless(FakeCloud):
        def identity(self) -> str:
            return "user credentials (e-mail not known)"

    cloud = Nameless(gke())
    cloud.denied.add(SET_POLICY)
    _, text = written(build_plan(SETUP, PROFILE, cluster_with_server(), cloud))
    assert "roles/resourcemanager.projectIamAdmin" in text
    assert "--member=user:" not in text


def test_rights_on_the_same_thing_are_said_together(world: World) -> None:
    world.cluster.denied |= {("create", "podmonitorings"), ("patch", "podmonitorings")}
    _, text = written(world.plan())
    assert "create/patch podmonitorings.monitoring.googleapis.com in default" in text


def test_disabled_services_are_enabled_and_the_others_left(world: World) -> None:
    world.cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
    world.cloud.denied.add("serviceusage.services.enable")
    script, text = written(world.plan())
    assert "monitoring.googleapis.com" in script
    assert "container.googleapis.com" not in script
    assert "roles/serviceusage.serviceUsageAdmin" in text


def test_an_object_that_is_there_is_changed_and_not_deleted_to_take_it_back(world: World) -> None:
    world.run()
    world.cluster.denied.add(("patch", "horizontalpodautoscalers"))
    script, _ = written(world.plan(setup_with(scaling={"max_replicas": 1})))
    assert "maxReplicas: 1" in script
    assert "kubectl delete" not in script


def test_fields_chosen_to_be_taken_over_are_taken_over() -> None:
    cluster = cluster_with_server(deployment(arguments=("x=1",)))
    cluster.answers.clear()
    cluster.denied.add(("patch", "deployments"))
    plan = build_plan(SETUP, PROFILE, cluster, None, Choices(open_metrics_port=True))
    script, _ = written(plan)
    assert "take_over <<'END'" in script
    assert "prometheus_port=9100" in script


class TestWithoutGoogle:
    """`google.project: null`, or nobody has logged in."""

    def test_without_a_project_googles_steps_are_handed_over(self, world: World) -> None:
        script, text = written(world.plan(setup_with(google={"project": None})))
        assert ': "${PROJECT_ID:?' in script
        assert script.index("gcloud services enable") < script.index("add-iam-policy-binding")
        assert "name it in google.project" in text.replace("\n", " ")

    def test_without_a_project_google_is_never_called(self, world: World) -> None:
        for method in ("project", "cluster", "services", "allowed", "policy"):
            world.cloud.refusals[method] = AssertionError(f"{method} was called")
        plan = world.plan(setup_with(google={"project": None}))
        handed_over = [step.id for step in plan.steps if step.handed_over]
        assert handed_over == [StepId.SERVICES, StepId.ADAPTER_IDENTITY]

    def test_without_a_login_the_project_is_filled_in(self) -> None:
        script, text = written(build_plan(SETUP, PROFILE, cluster_with_server(), None))
        assert "PROJECT_ID=my-project" in script
        assert "Somebody who sets up autoscaling" in text

    def test_a_project_one_may_not_read_is_known_by_name(self, world: World) -> None:
        world.cloud.refusals["project"] = PermissionDenied("You may not read my-project.")
        script, _ = written(world.plan())
        assert "PROJECT_ID=my-project" in script
        assert "gcloud services enable" in script
