"""Opens an API server without a kubeconfig: by its address, its CA and somebody's token."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from jetscale_tui.cluster.connect import open_session
from jetscale_tui.cluster.kubeconfig import Kubeconfig
from jetscale_tui.engine.ports import ContextInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.cluster.client import KubeCluster
    from jetscale_tui.cluster.transport import Session
    from jetscale_tui.engine.ports import Clock

USER = "Google credentials"
"""Stands where a context names its user."""
RENEW = "Run: gcloud auth application-default login"
TOKEN_LIFE = timedelta(seconds=200)
"""A token that was good when it was given stays so for this long; Google's library sees to it."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an API server is, and what to call it."""

    context: str
    """Name that the kubeconfig context would have."""
    host: str
    """Host name or address, possibly with a port."""
    ca_pem: str = ""
    """Its certificate authority; empty: those everybody trusts."""

    @property
    def server(self) -> str:
        """The address as a kubeconfig writes it."""
        return f"https://{self.host}"

    @property
    def info(self) -> ContextInfo:
        """The context, as if there were one."""
        return ContextInfo(self.context, self.context, USER, "default", self.server, False)


def connect(address: Address, token: Callable[[str], str], clock: Clock) -> KubeCluster:
    """The cluster at an address; the first request asks for a token.

    Args:
        address: where.
        token: gives a token that is good now; is told the last one if the server refused it.
        clock: the cluster's.
    """
    from jetscale_tui.cluster.client import KubeCluster
    from jetscale_tui.cluster.transport import Transport

    transport = Transport(address.server, Login(address, token))
    return KubeCluster(address.info, transport, clock, helm=None)


class Login:
    """Logs in again and again with whatever token is good then."""

    def __init__(self, address: Address, token: Callable[[str], str]) -> None:
        self._address = address
        self._token = token
        self._last: tuple[Session, str] | None = None

    def __call__(self) -> Session:
        """A session of the token that is good now."""
        token = self._token(self._refused())
        name = self._address.context
        cluster = {"server": self._address.server}
        if self._address.ca_pem:
            encoded = base64.b64encode(self._address.ca_pem.encode()).decode()
            cluster["certificate-authority-data"] = encoded
        config = Kubeconfig(
            source="(none)",
            current=name,
            contexts={name: {"cluster": name, "user": USER}},
            clusters={name: cluster},
            users={USER: {"token": token}},
        )
        opened = open_session(config, name)
        session = replace(opened, login=USER, renew=RENEW, expires=opened.opened + TOKEN_LIFE)
        self._last = (session, token)
        return session

    def _refused(self) -> str:
        """The last token, where a login is asked for before that one is due to be renewed."""
        if self._last is None:
            return ""
        session, token = self._last
        return "" if session.soon_over(datetime.now(UTC)) else token
