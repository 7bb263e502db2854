"""Turns a failed connection into an error that names the address and what to try.

The causes look alike to a program and are far apart for a person: a name that does not resolve, a
private endpoint, a proxy in between, a certificate nobody trusts.
"""

from __future__ import annotations

from jetscale_tui.cluster.errors import Asked, Silent
from jetscale_tui.errors import JetScaleError, Unreachable


def from_failure(error: Exception, asked: Asked) -> JetScaleError:
    """The error for a request that got no answer, or lost it on the way."""
    import ssl

    from urllib3 import exceptions

    cause: BaseException = error
    if isinstance(cause, exceptions.MaxRetryError) and cause.reason is not None:
        cause = cause.reason
    name, words = type(cause).__name__, str(cause)
    if isinstance(cause, exceptions.ProxyError):
        return Unreachable(
            f"The proxy on the way to the cluster at {asked.server} did not let us through.",
            why=_plain(cause.original_error),
            fix="Check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY.",
        )
    if isinstance(cause, exceptions.SSLError | ssl.SSLError) or "SSLError" in words:
        return _untrusted(words, asked)
    if isinstance(cause, exceptions.NameResolutionError) or "NameResolutionError" in words:
        return Unreachable(
            f"The name of the cluster's address {asked.server} does not resolve.",
            why=_plain(cause),
            fix="Check the address in the kubeconfig, the network and the VPN.",
        )
    if isinstance(cause, exceptions.NewConnectionError):  # a kind of ConnectTimeoutError
        refused = "refused" in words
        return Unreachable(
            f"The cluster at {asked.server} {'refuses connections' if refused else 'is cut off'}.",
            why=_plain(cause),
            fix="Check that it runs, that the kubeconfig has its present address, and the network.",
        )
    if isinstance(cause, exceptions.ConnectTimeoutError):
        return Unreachable(
            f"The cluster at {asked.server} does not answer.",
            why="The connection timed out: a firewall, or a control plane with a private endpoint "
            "or authorized networks that leave this machine out.",
            fix="Use the cluster's DNS endpoint (`gcloud container clusters get-credentials "
            "CLUSTER --dns-endpoint`), a machine inside its network, or have this machine's "
            "address authorized.",
        )
    if isinstance(cause, exceptions.ReadTimeoutError | exceptions.TimeoutError | TimeoutError):
        return Silent(
            f"The cluster at {asked.server} took too long for {asked.method} {asked.path}.",
            why="No answer came within the time limit.",
            fix="Try again; it may be busy, or the connection lost.",
        )
    if isinstance(cause, exceptions.HTTPError | OSError | AttributeError | ValueError):
        # A connection closed under a reader surfaces as whatever it touched next.
        return Unreachable(
            f"The connection to the cluster at {asked.server} broke.",
            why=_plain(cause),
            fix="Try again.",
        )
    return JetScaleError(
        f"Asking the cluster at {asked.server} failed: {name}.", why=words, fix="Try again."
    )


def _untrusted(words: str, asked: Asked) -> Unreachable:
    why = words.split("\n")[-1]
    if "CERTIFICATE_VERIFY_FAILED" in words or "certificate verify failed" in words:
        return Unreachable(
            f"The certificate of the cluster at {asked.server} is not trusted.",
            why=why,
            fix="Write the kubeconfig entry anew with `gcloud container clusters get-credentials`; "
            "behind an inspecting proxy, add its certificate to certificate-authority.",
        )
    return Unreachable(
        f"No secure connection to the cluster at {asked.server} could be made.",
        why=why,
        fix="Check that the address in the kubeconfig is the API server's, with https.",
    )


def _plain(error: BaseException) -> str:
    """The operating system's words, without the library's object names before them."""
    return str(error).rpartition(">: ")[2] or str(error)
