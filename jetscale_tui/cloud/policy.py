"""Editing an IAM policy message: pure, in place, touching only the bindings it is given.

Conditional bindings, other members (`deleted:` ones included), audit configuration, the order of
everything and the etag stay as they were read.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import Binding, Policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.iam.v1 import policy_pb2

POLICY_VERSION = 3
"""The only version that carries conditions; reading or writing a lower one would lose them."""


def add(policy: policy_pb2.Policy, bindings: Iterable[Binding]) -> tuple[Binding, ...]:
    """Grant unconditionally; returns what was not there before, in the order given."""
    added = []
    for wanted in dict.fromkeys(bindings):
        of_role = _unconditional(policy, wanted.role)
        if any(wanted.member in binding.members for binding in of_role):
            continue
        if of_role:
            of_role[0].members.append(wanted.member)
        else:
            policy.bindings.add(role=wanted.role, members=[wanted.member])
        added.append(wanted)
    if added:
        policy.version = POLICY_VERSION
    return tuple(added)


def remove(policy: policy_pb2.Policy, bindings: Iterable[Binding]) -> tuple[Binding, ...]:
    """Take unconditional grants back; returns what was there, in the order given."""
    removed = []
    for unwanted in dict.fromkeys(bindings):
        holders = [
            binding
            for binding in _unconditional(policy, unwanted.role)
            if unwanted.member in binding.members
        ]
        for binding in holders:
            while unwanted.member in binding.members:
                binding.members.remove(unwanted.member)
            if not binding.members:
                policy.bindings.remove(binding)
        if holders:
            removed.append(unwanted)
    if removed:
        policy.version = POLICY_VERSION
    return tuple(removed)


def as_read(policy: policy_pb2.Policy) -> Policy:
    """The policy as far as the domain cares: unconditional grants, how many others, the etag."""
    plain = [binding for binding in policy.bindings if not binding.HasField("condition")]
    return Policy(
        bindings=frozenset(
            Binding(binding.role, member) for binding in plain for member in binding.members
        ),
        conditional=len(policy.bindings) - len(plain),
        members=sum(len(binding.members) for binding in policy.bindings),
        etag=base64.b64encode(policy.etag).decode(),
    )


def _unconditional(policy: policy_pb2.Policy, role: str) -> list[policy_pb2.Binding]:
    return [
        binding
        for binding in policy.bindings
        if binding.role == role and not binding.HasField("condition")
    ]
