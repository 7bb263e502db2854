"""Channels to Google's hosts that honour the proxy and CA variables other tools honour."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from collections.abc import Mapping


def open_channel(transport: Any, host: str, **options: Any) -> grpc.Channel:
    """The channel a client library's transport class would open, with proxy and CA applied."""
    arguments = [
        *options.pop("options", ()),
        *proxy_options(os.environ),
        # Else a new channel would share the connection of the one it is to replace.
        ("grpc.use_local_subchannel_pool", 1),
    ]
    bundle = ca_bundle(os.environ)
    if bundle is not None:
        options["ssl_credentials"] = grpc.ssl_channel_credentials(bundle)
    channel: grpc.Channel = transport.create_channel(host, options=arguments, **options)
    return channel


def proxy_options(environment: Mapping[str, str]) -> list[tuple[str, Any]]:
    """Channel options for a proxy that is named in upper case only; gRPC reads lower case."""
    if any(environment.get(name) for name in ("grpc_proxy", "https_proxy", "http_proxy")):
        return []
    proxy = environment.get("HTTPS_PROXY", "")
    if not proxy:
        return []
    exempt = environment.get("NO_PROXY", environment.get("no_proxy", "")).split(",")
    suffixes = [entry.strip().lstrip("*.") for entry in exempt if entry.strip()]
    if any("googleapis.com".endswith(suffix) for suffix in suffixes):
        return [("grpc.enable_http_proxy", 0)]
    return [("grpc.http_proxy", proxy)]


def ca_bundle(environment: Mapping[str, str]) -> bytes | None:
    """Root certificates a variable names; None where gRPC's own are right."""
    if environment.get("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"):
        return None
    path = ca_file(environment)
    return path.read_bytes() if path else None


def ca_file(environment: Mapping[str, str]) -> Path | None:
    """The file of root certificates that the first of several variables names, if it is there."""
    for name in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"):
        path = Path(environment.get(name) or ".")
        if path.is_file():
            return path
    return None
