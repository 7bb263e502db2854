"""An IAM policy as a service keeps it: one document with an etag, and an effect that lags behind.

What is stored changes at once; what it grants follows `propagation` seconds later, for grants and
revokes alike. Conditional bindings are kept byte for byte and never count as a grant.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Protocol

from google.iam.v1 import policy_pb2

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

MEMBER_LIMIT = 1500
"""Principals one policy may hold, as Google documents it."""


class Timer(Protocol):
    """The part of the sandbox's clock that is needed here, in its seconds."""

    def monotonic(self) -> float:
        """Seconds that only grow."""

    def sleep(self, sim_seconds: float, /) -> object:
        """Wait that long."""

    def at(self, monotonic: float, /) -> datetime:
        """Time of day at a value of `monotonic()`, aware."""


class StalePolicy(Exception):
    """The etag sent is not the stored policy's; both are in the message."""


class InvalidPolicy(Exception):
    """The policy sent cannot be stored; the message is the service's."""


def etag_text(etag: bytes) -> str:
    """An etag the way Google prints it in messages: octal escapes."""
    return "".join(chr(byte) if 32 <= byte < 127 else f"\\{byte:03o}" for byte in etag)


class PolicyLedger:
    """One resource's IAM policy and the history its effect is computed from."""

    def __init__(
        self, clock: Timer, propagation: float, initial: Iterable[policy_pb2.Binding] = ()
    ) -> None:
        self._clock = clock
        self._propagation = propagation
        self._lock = threading.Lock()
        self._writes = 0
        self._stored = self._document(initial)
        # (sim seconds of the write, policy from then on), oldest first; the first entry is in
        # effect already.
        self._history: list[tuple[float, policy_pb2.Policy]] = [(float("-inf"), self._stored)]

    def read(self, version: int = 3) -> policy_pb2.Policy:
        """The stored policy as a caller asking for that policy version sees it.

        Below version 3 conditions are not shown: a conditional binding appears under a
        placeholder role, which is why writing such a policy back loses them.
        """
        with self._lock:
            policy = policy_pb2.Policy()
            policy.CopyFrom(self._stored)
        if version >= 3 or policy.version < 3:
            return policy
        for binding in policy.bindings:
            if binding.HasField("condition"):
                digest = hashlib.sha1(binding.condition.SerializeToString()).hexdigest()
                binding.role = f"{binding.role}_withcond_{digest[:20]}"
                binding.ClearField("condition")
        policy.version = 1
        return policy

    def write(self, policy: policy_pb2.Policy) -> policy_pb2.Policy:
        """Replace bindings if the etag still matches; an empty etag overwrites blindly.

        Raises:
            StalePolicy: somebody else wrote in between.
            InvalidPolicy: the document breaks a rule of the service.
        """
        with self._lock:
            if policy.etag and policy.etag != self._stored.etag:
                raise StalePolicy(
                    "There were concurrent policy changes. Please retry the whole "
                    "read-modify-write with exponential backoff. The request's ETag "
                    f"'{etag_text(policy.etag)}' did not match the current policy's ETag "
                    f"'{etag_text(self._stored.etag)}'."
                )
            _check(policy, self._stored)
            stored = self._document(policy.bindings)
            stored.audit_configs.extend(self._stored.audit_configs)
            self._stored = stored
            self._history.append((self._clock.monotonic(), stored))
            self._forget()
            answer = policy_pb2.Policy()
            answer.CopyFrom(stored)
            return answer

    def rename_member(self, old: str, new: str) -> None:
        """Name a member differently everywhere, as IAM does when an account is deleted."""
        with self._lock:
            changed = self._document(self._stored.bindings)
            for binding in changed.bindings:
                for position, member in enumerate(binding.members):
                    if member == old:
                        binding.members[position] = new
            changed.audit_configs.extend(self._stored.audit_configs)
            self._stored = changed
            self._history.append((self._clock.monotonic(), changed))
            self._forget()

    def holds(self, members: Iterable[str], roles: Iterable[str]) -> bool:
        """Whether any of the members has any of the roles in effect, without a condition."""
        asked_members, asked_roles = frozenset(members), frozenset(roles)
        with self._lock:
            self._forget()
            effective = self._history[0][1]
        return any(
            binding.role in asked_roles
            and not binding.HasField("condition")
            and not asked_members.isdisjoint(binding.members)
            for binding in effective.bindings
        )

    def _forget(self) -> None:
        """Drop history older than the entry now in effect, which becomes the first."""
        effective_since = self._clock.monotonic() - self._propagation
        while len(self._history) > 1 and self._history[1][0] <= effective_since:
            del self._history[0]

    def _document(self, bindings: Iterable[policy_pb2.Binding]) -> policy_pb2.Policy:
        """A policy with a fresh etag; version 3 only where a condition makes it one."""
        self._writes += 1
        kept = [binding for binding in bindings if binding.members]
        conditional = any(binding.HasField("condition") for binding in kept)
        return policy_pb2.Policy(
            version=3 if conditional else 1,
            bindings=kept,
            etag=b"\x07\x06" + self._writes.to_bytes(6, "big"),
        )


def _check(policy: policy_pb2.Policy, stored: policy_pb2.Policy) -> None:
    conditional = any(binding.HasField("condition") for binding in policy.bindings)
    if policy.version < 3 and (conditional or (stored.version == 3 and policy.etag)):
        raise InvalidPolicy(
            f"Specified policy version {policy.version} cannot be used to set policy with "
            "conditions, need policy version 3."
        )
    for binding in policy.bindings:
        if not binding.role.startswith(("roles/", "projects/", "organizations/")):
            raise InvalidPolicy(f"Role {binding.role} is not supported for this resource.")
        for member in binding.members:
            if ":" not in member and member not in ("allUsers", "allAuthenticatedUsers"):
                raise InvalidPolicy(f"The member {member} is of an unknown type.")
    count = sum(len(binding.members) for binding in policy.bindings)
    if count > MEMBER_LIMIT:
        raise InvalidPolicy(
            f"The number of members in the policy ({count:,}) is larger than the maximum "
            f"allowed size {MEMBER_LIMIT:,}."
        )
