"""What a plan warns of: the workload, the chips, the owners of the metrics APIs, the port."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jetscale_tui.domain.kinds import API_SERVICE, Ref
from jetscale_tui.engine.plan import Create, Keep, StepId, Update
from jetscale_tui.engine.planner import Choices, build_plan
from tests.fakes import FakeCloud, FakeCluster
from tests.unit.engine.planning import planned, risk_ids, step
from tests.unit.engine.scene import (
    PAGE_PATH,
    PROFILE,
    api_service,
    cluster_with_server,
    deployment,
    gke,
    hpa,
    node,
    pod,
    setup_with,
)

EXTERNAL = "v1beta1.external.metrics.k8s.io"
CUSTOM = "v1beta2.custom.metrics.k8s.io"


class TestWorkload:
    def test_a_missing_deployment_blocks(self) -> None:
        (risk,) = planned(FakeCluster(node("a"), node("b"))).risks
        assert risk.id == "H10-no-deployment"
        assert risk.blocking

    def test_labels_the_pods_do_not_carry_block(self) -> None:
        setup = setup_with(workload={"selector": {"app": "typo"}})
        (risk,) = planned(setup=setup).risks
        assert risk.id == "S1-selector-matches-nothing"
        assert "app=typo" in risk.what
        assert "app=maxengine-server" in risk.what

    def test_a_second_autoscaler_on_the_deployment_blocks(self) -> None:
        (risk,) = planned(cluster_with_server(hpa("older"))).risks
        assert risk.id == "H2-two-hpas"
        assert "older" in risk.fix
        assert risk.blocking

    def test_a_metric_the_server_does_not_emit_is_said(self) -> None:
        cluster = cluster_with_server()
        cluster.answers[PAGE_PATH] = "something_else 1\n"
        (risk,) = planned(cluster).risks
        assert risk.id == "P3-metric-not-emitted"
        assert "something_else" in risk.fix

    def test_nothing_is_said_of_metrics_while_no_pod_can_be_asked(self) -> None:
        cluster = FakeCluster(deployment(), node("a"), node("b"))
        assert planned(cluster).risks == ()
        cluster.put(pod())
        assert planned(cluster).risks == ()

    def test_another_cluster_in_the_kubeconfig_than_in_the_setup_blocks(self) -> None:
        cluster = cluster_with_server()
        cluster.context = "gke_other_us-central1_tpu-cluster"
        assert planned(cluster).risks == (), "the address is the cluster's own"
        cluster.server = "https://10.9.9.9"
        (risk,) = planned(cluster).risks
        assert (risk.id, risk.blocking) == ("C6-two-clusters", True)

    def test_an_address_google_does_not_know_may_be_a_tunnel(self) -> None:
        cluster = cluster_with_server()
        cluster.context, cluster.server = "my-tunnel", "https://127.0.0.1:8443"
        (risk,) = planned(cluster).risks
        assert (risk.id, risk.blocking) == ("C6-address-not-known", False)

    def test_a_second_podmonitoring_on_the_same_port_would_count_twice(self) -> None:
        theirs = {
            "apiVersion": "monitoring.googleapis.com/v1",
            "kind": "PodMonitoring",
            "metadata": {"name": "theirs", "namespace": "default"},
            "spec": {"selector": {}, "endpoints": [{"port": 9100}]},
        }
        cluster = cluster_with_server(theirs)
        (risk,) = planned(cluster).risks
        assert risk.id == "S9-scraped-twice"
        assert "theirs" in risk.fix
        cluster.put({**theirs, "spec": {"selector": {}, "endpoints": [{"port": 8080}]}})
        assert planned(cluster).risks == ()


class TestCapacity:
    def test_a_maximum_that_fits_is_no_risk(self) -> None:
        assert planned().risks == ()

    @pytest.mark.parametrize(
        ("most", "risk_id"), [(3, "T2-needs-new-nodes"), (4, "T2-max-beyond-chips")]
    )
    def test_a_maximum_beyond_the_chips_is_said(self, most: int, risk_id: str) -> None:
        pool = replace(gke().pools[0], max_nodes=3)
        cloud = FakeCloud(gke(pools=(pool,)))
        (risk,) = planned(cloud=cloud, setup=setup_with(scaling={"max_replicas": most})).risks
        assert risk.id == risk_id
        assert not risk.blocking

    def test_without_google_only_the_nodes_there_are_count(self) -> None:
        setup = setup_with(scaling={"max_replicas": 3})
        plan = build_plan(setup, PROFILE, cluster_with_server(), None)
        assert risk_ids(plan) == ["T2-max-beyond-chips"]

    def test_chips_that_may_not_be_counted_are_a_note(self) -> None:
        cluster = cluster_with_server()
        cluster.denied.add(("list", "nodes"))
        plan = planned(cluster, setup=setup_with(scaling={"max_replicas": 9}))
        assert plan.risks == ()
        assert "TPU chips cannot be counted. You may not list nodes." in plan.notes


class TestMetricsApis:
    def test_a_needed_api_of_somebody_else_blocks_and_names_who_uses_it(self) -> None:
        cluster = cluster_with_server(api_service(CUSTOM), hpa("user", target="web"))
        (risk,) = planned(cluster).risks
        assert risk.id == "A1-metrics-api-owner"
        assert risk.blocking
        assert "keda/keda-metrics" in risk.what
        assert "default/user" in risk.what

    def test_an_api_is_replaced_when_the_person_says_so(self) -> None:
        cluster = cluster_with_server(api_service(CUSTOM))
        chosen = Choices(take_over=frozenset({Ref.to(API_SERVICE, CUSTOM)}))
        plan = planned(cluster, choices=chosen)
        assert [risk.blocking for risk in plan.risks] == [False]

    def test_an_api_that_is_not_needed_is_left_to_its_owner(self) -> None:
        cluster = cluster_with_server(
            api_service(EXTERNAL), hpa("user", target="web", kind="External")
        )
        plan = planned(cluster)
        assert plan.risks == ()
        names = [
            change.ref.name
            for change in step(plan, StepId.ADAPTER).changes
            if isinstance(change, Create | Update | Keep)
        ]
        assert EXTERNAL not in names
        assert CUSTOM in names
        assert any("left alone" in note for note in plan.notes)

    def test_what_may_not_be_seen_is_a_note_once(self) -> None:
        cluster = cluster_with_server(api_service(CUSTOM), api_service(EXTERNAL))
        cluster.denied.add(("list", "horizontalpodautoscalers"))
        notes = [note for note in planned(cluster).notes if "cannot be seen" in note]
        assert len(notes) == 1
        cluster.denied.add(("get", "apiservices"))
        plan = planned(cluster)
        assert plan.risks == ()
        assert step(plan, StepId.ADAPTER).handed_over

    def test_an_api_of_the_same_adapter_is_no_conflict(self) -> None:
        own = "custom-metrics/custom-metrics-stackdriver-adapter"
        assert planned(cluster_with_server(api_service(CUSTOM, own))).risks == ()


class TestMetricsPort:
    def test_a_closed_port_blocks_until_it_is_to_be_opened(self) -> None:
        cluster = FakeCluster(deployment(arguments=("x=1",)), pod(), node("a"), node("b"))
        plan = planned(cluster)
        port = step(plan, StepId.METRICS_PORT)
        assert port.handed_over
        assert port.risks[0].id == "P1-no-metrics-port"
        assert port.risks[0].blocking
        assert "/spec/template/spec/containers/1/args/-" in port.commands[0]

    def test_opening_it_adds_the_argument_and_says_that_pods_are_replaced(self) -> None:
        cluster = FakeCluster(deployment(arguments=("x=1",)), pod(), node("a"), node("b"))
        port = step(planned(cluster, choices=Choices(True)), StepId.METRICS_PORT)
        (change,) = port.changes
        assert isinstance(change, Update)
        assert change.force
        assert port.risks[0].id == "T3-rollout"
        assert not port.risks[0].blocking
        assert [field.after for field in change.fields if field.path.endswith("args")] == [
            ["x=1", "prometheus_port=9100"]
        ]

    def test_where_chips_cannot_be_counted_none_is_taken_for_spare(self) -> None:
        cluster = FakeCluster(deployment(arguments=()), pod(), node("a"), node("b"))
        cluster.denied.add(("list", "nodes"))
        port = step(planned(cluster, choices=Choices(True)), StepId.METRICS_PORT)
        (change,) = port.changes
        assert isinstance(change, Update)
        assert "strategy" in change.manifest["spec"]
        assert "is not known" in port.risks[0].what

    def test_without_a_spare_slice_the_old_pod_goes_first(self) -> None:
        cluster = FakeCluster(deployment(arguments=()), pod(), node("a"))
        (change,) = step(planned(cluster, choices=Choices(True)), StepId.METRICS_PORT).changes
        assert isinstance(change, Update)
        assert change.manifest["spec"]["strategy"]["rollingUpdate"] == {
            "maxSurge": 0,
            "maxUnavailable": 1,
        }

    def test_a_container_without_arguments_gets_a_list_of_them(self) -> None:
        cluster = FakeCluster(deployment(arguments=()), node("a"), node("b"))
        command = step(planned(cluster), StepId.METRICS_PORT).commands[0]
        assert '"value": ["prometheus_port=9100"]' in command

    def test_a_port_that_is_open_elsewhere_is_named(self) -> None:
        cluster = FakeCluster(deployment(arguments=("prometheus_port=9090",)), node("a"), node("b"))
        (risk,) = planned(cluster).risks
        assert risk.id == "P1-other-metrics-port"
        assert "9090" in risk.fix

    def test_a_server_started_by_a_shell_is_left_to_the_person(self) -> None:
        shell = deployment(arguments=("-c", "run it"))
        shell["spec"]["template"]["spec"]["containers"][1]["command"] = ["/bin/sh"]
        port = step(planned(FakeCluster(shell, node("a"), node("b"))), StepId.METRICS_PORT)
        assert port.changes == ()
        assert port.handed_over
        assert port.risks[0].blocking

    def test_without_the_right_to_change_the_server_the_command_is_handed_over(self) -> None:
        cluster = FakeCluster(deployment(arguments=()), node("a"), node("b"))
        cluster.denied.add(("patch", "deployments"))
        port = step(planned(cluster, choices=Choices(True)), StepId.METRICS_PORT)
        assert port.handed_over
        assert port.missing

    def test_a_server_without_a_known_container_is_not_judged(self) -> None:
        other = deployment(arguments=())
        del other["spec"]["template"]["spec"]["containers"][1]
        plan = planned(FakeCluster(other, node("a"), node("b")))
        assert StepId.METRICS_PORT not in [each.id for each in plan.steps]
