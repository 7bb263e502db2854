"""Google service accounts, as fakes of Google Cloud have them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.google import Binding, Policy, ServiceAccount
from jetscale_tui.errors import Conflict, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence


class FakeAccounts:
    """The part of `ports.Cloud` that is about service accounts; to be inherited from."""

    def __init__(self) -> None:
        self.accounts: dict[str, ServiceAccount] = {}
        self.account_bindings: dict[str, set[Binding]] = {}
        self.deleted_accounts: dict[str, ServiceAccount] = {}
        """By unique id."""
        self._made = 0

    def service_account(self, project_id: str, email: str) -> ServiceAccount | None:
        self._refuse("service_account")
        return self.accounts.get(email)

    def create_service_account(
        self, project_id: str, account_id: str, *, display_name: str = ""
    ) -> ServiceAccount:
        self._refuse("create_service_account")
        email = f"{account_id}@{project_id}.iam.gserviceaccount.com"
        if email in self.accounts:
            raise Conflict(f"{email} exists.")
        self._made += 1
        account = ServiceAccount(email, f"{1000 + self._made}", display_name)
        self.accounts[email] = account
        self.account_bindings[email] = set()
        return account

    def undelete_service_account(self, project_id: str, unique_id: str) -> ServiceAccount:
        self._refuse("undelete_service_account")
        account = self.deleted_accounts.pop(unique_id, None)
        if account is None:
            raise NotFound(f"There is no deleted account {unique_id}.")
        self.accounts[account.email] = account
        self.account_bindings[account.email] = set()
        self._rename(f"deleted:serviceAccount:{account.email}?uid={unique_id}", account)
        return account

    def _rename(self, member: str, account: ServiceAccount) -> None:
        """Policies name the account as the living one it is again; here there are none."""

    def delete_service_account(self, project_id: str, email: str) -> bool:
        self._refuse("delete_service_account")
        self.account_bindings.pop(email, None)
        return self.accounts.pop(email, None) is not None

    def account_policy(self, project_id: str, email: str) -> Policy:
        self._refuse("account_policy")
        return Policy(frozenset(self._policy(email)))

    def add_account_bindings(
        self, project_id: str, email: str, bindings: Sequence[Binding]
    ) -> tuple[Binding, ...]:
        self._refuse("add_account_bindings")
        there = self._policy(email)
        added = tuple(binding for binding in bindings if binding not in there)
        there.update(added)
        return added

    def remove_account_bindings(
        self, project_id: str, email: str, bindings: Sequence[Binding]
    ) -> tuple[Binding, ...]:
        self._refuse("remove_account_bindings")
        there = self._policy(email)
        removed = tuple(binding for binding in bindings if binding in there)
        there.difference_update(removed)
        return removed

    def _policy(self, email: str) -> set[Binding]:
        if email not in self.accounts:
            raise NotFound(f"There is no service account {email}.")
        return self.account_bindings[email]

    def _refuse(self, method: str) -> None:
        """Raise what a test wants this method to raise; nothing here."""
