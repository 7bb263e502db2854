"""The project's Google service accounts: made, seen a little later, deleted, brought back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.google.ledger import PolicyLedger

if TYPE_CHECKING:
    from jetscale_tui.sandbox.google.ledger import Timer

VISIBLE_SECONDS = 20.0
"""Sandbox seconds in which a new account is not yet found by other calls."""

_FIRST_UNIQUE_ID = 100000000000000000001


class AccountExists(Exception):
    """There is an account of that name."""


@dataclass(frozen=True, slots=True)
class Account:
    """One Google service account."""

    email: str
    unique_id: str
    display_name: str
    description: str
    visible_from: float
    """Sandbox second from which other calls find it."""


class ServiceAccounts:
    """Accounts by e-mail, each with an IAM policy of its own. Thread-safe."""

    def __init__(self, project_id: str, clock: Timer, propagation: float) -> None:
        self._domain = f"{project_id}.iam.gserviceaccount.com"
        self._clock = clock
        self._propagation = propagation
        self._lock = threading.Lock()
        self._next_id = _FIRST_UNIQUE_ID
        self._accounts: dict[str, Account] = {}
        self._deleted: dict[str, Account] = {}
        self._policies: dict[str, PolicyLedger] = {}

    def create(self, account_id: str, display_name: str, description: str) -> Account:
        """Make an account.

        Raises:
            AccountExists: the name is taken.
        """
        with self._lock:
            email = f"{account_id}@{self._domain}"
            if email in self._accounts:
                raise AccountExists(account_id)
            account = Account(
                email,
                str(self._next_id),
                display_name,
                description,
                self._clock.monotonic() + VISIBLE_SECONDS,
            )
            self._next_id += 1
            self._accounts[email] = account
            self._policies[account.unique_id] = PolicyLedger(self._clock, self._propagation)
            return account

    def find(self, key: str) -> Account | None:
        """The account of an e-mail or unique id, once it can be seen."""
        with self._lock:
            found = [
                item for item in self._accounts.values() if key in (item.email, item.unique_id)
            ]
        seen = [item for item in found if item.visible_from <= self._clock.monotonic()]
        return seen[0] if seen else None

    def all(self) -> list[Account]:
        """Every account that can be seen, by e-mail."""
        with self._lock:
            emails = sorted(self._accounts)
        return [account for email in emails if (account := self.find(email))]

    def policy(self, email: str) -> PolicyLedger | None:
        """The policy of an account: who may act as it."""
        account = self.find(email)
        return self._policies[account.unique_id] if account else None

    def delete(self, email: str) -> Account | None:
        """Delete an account; it can be brought back by its unique id."""
        with self._lock:
            account = self._accounts.pop(email, None)
            if account is not None:
                self._deleted[account.unique_id] = account
            return account

    def undelete(self, unique_id: str) -> Account | None:
        """Bring an account back; None when there is none to bring, or its name is taken."""
        with self._lock:
            account = self._deleted.get(unique_id)
            if account is None or account.email in self._accounts:
                return None
            restored = replace(account, visible_from=self._clock.monotonic())
            self._accounts[account.email] = restored
            del self._deleted[unique_id]
            return restored

    def is_missing(self, member: str) -> bool:
        """Whether a policy member names an account of this project that is not (yet) there."""
        email = member.removeprefix("serviceAccount:")
        return email != member and email.endswith(f"@{self._domain}") and self.find(email) is None
