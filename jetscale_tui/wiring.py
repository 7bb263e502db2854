"""The composition root: one place that builds the real `Backend`.

A kubeconfig context that belongs to a sandbox says so in an extension, with the address of that
sandbox's own Google Cloud; then nothing of the real one is ever asked.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from jetscale_tui.clocks import PacedClock, WallClock
from jetscale_tui.domain.google import ClusterName
from jetscale_tui.engine.locate import lacks_context
from jetscale_tui.engine.ports import ContextInfo
from jetscale_tui.errors import ConfigError, NoCredentials, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from jetscale_tui.cloud.client import GoogleCloud
    from jetscale_tui.cloud.connect import GoogleEndpoint
    from jetscale_tui.cluster.sandboxinfo import SandboxInfo
    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.engine.playing import Tape
    from jetscale_tui.engine.ports import Clock, Cluster, LiveFeed


class RealBackend:
    """Kubernetes by kubeconfig, Google Cloud by Application Default Credentials.

    A GKE cluster that no kubeconfig has is reached by the address the GKE API tells, with the
    Google credentials; its context is called what gcloud would call it. Connections are made on
    first use, in the thread that asks, and kept.
    """

    def __init__(
        self,
        kubeconfig: Path | None = None,
        context: str | None = None,
        project: str | None = None,
        *,
        cluster: ClusterName | None = None,
        taken: Callable[[WatchEvent, datetime], None] | None = None,
    ) -> None:
        """Nothing is read or sent yet.

        Args:
            kubeconfig: the file; None where kubectl would look.
            context: instead of the kubeconfig's current one.
            project: what a person's calls to Google are billed to, if the credentials do not say.
            cluster: the one that is meant, in case the kubeconfig has no context for it.
            taken: told of all that feeds are told, with the cluster's time; for a recording.
        """
        self._kubeconfig = kubeconfig
        self._context = context
        self._project = project
        self._named = cluster
        self._taken = taken
        self._opening_cluster = threading.Lock()
        self._opening_cloud = threading.Lock()
        self._clusters: dict[str | None, Cluster] = {}
        self._google: GoogleCloud | None = None

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
        """Contexts of the kubeconfig; no network.

        Where none of them leads to the cluster named, also the one it would have, as the current.
        """
        known = self._in_kubeconfig(needed=self._named is None)
        named = self._meant_directly(known)
        if named is None:
            return known
        own = ContextInfo(named.context, named.context, "", "default", server="", current=True)
        return [*(replace(each, current=False) for each in known), own]

    def cluster(self, context: str | None = None) -> Cluster:
        """Connect to a context: the one given, the command line's, or the current one.

        A name that gcloud would give and the kubeconfig does not have leads to that cluster too.

        Raises:
            NoCredentials: such a cluster is to be reached, and nobody has logged in.
            AuthError, NotFound, PermissionDenied, Unreachable: its address cannot be had.
            ConfigError: there is no such context.
        """
        wanted = context or self._context
        with self._opening_cluster:
            if wanted not in self._clusters:
                self._clusters[wanted] = self._open(wanted)
            return self._clusters[wanted]

    def cloud(self) -> GoogleCloud | None:
        """Google Cloud, or None when there are no credentials at all.

        Raises:
            AuthError: there are some, and they are broken, expired or revoked.
            Unreachable: Google's sign-in service does not answer.
        """
        try:
            return self._signed_in()
        except NoCredentials:
            return None

    def feed(self, context: str | None, namespace: str | None) -> LiveFeed:
        """A feed of one namespace, or of all when None."""
        from jetscale_tui.cluster.feed import KubeFeed

        return KubeFeed(self.cluster(context), namespace, self.clock, taken=self._taken)

    def record(self, path: Path, context: str | None, namespace: str | None) -> Tape:
        """Keep all that is seen of a cluster from now on in a new file.

        Raises:
            ConfigError: there is one already, or it cannot be made.
            JetScaleError: the cluster cannot be reached.
        """
        from jetscale_tui.cluster.feed import KubeFeed
        from jetscale_tui.domain.recording import Header
        from jetscale_tui.recording.tape import LiveTape

        cluster, clock = self.cluster(context), self.clock
        header = Header(clock.now(), namespace, None, cluster.context)
        return LiveTape(
            path, header, lambda taken: KubeFeed(cluster, namespace, clock, taken=taken)
        )

    def _in_kubeconfig(self, *, needed: bool) -> list[ContextInfo]:
        from jetscale_tui.cluster import connect
        from jetscale_tui.cluster.kubeconfig import NoKubeconfig

        try:
            return connect.contexts(self._kubeconfig)
        except NoKubeconfig:
            if needed or self._kubeconfig is not None:
                raise
            return []

    def _meant_directly(self, known: Sequence[ContextInfo]) -> ClusterName | None:
        """The cluster named, when it has no context and no other one was asked for."""
        named = self._named
        if named is None or self._context not in (None, named.context):
            return None
        asked_for = self._context is not None and not _has(known, named.context)
        return named if asked_for or lacks_context(named, known) else None

    def _open(self, context: str | None) -> Cluster:
        from jetscale_tui.cluster import connect

        named = self._without_context(context)
        if named is not None:
            return self._open_directly(named)
        return connect.connect(self._kubeconfig, context)

    def _without_context(self, context: str | None) -> ClusterName | None:
        """The cluster that is meant by a context the kubeconfig does not have."""
        named = ClusterName.of_context(context) if context else self._named
        known = self._in_kubeconfig(needed=named is None)
        if context is None:
            return self._meant_directly(known)
        return None if _has(known, context) else named

    def _open_directly(self, named: ClusterName) -> Cluster:
        from jetscale_tui.cluster import direct

        google = self._signed_in()
        found = google.cluster(named.project, named.location, named.cluster)
        way_in = found.way_in
        if way_in is None:
            raise Unreachable(
                f"Cluster {named.cluster} has no address yet.",
                why=f"Its state is {found.status}.",
                fix="Wait until it runs.",
            )
        address = direct.Address(named.context, way_in.host, way_in.ca_certificate)
        return direct.connect(address, google.access_token, self.clock)

    def _signed_in(self) -> GoogleCloud:
        from jetscale_tui.cloud import connect

        endpoint = self._google_endpoint()
        with self._opening_cloud:
            if self._google is None:
                self._google = connect.connect(endpoint, quota_project=self._project)
            return self._google

    @cached_property
    def _sandbox(self) -> SandboxInfo | None:
        from jetscale_tui.cluster import sandboxinfo

        try:
            direct = self._without_context(self._context) is not None
        except ConfigError:
            return None
        return sandboxinfo.find(self._kubeconfig, None if direct else self._context)

    def _google_endpoint(self) -> GoogleEndpoint | None:
        from jetscale_tui.cloud.connect import GoogleEndpoint

        sandbox = self._sandbox
        if sandbox is None:
            return None
        return GoogleEndpoint(
            sandbox.google,
            sandbox.token,
            sandbox.ca_pem.decode(),
            sandbox.account,
            rest_address=sandbox.promql,
        )


def _has(contexts: Sequence[ContextInfo], name: str) -> bool:
    return any(context.name == name for context in contexts)
