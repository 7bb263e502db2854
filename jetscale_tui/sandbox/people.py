"""The people a sandbox knows: each with a context, a token that both sides take, and rights."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.google.callers import Caller
from jetscale_tui.sandbox.kube.access import Identity

if TYPE_CHECKING:
    from jetscale_tui.sandbox.kube.access import Rule


def _new_token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may reach the sandbox."""

    context: str
    """Name of the kubeconfig context."""
    account: str
    """E-mail, in Kubernetes and at Google alike."""
    rules: tuple[Rule, ...] = ()
    """What they may do in the cluster, beyond asking what that is."""
    permissions: tuple[str, ...] = ()
    """What they hold on the Google project."""
    token: str = field(default_factory=_new_token, repr=False)

    @property
    def identity(self) -> Identity:
        """As the API server knows them."""
        return Identity(self.account, rules=self.rules)

    @property
    def caller(self) -> Caller:
        """As Google knows them."""
        return Caller(self.permissions)
