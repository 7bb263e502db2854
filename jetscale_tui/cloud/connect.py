"""The way to Google Cloud. Importing this imports nothing of Google's; `connect` does."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jetscale_tui.imports import ONE_AT_A_TIME

if TYPE_CHECKING:
    from jetscale_tui.cloud.client import GoogleCloud


@dataclass(frozen=True, slots=True)
class GoogleEndpoint:
    """Where and how the embedded Google services of a sandbox are reached."""

    address: str
    """`127.0.0.1:PORT`."""
    token: str = field(repr=False)
    ca_pem: str = field(repr=False)
    account: str
    """E-mail of the account the sandbox plays."""
    rest_address: str = ""
    """`127.0.0.1:PORT` of what has no gRPC: Managed Prometheus' query API."""


def connect(endpoint: GoogleEndpoint | None, *, quota_project: str | None = None) -> GoogleCloud:
    """Google Cloud through a sandbox's endpoint, or the real one when None is given.

    The real one uses Application Default Credentials and proves at once that they still work,
    which may take a few seconds of network. `quota_project` is the project a person's calls are
    billed to when the credentials do not say.

    Raises:
        AuthError: there are no credentials, or they are expired or revoked.
        Unreachable: Google's sign-in service does not answer.
    """
    # Both would be written over the screen: what gRPC's C core has to say, and when Google's
    # libraries will stop supporting this Python.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    warnings.filterwarnings("ignore", r"\s*You are using a (non-supported )?Python", FutureWarning)
    with ONE_AT_A_TIME:
        from jetscale_tui.cloud.access import DefaultAccess, SandboxAccess
        from jetscale_tui.cloud.client import GoogleCloud
        from jetscale_tui.cloud.session import Session

    if endpoint is not None:
        return GoogleCloud(Session(SandboxAccess(endpoint)))
    return GoogleCloud(Session(DefaultAccess(quota_project)))
