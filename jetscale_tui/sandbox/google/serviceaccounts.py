"""google.iam.admin.v1.IAM: service accounts and who may act as them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from google.cloud import iam_admin_v1
from google.iam.v1 import iam_policy_pb2, policy_pb2  # noqa: TC002  # annotations say what is sent
from google.protobuf import empty_pb2

from jetscale_tui.sandbox.google import policies
from jetscale_tui.sandbox.google.accounts import AccountExists
from jetscale_tui.sandbox.google.status import Refusal, error_info

if TYPE_CHECKING:
    from jetscale_tui.sandbox.google.accounts import Account
    from jetscale_tui.sandbox.google.ledger import PolicyLedger
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.google.wire import Method

API = "iam.googleapis.com"


def methods(state: GoogleState) -> list[Method]:
    """What the gRPC service is called with."""
    accounts = Accounts(state)
    return [
        accounts.get_service_account,
        accounts.create_service_account,
        accounts.delete_service_account,
        accounts.undelete_service_account,
        accounts.get_iam_policy,
        accounts.set_iam_policy,
    ]


class Accounts:
    """The methods, for the accounts of one project."""

    def __init__(self, state: GoogleState) -> None:
        self._state = state

    def get_service_account(
        self, request: iam_admin_v1.GetServiceAccountRequest
    ) -> iam_admin_v1.ServiceAccount:
        """One account, by e-mail or unique id."""
        self._check("iam.serviceAccounts.get", request.name)
        return self._message(self._find(request.name))

    def create_service_account(
        self, request: iam_admin_v1.CreateServiceAccountRequest
    ) -> iam_admin_v1.ServiceAccount:
        """Make an account; other calls find it a little later."""
        self._check("iam.serviceAccounts.create", request.name)
        wanted = request.service_account
        try:
            account = self._state.accounts.create(
                request.account_id, wanted.display_name, wanted.description
            )
        except AccountExists:
            raise Refusal(
                grpc.StatusCode.ALREADY_EXISTS,
                f"Service account {request.account_id} already exists within project "
                f"{request.name}.",
            ) from None
        return self._message(account)

    def delete_service_account(
        self, request: iam_admin_v1.DeleteServiceAccountRequest
    ) -> empty_pb2.Empty:
        """Delete an account; its memberships stay, marked as a deleted account's."""
        self._check("iam.serviceAccounts.delete", request.name)
        account = self._find(request.name)
        self._state.accounts.delete(account.email)
        self._state.policy.rename_member(*_member_names(account))
        return empty_pb2.Empty()

    def undelete_service_account(
        self, request: iam_admin_v1.UndeleteServiceAccountRequest
    ) -> iam_admin_v1.UndeleteServiceAccountResponse:
        """Bring a deleted account back with its memberships."""
        self._check("iam.serviceAccounts.undelete", request.name)
        account = self._state.accounts.undelete(request.name.rpartition("/")[2])
        if account is None:
            raise _unknown(request.name)
        live, deleted = _member_names(account)
        self._state.policy.rename_member(deleted, live)
        return iam_admin_v1.UndeleteServiceAccountResponse(restored_account=self._message(account))

    def get_iam_policy(self, request: iam_policy_pb2.GetIamPolicyRequest) -> policy_pb2.Policy:
        """Who may act as the account."""
        self._check("iam.serviceAccounts.getIamPolicy", request.resource)
        return self._policy(request.resource).read(request.options.requested_policy_version)

    def set_iam_policy(self, request: iam_policy_pb2.SetIamPolicyRequest) -> policy_pb2.Policy:
        """Replace who may act as the account, if the etag is still the stored one."""
        self._check("iam.serviceAccounts.setIamPolicy", request.resource)
        ledger = self._policy(request.resource)
        return policies.store(self._state, ledger, request.policy)

    def _policy(self, name: str) -> PolicyLedger:
        ledger = self._state.accounts.policy(name.rpartition("/")[2])
        if ledger is None:
            raise _unknown(name)
        return ledger

    def _find(self, name: str) -> Account:
        account = self._state.accounts.find(name.rpartition("/")[2])
        if account is None:
            raise _unknown(name)
        return account

    def _check(self, permission: str, resource: str) -> None:
        if not self._state.allowed(permission):
            raise Refusal(
                grpc.StatusCode.PERMISSION_DENIED,
                f"Permission '{permission}' denied on resource (or it may not exist).",
                error_info("IAM_PERMISSION_DENIED", API, permission=permission, resource=resource),
            )

    def _message(self, account: Account) -> iam_admin_v1.ServiceAccount:
        project_id = self._state.project.project_id
        return iam_admin_v1.ServiceAccount(
            name=f"projects/{project_id}/serviceAccounts/{account.email}",
            project_id=project_id,
            unique_id=account.unique_id,
            email=account.email,
            display_name=account.display_name,
            description=account.description,
        )


def _unknown(name: str) -> Refusal:
    return Refusal(grpc.StatusCode.NOT_FOUND, f"Unknown service account: {name.rpartition('/')[2]}")


def _member_names(account: Account) -> tuple[str, str]:
    """How policies name the account while it lives, and once it is deleted."""
    return (
        f"serviceAccount:{account.email}",
        f"deleted:serviceAccount:{account.email}?uid={account.unique_id}",
    )
