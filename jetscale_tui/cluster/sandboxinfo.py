"""Finds the Google side of a sandbox: it is written into the sandbox's own kubeconfig."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jetscale_tui.cluster import kubeconfig
from jetscale_tui.domain.kubectl import parse_time
from jetscale_tui.domain.reading import mapping, objects, text
from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

EXTENSION = "jetscale.dev/sandbox"
"""Name of the extension of `clusters[].cluster` that marks a sandbox."""


@dataclass(frozen=True, slots=True)
class SandboxInfo:
    """How to reach everything of one sandbox."""

    google: str
    """Host and port of its Google services."""
    promql: str
    """Host and port of Managed Prometheus' query API."""
    project: str
    location: str
    cluster: str
    account: str
    """E-mail of the identity its token stands for."""
    token: str
    speed: float
    """Seconds it lives in one of ours."""
    started: datetime
    """When it and the wall told the same time."""
    ca_pem: bytes

    def __repr__(self) -> str:
        return f"SandboxInfo(google={self.google!r}, project={self.project!r})"


def find(path: Path | None = None, context: str | None = None) -> SandboxInfo | None:
    """The sandbox a context belongs to; None for a real cluster, or when there is no kubeconfig."""
    try:
        config = kubeconfig.load(path)
        info = config.choose(context)
    except ConfigError:
        return None
    entry = config.clusters[info.cluster]
    for extension in objects(entry.get("extensions")):
        if extension.get("name") == EXTENSION:
            break
    else:
        return None
    values = mapping(extension.get("extension"))
    speed = values.get("speed")
    return SandboxInfo(
        google=text(values.get("google")),
        promql=text(values.get("promql")),
        project=text(values.get("project")),
        location=text(values.get("location")),
        cluster=text(values.get("cluster")),
        account=text(values.get("account")),
        token=text(values.get("token")),
        speed=float(speed) if isinstance(speed, int | float) and speed > 0 else 1.0,
        started=_moment(values.get("started")) or datetime.now(UTC),
        ca_pem=_decoded(text(entry.get("certificate-authority-data"))),
    )


def _moment(value: object) -> datetime | None:
    """YAML turns an unquoted timestamp into a datetime by itself."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    return parse_time(text(value))


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data)
    except binascii.Error:
        return b""
