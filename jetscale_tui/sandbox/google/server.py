"""The Google Cloud services of the sandbox on one loopback port: gRPC over TLS with a token."""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    import grpc

    from jetscale_tui.sandbox.google.callers import Caller
    from jetscale_tui.sandbox.google.interception import Gate, SeenCall
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.monitoring import Monitoring

log = logging.getLogger(__name__)


class GoogleServer:
    """Serves a `GoogleState` until stopped."""

    def __init__(
        self,
        state: GoogleState,
        *,
        token: str,
        private_key: bytes,
        certificate_chain: bytes,
        monitoring: Monitoring | None = None,
        others: Mapping[str, Caller] | None = None,
        port: int = 0,
    ) -> None:
        """Prepare a server; nothing is bound or imported before `start`.

        Every call has to carry `token`, the account's, or that of one of the `others`. The
        certificate (PEM, for 127.0.0.1) is one of the sandbox's CA. `monitoring` holds the time
        series; without it there is no monitoring API. Port 0 takes a free one.
        """
        self._state = state
        self._token = token
        self._known: dict[str, Caller | None] = {token: None, **(others or {})}
        self._certificate = (private_key, certificate_chain)
        self._monitoring = monitoring
        self._port = port
        self._server: grpc.Server | None = None
        self._gate: Gate | None = None

    @property
    def token(self) -> str:
        """The account's; setting another one ends the login that has this one."""
        return self._token

    @token.setter
    def token(self, token: str) -> None:
        self._known.pop(self._token)
        self._known[token] = None
        self._token = token

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, known after `start`."""
        return f"127.0.0.1:{self._port}"

    @property
    def calls(self) -> tuple[SeenCall, ...]:
        """The most recent calls that carried a known token, oldest first."""
        return tuple(self._gate.calls) if self._gate else ()

    def start(self) -> None:
        """Bind and serve.

        Raises:
            OSError: the port is taken.
        """
        # The C core writes its warnings straight to stderr, over any screen.
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        import grpc

        from jetscale_tui.sandbox.google.catalogue import handlers
        from jetscale_tui.sandbox.google.interception import Gate

        gate = Gate(self._state, self._known)
        server = grpc.server(
            ThreadPoolExecutor(max_workers=8, thread_name_prefix="sandbox-google"),
            handlers=handlers(self._state, self._monitoring),
            interceptors=[gate],
            options=[("grpc.so_reuseport", 0)],
        )
        credentials = grpc.ssl_server_credentials([self._certificate])
        try:
            self._port = server.add_secure_port(self.address, credentials)
        except RuntimeError as error:
            raise OSError(f"cannot listen on {self.address}") from error
        server.start()
        self._server, self._gate = server, gate
        log.info("Google services of the sandbox on %s", self.address)

    def stop(self) -> None:
        """Stop at once; calls in progress end as unavailable."""
        server, self._server = self._server, None
        if server is not None:
            server.stop(grace=None).wait()

    def __enter__(self) -> GoogleServer:
        self.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.stop()
