"""The composition root: one place that builds the real `Backend`.

A kubeconfig context that belongs to a sandbox says so in an extension, with the address of that
sandbox's own Google Cloud; then nothing of the real one is ever asked.
"""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING

from jetscale_tui.clocks import PacedClock, WallClock
from jetscale_tui.errors import AuthError

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.cloud.connect import GoogleEndpoint
    from jetscale_tui.cluster.sandboxinfo import SandboxInfo
    from jetscale_tui.engine.ports import Clock, Cloud, Cluster, ContextInfo, LiveFeed


class RealBackend:
    """Kubernetes by kubeconfig, Google Cloud by Application Default Credentials.

    Connections are made on first use, in the thread that asks, and kept.
    """

    def __init__(
        self,
        kubeconfig: Path | None = None,
        context: str | None = None,
        project: str | None = None,
    ) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._project = project
        self._lock = threading.Lock()
        self._clusters: dict[str | None, Cluster] = {}
        self._cloud: Cloud | None = None

    @property
    def label(self) -> str:
        """`sandbox ×10` when the context belongs to one, else empty."""
        sandbox = self._sandbox
        return f"sandbox ×{sandbox.speed:g}" if sandbox else ""

    @property
    def clock(self) -> Clock:
        """The wall's, or the sandbox's pace."""
        sandbox = self._sandbox
        return PacedClock(sandbox.started, sandbox.speed) if sandbox else WallClock()

    def contexts(self) -> list[ContextInfo]:
        """Contexts of the kubeconfig; no network."""
        from jetscale_tui.cluster import connect

        return connect.contexts(self._kubeconfig)

    def cluster(self, context: str | None = None) -> Cluster:
        """Connect to a context: the one given, the command line's, or the current one."""
        from jetscale_tui.cluster import connect

        wanted = context or self._context
        with self._lock:
            if wanted not in self._clusters:
                self._clusters[wanted] = connect.connect(self._kubeconfig, wanted)
            return self._clusters[wanted]

    def cloud(self) -> Cloud | None:
        """Google Cloud, or None without credentials."""
        from jetscale_tui.cloud import connect

        endpoint = self._google_endpoint()
        with self._lock:
            if self._cloud is None:
                try:
                    self._cloud = connect.connect(endpoint, quota_project=self._project)
                except AuthError:
                    return None
            return self._cloud

    def feed(self, context: str | None, namespace: str | None) -> LiveFeed:
        """A feed of one namespace, or of all when None."""
        from jetscale_tui.cluster.feed import KubeFeed

        return KubeFeed(self.cluster(context), namespace, self.clock)

    @cached_property
    def _sandbox(self) -> SandboxInfo | None:
        from jetscale_tui.cluster import sandboxinfo

        return sandboxinfo.find(self._kubeconfig, self._context)

    def _google_endpoint(self) -> GoogleEndpoint | None:
        from jetscale_tui.cloud.connect import GoogleEndpoint

        sandbox = self._sandbox
        if sandbox is None:
            return None
        return GoogleEndpoint(
            sandbox.google, sandbox.token, sandbox.ca_pem.decode(), sandbox.account
        )
