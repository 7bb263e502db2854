"""What is offered to do about a failed check puts it right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.google import NodePool
from jetscale_tui.engine.checks import CheckState, Finding, Scene, run_check
from jetscale_tui.engine.prerequisites import CHECKS
from jetscale_tui.engine.remedies import (
    LOGIN,
    Answer,
    InTerminal,
    OpenMetricsPort,
    command_in,
    follow_context,
    in_terminal,
)
from jetscale_tui.errors import AuthError, ConfigError, NotFound, PermissionDenied, Unreachable
from tests.fakes import FakeCloud, FakeCluster
from tests.unit.engine.scene import (
    PROFILE,
    SETUP,
    cluster_with_server,
    deployment,
    gke,
    hpa,
    node,
    pod,
    setup_with,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.errors import JetScaleError


def find(
    which: str,
    setup: Setup = SETUP,
    cluster: FakeCluster | None = None,
    cloud: FakeCloud | None = None,
    *,
    open_metrics_port: bool = False,
) -> Finding:
    check = next(check for check in CHECKS if check.id == which)
    cluster, cloud = cluster or cluster_with_server(), cloud or FakeCloud(gke())
    scene = Scene(
        setup, PROFILE, lambda: cluster, lambda: cloud, open_metrics_port=open_metrics_port
    )
    return run_check(check, scene)


def answered(found: Finding, setup: Setup = SETUP) -> Setup:
    assert isinstance(found.remedy, Answer)
    return found.remedy.give(setup)


def _pool(grows_to: int) -> NodePool:
    return NodePool(
        "tpu-pool",
        "ct5lp-hightpu-8t",
        1,
        accelerator="tpu-v5-lite-podslice",
        topology="2x4",
        chips_per_node=8,
        max_nodes=grows_to,
    )


class TestAnswers:
    """Another answer in the setup; the same check is fine with it."""

    def test_a_server_of_another_name_is_scaled_instead(self) -> None:
        wrong = setup_with(workload={"deployment": "gemma"})
        right = answered(find("server", wrong), wrong)
        assert right.workload.deployment == "maxengine-server"
        assert find("server", right).state is CheckState.OK

    def test_where_there_is_no_server_at_all_there_is_none_to_take(self) -> None:
        found = find("server", cluster=FakeCluster())
        assert found.remedy is None
        assert found.command.endswith("get deployments --all-namespaces")

    def test_labels_are_those_the_deployment_selects(self) -> None:
        wrong = setup_with(workload={"selector": {"app": "gemma"}})
        found = find("server", wrong)
        assert answered(found, wrong).workload.selector == {"app": "maxengine-server"}
        assert find("server", answered(found, wrong)).state is CheckState.OK

    def test_a_deployment_that_selects_by_expression_has_no_labels_to_take(self) -> None:
        live = deployment()
        live["spec"]["selector"] = {"matchExpressions": [{"key": "app", "operator": "Exists"}]}
        wrong = setup_with(workload={"selector": {"app": "gemma"}})
        assert find("server", wrong, FakeCluster(live, pod())).remedy is None

    def test_the_metrics_are_looked_for_where_they_are(self) -> None:
        cluster = FakeCluster(deployment(arguments=("prometheus_port=9090",)), pod())
        found = find("metrics-endpoint", cluster=cluster)
        assert answered(found).workload.metrics_port == 9090

    def test_a_maximum_comes_down_to_what_the_chips_hold_and_the_minimum_with_it(self) -> None:
        wrong = setup_with(scaling={"max_replicas": 9, "min_replicas": 4})
        pools = (_pool(grows_to=1),)
        cluster = FakeCluster(deployment(), pod(), node("tpu-0"))
        found = find("chips", wrong, cluster, FakeCloud(gke(pools=pools)))
        right = answered(found, wrong)
        assert (right.scaling.min_replicas, right.scaling.max_replicas) == (1, 1)

    def test_a_pool_that_can_grow_needs_no_smaller_maximum(self) -> None:
        wanted = setup_with(scaling={"max_replicas": 2})
        pools = (_pool(grows_to=3),)
        cluster = FakeCluster(deployment(), pod(), node("tpu-0"))
        found = find("chips", wanted, cluster, FakeCloud(gke(pools=pools)))
        assert found.state is CheckState.WARN
        assert found.remedy is None

    def test_the_autoscaler_that_is_there_is_adopted(self) -> None:
        cluster = FakeCluster(deployment(), pod(), hpa(name="old-hpa"))
        found = find("other-hpa", cluster=cluster)
        assert found.command.endswith("delete hpa old-hpa")
        assert answered(found).scaling.name == "old-hpa"
        assert find("other-hpa", answered(found), cluster).state is CheckState.OK

    def test_without_workload_identity_the_adapter_reads_as_its_node(self) -> None:
        cloud = FakeCloud(gke(workload_pool=None))
        found = find("workload-identity", cloud=cloud)
        assert "--workload-pool=my-project.svc.id.goog" in found.command
        assert find("workload-identity", answered(found), cloud=cloud).state is CheckState.OK

    def test_the_setup_follows_the_context_to_its_cluster(self) -> None:
        cluster = cluster_with_server()
        cluster.context = "gke_my-project_europe-west4_other"
        cluster.server = "https://10.9.9.9"
        found = find("same-cluster", cluster=cluster)
        assert found.command == (
            "gcloud container clusters get-credentials tpu-cluster --location=us-central1 "
            "--project=my-project"
        )
        assert answered(found).google.cluster == "other"
        assert answered(found).google.location == "europe-west4"

    def test_a_context_of_any_other_name_leads_nowhere_by_itself(self) -> None:
        assert follow_context(SETUP, "minikube") is None


class TestTheMetricsPort:
    def test_the_plan_may_be_let_open_it(self) -> None:
        cluster = FakeCluster(deployment(arguments=()), pod())
        found = find("metrics-endpoint", cluster=cluster)
        assert found.remedy == OpenMetricsPort()
        after = find("metrics-endpoint", cluster=cluster, open_metrics_port=True)
        assert after.state is CheckState.WARN
        assert "the plan opens port 9100" in after.detail


class TestCommandsOfErrors:
    @pytest.mark.parametrize(
        ("fix", "command"),
        [
            ("Run: gcloud auth application-default login", LOGIN),
            ("Point X to credentials, or unset it and run: " + LOGIN, LOGIN),
            ("Log in again with `gcloud auth login`, then repeat.", "gcloud auth login"),
            (
                "Write it anew with `gcloud container clusters get-credentials CLUSTER "
                "--location LOCATION`.",
                "gcloud container clusters get-credentials tpu-cluster --location us-central1",
            ),
            ("Use the VPN.", ""),
            ("Look at `Available` of it.", ""),
        ],
    )
    def test_the_command_an_advice_names_can_be_copied(self, fix: str, command: str) -> None:
        assert command_in(fix, SETUP) == command

    def test_blanks_nobody_can_fill_in_stay(self) -> None:
        fix = "`gcloud container clusters get-credentials CLUSTER --location LOCATION`"
        setup = setup_with(google={"cluster": None, "location": None})
        command = command_in(fix, setup)
        assert "CLUSTER" in command
        assert in_terminal(command) is None

    @pytest.mark.parametrize(
        "command", [LOGIN, "gcloud auth login", "gcloud container clusters get-credentials c"]
    )
    def test_what_asks_the_person_itself_can_run_in_their_terminal(self, command: str) -> None:
        remedy = in_terminal(command)
        assert remedy is not None
        assert remedy.words[0] == "gcloud"

    @pytest.mark.parametrize(
        "command",
        [
            "",
            "gcloud components install gke-gcloud-auth-plugin",
            "gcloud container clusters update c --enable-managed-prometheus",
            "kubectl delete hpa old",
        ],
    )
    def test_what_installs_or_changes_something_is_only_copied(self, command: str) -> None:
        assert in_terminal(command) is None

    @pytest.mark.parametrize(
        ("error", "state"),
        [
            (AuthError("Refused.", fix="Run: gcloud auth login"), CheckState.FAIL),
            (ConfigError("Broken.", fix="Run: gcloud auth login"), CheckState.FAIL),
            (PermissionDenied("No.", fix="Run: gcloud auth login"), CheckState.WARN),
            (NotFound("Gone.", fix="Run: gcloud auth login"), CheckState.FAIL),
        ],
    )
    def test_an_error_is_a_finding_with_its_command(
        self, error: JetScaleError, state: CheckState
    ) -> None:
        def refuse(*_: Any) -> str:
            raise error

        cluster = cluster_with_server()
        cluster.version = refuse  # type: ignore[method-assign]
        found = find("kubernetes", cluster=cluster)
        assert found.state is state
        assert found.remedy == InTerminal("gcloud auth login")


@pytest.mark.parametrize(
    ("which", "broken"),
    [
        ("kubernetes", lambda: _old()),
        ("managed-prometheus", lambda: FakeCluster(deployment(), pod())),
        ("chips", lambda: FakeCluster(deployment(), pod())),
        ("server", lambda: FakeCluster(deployment())),
        ("metrics-endpoint", lambda: FakeCluster(deployment(), pod())),
    ],
)
def test_what_cannot_be_done_from_here_can_be_copied(
    which: str, broken: Callable[[], FakeCluster]
) -> None:
    found = find(which, cluster=broken())
    assert found.state in (CheckState.FAIL, CheckState.WARN)
    assert found.command


def _old() -> FakeCluster:
    cluster = cluster_with_server()
    cluster.version = lambda: "v1.20.0"  # type: ignore[method-assign]
    return cluster


def test_commands_name_the_cluster_as_far_as_the_setup_does() -> None:
    nameless = setup_with(google={"project": None, "location": None, "cluster": None})
    found = find("managed-prometheus", nameless, FakeCluster(deployment(), pod()))
    assert found.command == (
        "gcloud container clusters update CLUSTER --location=LOCATION --enable-managed-prometheus"
    )


@pytest.mark.parametrize(
    ("which", "context", "command"),
    [
        ("credentials", None, "gcloud info --run-diagnostics"),
        ("kubernetes", None, "kubectl version"),
        ("kubernetes", "a b", "kubectl '--context=a b' version"),
    ],
)
def test_where_a_side_is_not_reached_the_command_that_says_more_can_be_copied(
    which: str, context: str | None, command: str
) -> None:
    def unreachable() -> Any:
        raise Unreachable("No answer.", fix="Check the network.")

    check = next(check for check in CHECKS if check.id == which)
    setup = setup_with(kubernetes={"context": context})
    found = run_check(check, Scene(setup, PROFILE, unreachable, unreachable))
    assert found.state is CheckState.FAIL
    assert found.command == command
    assert found.remedy is None
