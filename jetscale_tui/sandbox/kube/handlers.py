"""Answers, and what other parts of the sandbox plug into the API server to give them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jetscale_tui.domain.kinds import Json


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete HTTP answer."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Any, status: int = 200, content_type: str = "application/json") -> Reply:
        """An answer of JSON data."""
        return cls(status, json.dumps(body, separators=(",", ":")).encode(), content_type)


@dataclass(frozen=True, slots=True)
class ProxyRequest:
    """A request to a pod or service through the API server's proxy."""

    resource: str
    """`pods` or `services`."""
    namespace: str
    name: str
    port: str
    """Number or name as the client wrote it; empty when it gave none."""
    method: str
    path: str
    """Path at the backend, with its leading slash."""
    query: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class AggregatedRequest:
    """A request to an API that an APIService hands to another server."""

    group: str
    version: str
    method: str
    path: tuple[str, ...]
    """Unquoted segments below `/apis/GROUP/VERSION`; empty for its resource list."""
    query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that goes on: pieces as they come, empty ones to see who still listens."""

    pieces: Iterator[bytes]
    content_type: str = "application/json"


LogLine = tuple[datetime, str]
"""When a container logged something, and what."""
LogReader = Callable[[Json, str, bool], Sequence[LogLine]]
"""The log of a pod's container so far, or that of its previous run; by pod and container name."""
ProxyHandler = Callable[[ProxyRequest], Reply]
"""Called once the pod or service is known to exist; may block as long as the backend takes."""
AggregatedHandler = Callable[[AggregatedRequest], Reply]
"""Called only while the APIService is Available."""
