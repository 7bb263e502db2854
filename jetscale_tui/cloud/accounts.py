"""Google service accounts and who may act as them, through the IAM API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from google.api_core import exceptions as api
from google.cloud import iam_admin_v1
from google.iam.v1 import iam_policy_pb2, options_pb2

from jetscale_tui.cloud import policy as editing
from jetscale_tui.cloud.bindings import OUTCOME_UNKNOWN, PolicyChanger
from jetscale_tui.cloud.calls import IAM, Call
from jetscale_tui.domain.google import ServiceAccount
from jetscale_tui.errors import NotFound, Unreachable

if TYPE_CHECKING:
    from google.iam.v1 import policy_pb2

    from jetscale_tui.cloud.session import Session
    from jetscale_tui.domain.google import Policy

VISIBLE_SECONDS = 120.0
"""How long a new account may stay unseen; usually it is less than a minute."""

_YOUNG_SECONDS = 300.0
_TRIES = 4


class ServiceAccounts:
    """Making, finding and removing accounts, reading and changing their policies."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._made: dict[str, float] = {}

    def get(self, project_id: str, email: str) -> ServiceAccount | None:
        """The account, None where there is none."""
        call = _about(email, "read service account", "iam.serviceAccounts.get", project_id)
        request = iam_admin_v1.GetServiceAccountRequest(name=_name(project_id, email))
        try:
            message = self._session.read(call, self._client.get_service_account, request)
        except NotFound:
            return None
        return _account(message)

    def create(self, project_id: str, account_id: str, display_name: str) -> ServiceAccount:
        """Make an account and wait until other calls find it.

        Raises:
            Conflict: there is one of that name.
        """
        email = f"{account_id}@{project_id}.iam.gserviceaccount.com"
        call = _about(email, "create service account", "iam.serviceAccounts.create", project_id)
        request = iam_admin_v1.CreateServiceAccountRequest(
            name=f"projects/{project_id}",
            account_id=account_id,
            service_account=iam_admin_v1.ServiceAccount(display_name=display_name),
        )
        self._made[email] = time.monotonic()
        self._create_once(call, request)
        return self._seen(project_id, email)

    def undelete(self, project_id: str, unique_id: str) -> ServiceAccount:
        """Bring back an account deleted in the last 30 days, with its memberships."""
        call = _about(
            unique_id, "undelete service account", "iam.serviceAccounts.undelete", project_id
        )
        request = iam_admin_v1.UndeleteServiceAccountRequest(name=_name(project_id, unique_id))
        method = self._client.undelete_service_account
        try:
            email = self._session.write(method, request).restored_account.email
        except Exception as error:
            raise self._session.translated(error, call) from error
        return self._seen(project_id, email)

    def delete(self, project_id: str, email: str) -> bool:
        """Delete an account; False if it was not there."""
        call = _about(email, "delete service account", "iam.serviceAccounts.delete", project_id)
        request = iam_admin_v1.DeleteServiceAccountRequest(name=_name(project_id, email))
        method = self._client.delete_service_account
        try:
            self._session.write(method, request)
        except api.NotFound:
            return False
        except Exception as error:
            raise self._session.translated(error, call) from error
        return True

    def policy(self, project_id: str, email: str) -> Policy:
        """Who may act as the account."""
        return editing.as_read(self._read_policy(project_id, email))

    def changer(self, project_id: str, email: str) -> PolicyChanger:
        """What changes the account's policy safely."""

        def write(policy: policy_pb2.Policy) -> object:
            request = iam_policy_pb2.SetIamPolicyRequest(
                resource=_name(project_id, email), policy=policy
            )
            return self._session.write(self._client.set_iam_policy, request)

        call = _about(
            email,
            "change the IAM policy of service account",
            "iam.serviceAccounts.setIamPolicy",
            project_id,
        )
        return PolicyChanger(
            self._session, lambda: self._read_policy(project_id, email), write, call
        )

    def young(self) -> tuple[str, ...]:
        """E-mails of accounts made here so recently that not every service may know them."""
        since = time.monotonic() - _YOUNG_SECONDS
        return tuple(email for email, made in self._made.items() if made > since)

    def _create_once(self, call: Call, request: iam_admin_v1.CreateServiceAccountRequest) -> None:
        """Create; a lost answer is settled by asking again, and "already exists" is then ours."""
        answer_lost = False
        for remaining in reversed(range(_TRIES)):
            method = self._client.create_service_account
            try:
                self._session.write(method, request)
            except OUTCOME_UNKNOWN as error:
                answer_lost = True
                if not remaining:
                    raise self._session.translated(error, call) from error
                time.sleep(0.2)
            except api.AlreadyExists as error:
                if not answer_lost:
                    raise self._session.translated(error, call) from error
                return
            except Exception as error:
                raise self._session.translated(error, call) from error
            else:
                return

    def _seen(self, project_id: str, email: str) -> ServiceAccount:
        deadline = time.monotonic() + VISIBLE_SECONDS
        pause = 0.1
        while True:
            account = self.get(project_id, email)
            if account is not None:
                return account
            if time.monotonic() >= deadline:
                raise Unreachable(
                    f"Service account {email} was created but cannot be seen yet.",
                    why=f"It did not show up within {VISIBLE_SECONDS:.0f} seconds.",
                    fix="Wait a minute and run the same again; what was done is found.",
                )
            time.sleep(pause)
            pause = min(5.0, pause * 1.5)

    def _read_policy(self, project_id: str, email: str) -> policy_pb2.Policy:
        call = _about(
            email,
            "read the IAM policy of service account",
            "iam.serviceAccounts.getIamPolicy",
            project_id,
        )
        request = iam_policy_pb2.GetIamPolicyRequest(
            resource=_name(project_id, email),
            options=options_pb2.GetPolicyOptions(requested_policy_version=editing.POLICY_VERSION),
        )
        return self._session.read(call, self._client.get_iam_policy, request)

    @property
    def _client(self) -> iam_admin_v1.IAMClient:
        return self._session.client(iam_admin_v1.IAMClient)


def _about(key: str, doing: str, permission: str, project_id: str) -> Call:
    return Call(f"{doing} {key}", IAM, permission, project_id)


def _name(project_id: str, key: str) -> str:
    return f"projects/{project_id}/serviceAccounts/{key}"


def _account(message: iam_admin_v1.ServiceAccount) -> ServiceAccount:
    return ServiceAccount(message.email, message.unique_id, message.display_name, message.disabled)
