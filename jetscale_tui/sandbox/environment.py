"""A whole sandbox: the cluster, the servers in front of it, and the file that leads there."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import trustme

from jetscale_tui.sandbox import kubeconfig
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.director import Director
from jetscale_tui.sandbox.google.server import GoogleServer
from jetscale_tui.sandbox.google.state import GoogleState
from jetscale_tui.sandbox.kube.access import EVERYTHING
from jetscale_tui.sandbox.kube.server import KubeServer
from jetscale_tui.sandbox.people import Person
from jetscale_tui.sandbox.promql_server import PromqlServer
from jetscale_tui.sandbox.world import CLUSTER_AGE, World

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from jetscale_tui.sandbox.scenario import Scenario

_MARGIN = timedelta(seconds=60)
"""More than making the cluster's past takes, at any speed."""
_VIEWER = "viewer@example.com"


class Sandbox:
    """Servers on loopback that answer as a small GKE and its Google Cloud project do.

    Everything it writes is below `directory`. Starts in `start`, or as a context manager.
    """

    def __init__(
        self,
        directory: Path,
        blueprint: Blueprint | None = None,
        *,
        scenario: Scenario | None = None,
        restricted: Person | None = None,
    ) -> None:
        """Build it; a scenario's cluster is only used without a blueprint.

        `restricted` is a third person, with rights between everything and nothing.
        """
        self.blueprint = blueprint or (scenario.cluster if scenario else Blueprint())
        self.directory = directory
        account = Person(kubeconfig.CONTEXT, self.blueprint.account, EVERYTHING)
        viewer = Person(kubeconfig.VIEWER_CONTEXT, _VIEWER)
        others = [viewer] if restricted is None else [viewer, restricted]
        self._people = [account, *others]
        self.token = account.token
        """Of the account that may do everything, for both sides."""
        self.viewer_token = viewer.token
        """Of somebody who is known but allowed nothing."""
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1", "localhost")
        self.ca_pem: str = authority.cert_pem.bytes().decode()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(tls)
        past = timedelta(seconds=CLUSTER_AGE) + _MARGIN
        self.clock = SimClock(self.blueprint.speed, datetime.now(UTC) - past)
        self.google = GoogleState(self.blueprint, self.clock)
        self._started = self.clock.now()
        self.world = World(self.blueprint, self.clock, self.google)
        self.store = self.world.store
        self.kube = KubeServer(
            self.store,
            self.clock,
            identities={person.token: person.identity for person in self._people},
            tls=tls,
        )
        self.kube.aggregated.update(self.world.aggregated)
        self.kube.proxies = self.world.network.proxy
        self.kube.logs = self.world.kubelet.log
        self.director = (
            Director(scenario, self.world, self.google, self.kube, self.token) if scenario else None
        )
        self._google_server = GoogleServer(
            self.google,
            token=self.token,
            private_key=certificate.private_key_pem.bytes(),
            certificate_chain=b"".join(blob.bytes() for blob in certificate.cert_chain_pems),
            monitoring=self.world.monitoring,
            others={person.token: person.caller for person in others},
        )
        readable = "monitoring.timeSeries.list"
        readers = {person.token: partial(person.caller.holds, readable) for person in others}
        self._promql_server = PromqlServer(
            self.world.prometheus,
            self.blueprint.project_id,
            readers={self.token: partial(self.google.allowed, readable), **readers},
            tls=tls,
        )

    @property
    def kubeconfig(self) -> Path:
        """File with a context for each person; exists while it runs."""
        return self.directory / "kubeconfig"

    @property
    def kube_url(self) -> str:
        """`https://127.0.0.1:PORT` of the API server."""
        return self.kube.url

    @property
    def google_address(self) -> str:
        """`127.0.0.1:PORT` of the Google services, gRPC over TLS."""
        return self._google_server.address

    @property
    def promql_url(self) -> str:
        """Root of Managed Prometheus' query API; `/api/v1/query` below it, with the token."""
        return self._promql_server.url

    @property
    def addresses(self) -> dict[str, str]:
        """What listens where, by name."""
        return {
            "kubernetes": self.kube_url,
            "google": self.google_address,
            "promql": self.promql_url,
        }

    def start(self) -> None:
        """Serve; returns once everything answers."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.prepare()
        try:
            self._google_server.start()
            self._promql_server.start()
            self.kube.start()
            self.google.publish_endpoint(self.kube_url.removeprefix("https://"), self.ca_pem)
            self.write_kubeconfig(self.kubeconfig)
        except BaseException:
            self.stop()
            raise
        if self.director is not None:
            self.director.begin()
        self.world.start()

    def prepare(self) -> None:
        """Bring the cluster to the moment before the start; `start` does this itself.

        Raises:
            ConfigError: the API server refuses an object of the scenario.
        """
        if self.director is not None:
            self.director.grant()
        self.world.settle()
        if self.director is not None:
            self.director.set_stage()
        self._started = self._catch_up()

    def stop(self) -> None:
        """Stop at once, whatever is going on, and leave nothing running or behind."""
        self.world.stop()
        self.kube.stop()
        self._promql_server.stop()
        self._google_server.stop()
        self.kubeconfig.unlink(missing_ok=True)

    def write_kubeconfig(self, path: Path) -> None:
        """Write the file that leads here.

        Raises:
            ConfigError: it holds something else, or cannot be written.
        """
        blueprint = self.blueprint
        facts = {
            "google": self.google_address,
            "promql": urlsplit(self.promql_url).netloc,
            "project": blueprint.project_id,
            "location": blueprint.location,
            "cluster": blueprint.cluster,
            "speed": blueprint.speed,
            "started": self._started.isoformat(),
        }
        content = kubeconfig.document(self.kube_url, self.ca_pem, self._people, facts)
        kubeconfig.write(path, content)

    def _catch_up(self) -> datetime:
        """Bring the clock to the real time if it is behind; when both tell or told the same."""
        with self.clock.stopped():
            now = datetime.now(UTC)
            behind = now - self.clock.now()
            self.clock.skip(behind.total_seconds())
        ahead = max(timedelta(), -behind)
        return now - ahead / (self.clock.speed - 1) if self.clock.speed > 1 else now

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
