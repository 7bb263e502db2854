"""Somebody's computer: behind a proxy that inspects TLS, with a login or without."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.access import EVERYTHING, Identity
from tests.cloud.sign_in import (
    ConnectProxy,
    TokenEndpoint,
    log_out,
    person_file,
    serving,
    write_user_file,
)
from tests.sandbox.google.running import TOKEN, certificates, running

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    import pytest

    from jetscale_tui.sandbox.environment import Sandbox

_ANY_GOOGLE = "*.googleapis.com"


class Machine:
    """A computer on which nobody has logged in; Google's host names lead to a sandbox's services.

    The token of a login is known to the sandbox's API server as well, as it is to GKE's.
    """

    def __init__(self, sandbox: Sandbox, folder: Path, environment: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self._environment = environment
        self._running = ExitStack()
        self._logins = 0

    def __enter__(self) -> Machine:
        log_out(self._environment, self.folder)
        self._environment.setenv("KUBECONFIG", str(self.folder / "no-kubeconfig"))
        self._environment.setenv("NO_COLOR", "1")
        sandbox = self.sandbox
        self.google = self._running.enter_context(
            running(sandbox.google, _ANY_GOOGLE, monitoring=sandbox.world.monitoring)
        )
        self.proxy = ConnectProxy(_port(self.google.address))
        self._running.enter_context(serving(self.proxy))
        self.sign_in = self._sign_in_service()
        for host in ("oauth2", "iamcredentials", "sts"):
            self.proxy.others[f"{host}.googleapis.com"] = self.sign_in.server_port
        self.proxy.others["127.0.0.1"] = _port(sandbox.kube_url)
        bundle = self.folder / "ca.pem"
        bundle.write_text(self.google.ca_pem)
        self._environment.setenv("HTTPS_PROXY", self.proxy.url)
        for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
            self._environment.setenv(name, str(bundle))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._running.close()

    def log_in(self) -> None:
        """`gcloud auth application-default login`: a token that has not been seen before."""
        self._logins += 1
        self.sign_in.token = f"{TOKEN}-{self._logins}"
        self.sign_in.revoked = False
        self._let_in(self.sign_in.token)
        write_user_file(person_file(self.folder))

    def revoke(self) -> None:
        """Somebody ends the login from elsewhere: its token is refused and not renewed."""
        self._let_in(f"{TOKEN}-nobody-has")
        self.sign_in.revoked = True

    def _let_in(self, token: str) -> None:
        identities, account = self.sandbox.kube.identities, self.sandbox.blueprint.account
        identities.pop(self.google.server.token, None)
        identities[token] = Identity(account, rules=EVERYTHING)
        self.google.server.token = token

    def setup(self, **parts: object) -> str:
        """Path of a setup document that names the sandbox's cluster, some parts replaced."""
        blueprint = self.sandbox.blueprint
        google = {
            "project": blueprint.project_id,
            "location": blueprint.location,
            "cluster": blueprint.cluster,
        }
        document = {"apiVersion": "jetscale/v1", "kind": "Setup", "google": google, **parts}
        path = self.folder / "setup.yaml"
        path.write_text(json.dumps(document))
        return str(path)

    def _sign_in_service(self) -> TokenEndpoint:
        _, key, chain = certificates(_ANY_GOOGLE)
        certificate = self.folder / "server.pem"
        certificate.write_bytes(key + chain)
        endpoint = TokenEndpoint(TOKEN, certificate=certificate)
        self._running.enter_context(serving(endpoint))
        return endpoint


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
