"""A Google side of the sandbox, started for a test."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import trustme

from jetscale_tui.sandbox.google.server import GoogleServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.monitoring import Monitoring

TOKEN = "sandbox-access-token-0123456789"


@dataclass(frozen=True, slots=True)
class RunningGoogle:
    """Where a started server answers, and what a client needs to be let in."""

    state: GoogleState
    address: str
    ca_pem: str
    server: GoogleServer
    token: str = TOKEN


@cache
def certificates(*names: str) -> tuple[str, bytes, bytes]:
    """The CA, then key and chain of a server under those names besides 127.0.0.1, all PEM."""
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1", *names)
    chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
    return authority.cert_pem.bytes().decode(), leaf.private_key_pem.bytes(), chain


@contextmanager
def running(
    state: GoogleState, *names: str, monitoring: Monitoring | None = None
) -> Iterator[RunningGoogle]:
    """Serve a state until the block is left, under further host names if need be."""
    ca_pem, key, chain = certificates(*names)
    with GoogleServer(
        state, token=TOKEN, private_key=key, certificate_chain=chain, monitoring=monitoring
    ) as server:
        yield RunningGoogle(state, server.address, ca_pem, server)
