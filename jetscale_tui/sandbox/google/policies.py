"""Writing a policy: nobody may have written meanwhile, and whom it names has to exist.

An organisation may object to a member, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc

from jetscale_tui.sandbox.google.ledger import InvalidPolicy, StalePolicy
from jetscale_tui.sandbox.google.status import Refusal, organisation_policy

if TYPE_CHECKING:
    from google.iam.v1 import policy_pb2

    from jetscale_tui.sandbox.google.ledger import PolicyLedger
    from jetscale_tui.sandbox.google.state import GoogleState


def store(state: GoogleState, ledger: PolicyLedger, policy: policy_pb2.Policy) -> policy_pb2.Policy:
    """Replace a policy if its etag is still the stored one.

    Raises:
        Refusal: as IAM words it.
    """
    for binding in policy.bindings:
        for member in binding.members:
            _check(state, member)
    try:
        return ledger.write(policy)
    except StalePolicy as stale:
        raise Refusal(grpc.StatusCode.ABORTED, str(stale)) from None
    except InvalidPolicy as invalid:
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, str(invalid)) from None


def _check(state: GoogleState, member: str) -> None:
    pool = _identity_pool(member)
    if pool is not None and pool != state.cluster.workload_pool:
        raise Refusal(
            grpc.StatusCode.INVALID_ARGUMENT,
            f"Identity Pool does not exist ({pool}). Please check that you specified a valid "
            "resource name as returned in the `name` attribute in the configuration API.",
        )
    if pool is None and state.accounts.is_missing(member):
        email = member.partition(":")[2]
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, f"Service account {email} does not exist.")
    constraint = state.refused_members.get(member)
    if constraint:
        raise organisation_policy(constraint, member, state.project.project_id)


def _identity_pool(member: str) -> str | None:
    """The Workload Identity pool a member lives in, None for every other kind of member."""
    if member.startswith(("principal://", "principalSet://")):
        return member.partition("/workloadIdentityPools/")[2].partition("/")[0]
    name, found, _ = member.removeprefix("serviceAccount:").partition(".svc.id.goog[")
    return f"{name}.svc.id.goog" if found else None
