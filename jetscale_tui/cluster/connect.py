"""Opens API servers by kubeconfig. Importing this imports no Kubernetes client."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jetscale_tui.clocks import PacedClock, WallClock
from jetscale_tui.cluster import kubeconfig as kubeconfigs
from jetscale_tui.cluster import sandboxinfo
from jetscale_tui.cluster.credentials import Plugin, PluginCredential
from jetscale_tui.domain.reading import mapping, text
from jetscale_tui.errors import AuthError, ConfigError
from jetscale_tui.imports import ONE_AT_A_TIME

if TYPE_CHECKING:
    from jetscale_tui.cluster.client import KubeCluster
    from jetscale_tui.cluster.kubeconfig import Kubeconfig
    from jetscale_tui.cluster.transport import Session
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.ports import ContextInfo

_POOLED_CONNECTIONS = 128
"""Kept open at once: as many as a load test has requests in flight."""


def contexts(kubeconfig: Path | None = None) -> list[ContextInfo]:
    """Contexts of the kubeconfig; no network.

    Raises:
        ConfigError: there is no kubeconfig, or it cannot be read.
    """
    return kubeconfigs.load(kubeconfig).infos()


def connect(kubeconfig: Path | None = None, context: str | None = None) -> KubeCluster:
    """The cluster of a context, the current one when None; the first request logs in.

    Raises:
        ConfigError: there is no kubeconfig, no such context, or its entries cannot be used.
    """
    from jetscale_tui.cluster.client import KubeCluster
    from jetscale_tui.cluster.helm import CHART_VARIABLE, HelmProcess
    from jetscale_tui.cluster.transport import Transport

    info = kubeconfigs.load(kubeconfig).choose(context)

    def log_in() -> Session:
        # Read anew each time: a login in another terminal may have written new credentials.
        return open_session(kubeconfigs.load(kubeconfig), info.name)

    sandbox = sandboxinfo.find(kubeconfig, info.name)
    clock = PacedClock(sandbox.started, sandbox.speed) if sandbox else WallClock()
    helm = HelmProcess(kubeconfig, info.name, chart=os.environ.get(CHART_VARIABLE))
    return KubeCluster(info, Transport(info.server, log_in), clock, helm)


def open_session(config: Kubeconfig, context: str) -> Session:
    """Log in to the cluster of a context.

    Raises:
        ConfigError: an entry cannot be used.
        AuthError: the credentials cannot be had.
    """
    from jetscale_tui.cluster.transport import Session

    info = config.choose(context)
    cluster, user = config.clusters[info.cluster], config.users.get(info.user, {})
    login, renew = f"user {info.user or '(none)'}", "Log in again, or renew the kubeconfig's entry."
    credential = PluginCredential()
    if mapping(user.get("exec")):
        plugin = Plugin.of(mapping(user["exec"]), cluster)
        credential = plugin.run()
        user = _static_user(credential)
        login, renew = f"{login} (from {Path(plugin.command).name})", plugin.renewal
    configuration = _configuration(cluster, user, config.source)
    return Session(
        client=_rest_client(configuration, info.server),
        server=info.server,
        headers=_authorization(configuration, user),
        login=login,
        renew=renew,
        expires=credential.expires,
        opened=datetime.now(UTC),
    )


def _static_user(credential: PluginCredential) -> Json:
    """The user entry that says outright what a plugin gave."""
    if credential.token:
        return {"token": credential.token}
    return {
        "client-certificate-data": base64.b64encode(credential.certificate.encode()).decode(),
        "client-key-data": base64.b64encode(credential.key.encode()).decode(),
    }


def _configuration(cluster: Json, user: Json, source: str) -> Any:
    """The Kubernetes client's own reading of a cluster's and a user's entry."""
    with ONE_AT_A_TIME:
        from kubernetes.client import Configuration
        from kubernetes.config.config_exception import ConfigException
        from kubernetes.config.kube_config import KubeConfigLoader

    document = {
        "current-context": "chosen",
        "contexts": [{"name": "chosen", "context": {"cluster": "chosen", "user": "chosen"}}],
        "clusters": [{"name": "chosen", "cluster": cluster}],
        "users": [{"name": "chosen", "user": user}],
    }
    configuration = Configuration()
    try:
        loader = KubeConfigLoader(document)  # type: ignore[no-untyped-call]
        loader.load_and_set(configuration)  # type: ignore[no-untyped-call]
    except (ConfigException, OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"The kubeconfig {source} has an entry that cannot be used.",
            why=_reason(error),
            fix=f"Write the entry anew with `{kubeconfigs.GET_CREDENTIALS}`.",
        ) from None
    except Exception as error:
        # Old auth providers run Google's login code, whose errors this layer must not know.
        raise AuthError(
            "Logging in as the kubeconfig says failed.",
            why=str(error),
            fix="Log in again with `gcloud auth login`, or renew the kubeconfig's entry with "
            f"`{kubeconfigs.GET_CREDENTIALS}`.",
        ) from None
    return configuration


def _reason(error: Exception) -> str:
    """What is wrong, without contents: a decoding error may quote the key it decoded."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return "" if isinstance(error, ValueError | TypeError) else str(error)


def _rest_client(configuration: Any, server: str) -> Any:
    import ssl

    with ONE_AT_A_TIME:
        from kubernetes.client.rest import RESTClientObject
        from urllib3 import Retry

    configuration.connection_pool_maxsize = _POOLED_CONNECTIONS
    configuration.keep_alive = True
    # One more try of a read on a pooled connection that had gone stale; nothing is sent twice.
    configuration.retries = Retry(
        total=1,
        connect=0,
        read=1,
        redirect=0,
        status=0,
        other=0,
        allowed_methods={"GET"},
        respect_retry_after_header=False,
    )
    try:
        return RESTClientObject(configuration)
    except (ssl.SSLError, OSError, ValueError) as error:
        raise ConfigError(
            f"The certificates or the proxy in the kubeconfig for {server} cannot be used.",
            why=type(error).__name__,
            fix=f"Write the entry anew with `{kubeconfigs.GET_CREDENTIALS}`.",
        ) from None


def _authorization(configuration: Any, user: Json) -> dict[str, str]:
    token = configuration.get_api_key_with_prefix("BearerToken")
    headers = {"Authorization": str(token)} if token else {}
    # Acting as somebody else is part of a kubeconfig's user; kubectl honours it too.
    impersonated = text(user.get("as"))
    if impersonated:
        headers["Impersonate-User"] = impersonated
    return headers
