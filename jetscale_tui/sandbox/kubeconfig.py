"""The kubeconfig of a sandbox: two contexts, the CA and tokens inside, and where Google answers."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Any

import yaml

from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

EXTENSION = "jetscale.dev/sandbox"
"""Marks a cluster entry as a sandbox; JetScale finds the Google side through it."""
CONTEXT = "sandbox"
VIEWER_CONTEXT = "sandbox-viewer"


def document(
    server: str, ca_pem: str, tokens: dict[str, str], extension: dict[str, Any]
) -> dict[str, Any]:
    """The file's content; `tokens` by context name, the first one is current."""
    cluster = {
        "server": server,
        "certificate-authority-data": base64.b64encode(ca_pem.encode()).decode(),
        "extensions": [{"name": EXTENSION, "extension": extension}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": next(iter(tokens)),
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": name, "user": {"token": token}} for name, token in tokens.items()],
        "contexts": [
            {"name": name, "context": {"cluster": CONTEXT, "user": name, "namespace": "default"}}
            for name in tokens
        ],
    }


def write(path: Path, content: dict[str, Any]) -> None:
    """Write the file for its owner alone; an older sandbox's file is replaced.

    Raises:
        ConfigError: the file holds something else, or cannot be written.
    """
    try:
        if path.exists() and EXTENSION not in path.read_text(errors="replace"):
            raise ConfigError(
                f"{path} is there already and was not written by a sandbox.",
                fix="Name another file; JetScale does not change kubeconfigs it did not write.",
            )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            os.fchmod(file.fileno(), 0o600)
            yaml.safe_dump(content, file, sort_keys=False)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}.", why=str(error)) from error
