"""The project of the sandbox: policy, propagation, services, node pools."""

from __future__ import annotations

import pytest
from google.iam.v1 import policy_pb2

from jetscale_tui.domain.google import ServiceState, adapter_principal
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.google.ledger import MEMBER_LIMIT, InvalidPolicy, StalePolicy
from jetscale_tui.sandbox.google.state import ENABLE_SECONDS, GoogleState
from tests.sandbox.google.clock import ManualClock

VIEWER = "roles/monitoring.viewer"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def state(clock: ManualClock) -> GoogleState:
    return GoogleState(Blueprint(iam_propagation=45.0), clock)


@pytest.fixture
def adapter(state: GoogleState) -> str:
    return adapter_principal(state.project, "custom-metrics", "custom-metrics-stackdriver-adapter")


def grant(state: GoogleState, member: str, role: str = VIEWER) -> None:
    policy = state.policy.read()
    policy.bindings.add(role=role, members=[member])
    policy.version = 3
    state.policy.write(policy)


def revoke(state: GoogleState, role: str = VIEWER) -> None:
    policy = state.policy.read()
    kept = [binding for binding in policy.bindings if binding.role != role]
    del policy.bindings[:]
    policy.bindings.extend(kept)
    policy.version = 3
    state.policy.write(policy)


def test_a_grant_takes_effect_after_the_propagation_time(
    state: GoogleState, clock: ManualClock, adapter: str
) -> None:
    grant(state, adapter)
    clock.sleep(44.9)
    assert not state.has_role(adapter, VIEWER)
    clock.sleep(0.1)
    assert state.has_role(adapter, VIEWER)
    assert state.monitoring_readable_by(adapter)


def test_a_revoke_takes_effect_after_the_propagation_time(
    state: GoogleState, clock: ManualClock, adapter: str
) -> None:
    grant(state, adapter)
    clock.sleep(60)
    revoke(state)
    clock.sleep(44)
    assert state.has_role(adapter, VIEWER)
    clock.sleep(1)
    assert not state.has_role(adapter, VIEWER)


def test_a_later_write_of_somebody_else_does_not_delay_a_grant(
    state: GoogleState, clock: ManualClock, adapter: str
) -> None:
    grant(state, adapter)
    clock.sleep(40)
    grant(state, "user:eve@example.com", "roles/viewer")
    clock.sleep(5)
    assert state.has_role(adapter, VIEWER)
    assert not state.has_role("user:eve@example.com", "roles/viewer")


def test_a_conditional_binding_grants_nothing(
    state: GoogleState, clock: ManualClock, adapter: str
) -> None:
    policy = state.policy.read()
    binding = policy.bindings.add(role=VIEWER, members=[adapter])
    binding.condition.expression = "false"
    policy.version = 3
    state.policy.write(policy)
    clock.sleep(60)
    assert not state.has_role(adapter, VIEWER)


def test_a_grant_to_the_namespace_covers_its_service_accounts(
    state: GoogleState, clock: ManualClock, adapter: str
) -> None:
    pool = adapter.removeprefix("principal://").partition("/subject/")[0]
    grant(state, f"principalSet://{pool}/namespace/custom-metrics")
    clock.sleep(60)
    assert state.has_role(adapter, VIEWER)
    assert not state.has_role(adapter.replace("custom-metrics/", "other/"), VIEWER)


def test_a_member_without_any_role_reads_no_metrics(state: GoogleState, adapter: str) -> None:
    assert not state.monitoring_readable_by(adapter)


def test_nobody_reads_metrics_while_the_service_is_disabled(
    state: GoogleState, clock: ManualClock, adapter: str
) -> None:
    grant(state, adapter)
    clock.sleep(60)
    state.disable("monitoring.googleapis.com")
    assert not state.monitoring_readable_by(adapter)


def test_a_stale_etag_is_refused_and_changes_nothing(state: GoogleState, adapter: str) -> None:
    mine = state.policy.read()
    grant(state, "user:eve@example.com", "roles/viewer")
    theirs = state.policy.read()
    mine.version = 3
    mine.bindings.add(role=VIEWER, members=[adapter])
    with pytest.raises(StalePolicy, match="There were concurrent policy changes"):
        state.policy.write(mine)
    assert state.policy.read() == theirs


def test_conditions_are_shown_only_to_those_who_ask_for_version_3(state: GoogleState) -> None:
    shown = state.policy.read(version=3)
    hidden = state.policy.read(version=1)
    assert shown.version == 3
    assert any(b.HasField("condition") for b in shown.bindings)
    assert hidden.version == 1
    assert not any(b.HasField("condition") for b in hidden.bindings)
    assert any("_withcond_" in b.role for b in hidden.bindings)


def test_a_policy_of_version_1_is_not_written_over_conditions(state: GoogleState) -> None:
    policy = state.policy.read(version=1)
    with pytest.raises(InvalidPolicy, match="version"):
        state.policy.write(policy)


def test_a_policy_with_too_many_members_is_refused(state: GoogleState) -> None:
    policy = state.policy.read()
    policy.version = 3
    policy.bindings.add(
        role=VIEWER, members=[f"user:u{number}@example.com" for number in range(MEMBER_LIMIT)]
    )
    with pytest.raises(InvalidPolicy, match="larger than the maximum"):
        state.policy.write(policy)


def test_an_unknown_kind_of_member_is_refused(state: GoogleState) -> None:
    policy = policy_pb2.Policy(version=3)
    policy.bindings.add(role=VIEWER, members=["ana"])
    with pytest.raises(InvalidPolicy, match="unknown type"):
        state.policy.write(policy)


def test_enabling_a_service_takes_a_while(clock: ManualClock) -> None:
    name = "monitoring.googleapis.com"
    state = GoogleState(Blueprint(services_disabled=(name,)), clock)
    assert state.service_state(name) is ServiceState.DISABLED
    assert state.enable([name]) == ENABLE_SECONDS
    assert state.service_state(name) is ServiceState.DISABLED
    clock.sleep(ENABLE_SECONDS)
    assert state.service_state(name) is ServiceState.ENABLED


def test_a_service_that_does_not_exist_has_no_state(state: GoogleState) -> None:
    assert state.service_state("nosuch.googleapis.com") is ServiceState.UNKNOWN


def test_resizing_a_pool_changes_the_number_of_nodes_and_not_the_configuration(
    state: GoogleState,
) -> None:
    before = state.cluster
    state.resize_pool("tpu-pool", 1)
    assert state.node_count == 2
    assert state.cluster == before


def test_without_workload_identity_the_nodes_use_their_own_identity(clock: ManualClock) -> None:
    cluster = GoogleState(Blueprint(workload_identity=False), clock).cluster
    assert cluster.workload_pool is None
    assert {pool.metadata_mode for pool in cluster.pools} == {"GCE_METADATA"}
