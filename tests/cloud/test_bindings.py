"""Granting and taking back on a policy that belongs to others too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cloud import policy as editing
from jetscale_tui.cloud.access import SandboxAccess
from jetscale_tui.cloud.projects import Projects
from jetscale_tui.cloud.session import Session
from jetscale_tui.domain.google import POLICY_MEMBERS, Binding, adapter_principal
from jetscale_tui.errors import (
    Conflict,
    PermissionDenied,
    QuotaExceeded,
    Rejected,
    Unreachable,
)
from jetscale_tui.sandbox.google.faults import Fault
from jetscale_tui.sandbox.google.ledger import MEMBER_LIMIT

if TYPE_CHECKING:
    from jetscale_tui.cloud.bindings import PolicyChanger
    from jetscale_tui.cloud.client import GoogleCloud
    from jetscale_tui.cloud.connect import GoogleEndpoint
    from jetscale_tui.sandbox.google.state import GoogleState
    from tests.sandbox.google.running import RunningGoogle

PROJECT = "sandbox-project"
VIEWER = "roles/monitoring.viewer"


@pytest.fixture
def grant(state: GoogleState) -> Binding:
    return Binding(VIEWER, adapter_principal(state.project, "custom-metrics", "adapter"))


def writes(google: RunningGoogle) -> int:
    return sum(call.method == "SetIamPolicy" for call in google.server.calls)


def test_a_grant_is_added_and_reported(cloud: GoogleCloud, grant: Binding) -> None:
    assert cloud.add_bindings(PROJECT, [grant]) == (grant,)
    policy = cloud.policy(PROJECT)
    assert grant in policy.bindings
    assert policy.conditional == 1


def test_several_grants_take_one_write(
    cloud: GoogleCloud, google: RunningGoogle, grant: Binding
) -> None:
    other = Binding("roles/monitoring.metricWriter", grant.member)
    assert cloud.add_bindings(PROJECT, [grant, other]) == (grant, other)
    assert writes(google) == 1


def test_a_grant_that_is_there_is_not_reported_and_nothing_is_written(
    cloud: GoogleCloud, google: RunningGoogle, grant: Binding
) -> None:
    cloud.add_bindings(PROJECT, [grant])
    etag = cloud.policy(PROJECT).etag
    assert cloud.add_bindings(PROJECT, [grant]) == ()
    assert cloud.policy(PROJECT).etag == etag
    assert writes(google) == 1


def test_taking_back_leaves_the_policy_as_it_was(
    cloud: GoogleCloud, state: GoogleState, grant: Binding
) -> None:
    before = list(state.policy.read().bindings)
    cloud.add_bindings(PROJECT, [grant])
    assert cloud.remove_bindings(PROJECT, [grant]) == (grant,)
    assert list(state.policy.read().bindings) == before


def test_taking_back_what_is_not_there_writes_nothing(
    cloud: GoogleCloud, google: RunningGoogle, grant: Binding
) -> None:
    assert cloud.remove_bindings(PROJECT, [grant]) == ()
    assert writes(google) == 0


def test_a_write_that_lost_the_race_is_made_again_on_what_is_there_then(
    cloud: GoogleCloud, google: RunningGoogle, grant: Binding
) -> None:
    google.state.faults.inject("SetIamPolicy", Fault("ABORTED", times=3))
    assert cloud.add_bindings(PROJECT, [grant]) == (grant,)
    reads = [call.method for call in google.server.calls].count("GetIamPolicy")
    assert (reads, writes(google)) == (4, 4)


def test_a_write_whose_answer_was_lost_counts_as_ours(
    cloud: GoogleCloud, google: RunningGoogle, grant: Binding
) -> None:
    google.state.faults.inject("SetIamPolicy", Fault("UNAVAILABLE", performed=True))
    assert cloud.add_bindings(PROJECT, [grant]) == (grant,)
    assert writes(google) == 1


def test_a_write_that_never_arrived_is_made_again(
    cloud: GoogleCloud, google: RunningGoogle, grant: Binding
) -> None:
    google.state.faults.inject("SetIamPolicy", Fault("UNAVAILABLE"))
    assert cloud.add_bindings(PROJECT, [grant]) == (grant,)
    assert writes(google) == 2


def test_a_refusal_after_a_lost_answer_does_not_claim_that_nothing_was_written(
    cloud: GoogleCloud, state: GoogleState, grant: Binding
) -> None:
    state.faults.inject("SetIamPolicy", Fault("UNAVAILABLE"))
    state.faults.inject("SetIamPolicy", Fault("PERMISSION_DENIED", "No."))
    with pytest.raises(Unreachable, match="not known whether"):
        cloud.add_bindings(PROJECT, [grant])


def test_a_refused_grant_names_the_permission(
    cloud: GoogleCloud, state: GoogleState, grant: Binding
) -> None:
    state.deny("resourcemanager.projects.setIamPolicy")
    with pytest.raises(PermissionDenied) as caught:
        cloud.add_bindings(PROJECT, [grant])
    assert "lacks resourcemanager.projects.setIamPolicy." in caught.value.why
    assert "roles/resourcemanager.projectIamAdmin" in caught.value.fix


def test_an_organisation_policy_is_named_by_its_constraint(
    cloud: GoogleCloud, state: GoogleState
) -> None:
    member = "serviceAccount:x@other-project.iam.gserviceaccount.com"
    state.refused_members[member] = "iam.allowedPolicyMemberDomains"
    with pytest.raises(Rejected) as caught:
        cloud.add_bindings(PROJECT, [Binding(VIEWER, member)])
    assert "constraint iam.allowedPolicyMemberDomains forbids it" in caught.value.why
    assert "constraints/iam.allowedPolicyMemberDomains" in caught.value.fix


def test_a_principal_of_a_pool_that_does_not_exist_says_how_to_get_one(
    cloud: GoogleCloud, grant: Binding
) -> None:
    foreign = Binding(VIEWER, grant.member.replace(f"{PROJECT}.svc", "elsewhere.svc"))
    with pytest.raises(Rejected) as caught:
        cloud.add_bindings(PROJECT, [foreign])
    assert "elsewhere.svc.id.goog" in caught.value.why
    assert "--workload-pool=sandbox-project.svc.id.goog" in caught.value.fix


def test_a_full_policy_is_a_limit_reached(
    cloud: GoogleCloud, state: GoogleState, grant: Binding
) -> None:
    policy = state.policy.read()
    room = MEMBER_LIMIT - sum(len(binding.members) for binding in policy.bindings)
    policy.bindings.add(
        role="roles/browser", members=[f"user:u{number}@example.com" for number in range(room)]
    )
    state.policy.write(policy)
    assert cloud.policy(PROJECT).members == MEMBER_LIMIT == POLICY_MEMBERS
    with pytest.raises(QuotaExceeded, match="1,501"):
        cloud.add_bindings(PROJECT, [grant])


class TestGivingUp:
    """When others, or the service, do not let a write through for too long."""

    @pytest.fixture
    def changer(self, endpoint: GoogleEndpoint) -> PolicyChanger:
        return Projects(Session(SandboxAccess(endpoint))).changer(PROJECT, budget=0.1)

    def test_losing_every_race_is_a_conflict_and_writes_nothing(
        self, changer: PolicyChanger, state: GoogleState, grant: Binding
    ) -> None:
        before = state.policy.read()
        state.faults.inject("SetIamPolicy", Fault("ABORTED", times=None))
        with pytest.raises(Conflict, match="Nothing was written"):
            changer.change(editing.add, [grant])
        assert state.policy.read() == before

    def test_a_service_that_stays_away_is_unreachable(
        self, changer: PolicyChanger, state: GoogleState, grant: Binding
    ) -> None:
        state.faults.inject("SetIamPolicy", Fault("UNAVAILABLE", times=None))
        with pytest.raises(Unreachable, match=r"cloudresourcemanager\.googleapis\.com"):
            changer.change(editing.add, [grant])
