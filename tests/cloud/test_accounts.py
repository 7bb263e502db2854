"""Google service accounts, for adapters that act as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import Binding
from jetscale_tui.errors import Conflict, NotFound, PermissionDenied
from jetscale_tui.sandbox.google.faults import Fault

if TYPE_CHECKING:
    from jetscale_tui.cloud.client import GoogleCloud
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.google.state import GoogleState
    from tests.sandbox.google.running import RunningGoogle

PROJECT = "sandbox-project"
EMAIL = "frontend@sandbox-project.iam.gserviceaccount.com"
VIEWER = Binding("roles/monitoring.viewer", f"serviceAccount:{EMAIL}")
ACT_AS = Binding(
    "roles/iam.workloadIdentityUser",
    "serviceAccount:sandbox-project.svc.id.goog[default/frontend]",
)


def create(cloud: GoogleCloud) -> str:
    return cloud.create_service_account(PROJECT, "frontend", display_name="Frontend").unique_id


def test_a_new_account_is_returned_once_it_can_be_seen(
    cloud: GoogleCloud, google: RunningGoogle
) -> None:
    account = cloud.create_service_account(PROJECT, "frontend", display_name="Frontend")
    assert (account.email, account.display_name) == (EMAIL, "Frontend")
    assert cloud.service_account(PROJECT, EMAIL) == account
    looks = [call.method for call in google.server.calls].count("GetServiceAccount")
    assert looks > 2, "the account was there at once; the wait was not exercised"


def test_an_account_that_is_not_there_is_none(cloud: GoogleCloud) -> None:
    assert cloud.service_account(PROJECT, EMAIL) is None


def test_creating_what_exists_is_a_conflict(cloud: GoogleCloud) -> None:
    create(cloud)
    with pytest.raises(Conflict, match="already exists"):
        create(cloud)


def test_a_creation_whose_answer_was_lost_is_found(cloud: GoogleCloud, state: GoogleState) -> None:
    state.faults.inject("CreateServiceAccount", Fault("UNAVAILABLE", performed=True))
    assert create(cloud)
    assert len(state.accounts.all()) == 1


def test_letting_a_pod_act_as_the_account_takes_effect_in_time(
    cloud: GoogleCloud, state: GoogleState, clock: SimClock
) -> None:
    create(cloud)
    assert cloud.add_account_bindings(PROJECT, EMAIL, [ACT_AS]) == (ACT_AS,)
    assert cloud.add_account_bindings(PROJECT, EMAIL, [ACT_AS]) == ()
    assert cloud.account_policy(PROJECT, EMAIL).bindings == {ACT_AS}
    clock.sleep(50)
    assert state.may_act_as("default", "frontend", EMAIL)
    assert not state.may_act_as("default", "other", EMAIL)
    assert cloud.remove_account_bindings(PROJECT, EMAIL, [ACT_AS]) == (ACT_AS,)
    assert cloud.account_policy(PROJECT, EMAIL).bindings == frozenset()


def test_a_grant_to_an_account_made_a_moment_ago_waits_for_it(
    cloud: GoogleCloud, state: GoogleState
) -> None:
    create(cloud)
    refusal = Fault("INVALID_ARGUMENT", f"Service account {EMAIL} does not exist.", times=2)
    state.faults.inject("SetIamPolicy", refusal)
    assert cloud.add_bindings(PROJECT, [VIEWER]) == (VIEWER,)


def test_a_grant_to_an_account_nobody_made_fails_at_once(
    cloud: GoogleCloud, google: RunningGoogle
) -> None:
    with pytest.raises(NotFound) as caught:
        cloud.add_bindings(PROJECT, [VIEWER])
    assert f"Service account {EMAIL} does not exist." in caught.value.why
    assert [call.method for call in google.server.calls].count("SetIamPolicy") == 1


def test_a_deleted_account_leaves_a_trace_and_can_be_brought_back(cloud: GoogleCloud) -> None:
    unique_id = create(cloud)
    cloud.add_bindings(PROJECT, [VIEWER])
    assert cloud.delete_service_account(PROJECT, EMAIL)
    assert not cloud.delete_service_account(PROJECT, EMAIL)
    policy = cloud.policy(PROJECT)
    assert VIEWER not in policy.bindings
    assert policy.deleted_accounts(EMAIL) == (unique_id,)
    assert cloud.undelete_service_account(PROJECT, unique_id).email == EMAIL
    assert VIEWER in cloud.policy(PROJECT).bindings


def test_an_account_of_the_same_name_is_another_one(cloud: GoogleCloud) -> None:
    unique_id = create(cloud)
    cloud.add_bindings(PROJECT, [VIEWER])
    cloud.delete_service_account(PROJECT, EMAIL)
    assert create(cloud) != unique_id
    assert cloud.add_bindings(PROJECT, [VIEWER]) == (VIEWER,)
    assert cloud.policy(PROJECT).deleted_accounts(EMAIL) == (unique_id,)
    with pytest.raises(NotFound):
        cloud.undelete_service_account(PROJECT, unique_id)


@pytest.mark.parametrize("permission", ["iam.serviceAccounts.create", "iam.serviceAccounts.get"])
def test_a_refused_creation_names_the_permission(
    cloud: GoogleCloud, state: GoogleState, permission: str
) -> None:
    state.deny(permission)
    with pytest.raises(PermissionDenied, match=f"lacks {permission}"):
        create(cloud)
