"""The kubeconfig of a sandbox: a context for each person, CA, tokens and Google's address."""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Any

import yaml

from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jetscale_tui.sandbox.people import Person

EXTENSION = "jetscale.dev/sandbox"
"""Marks a cluster entry as a sandbox; JetScale finds the Google side through it."""
CONTEXT = "sandbox"
VIEWER_CONTEXT = "sandbox-viewer"
RESTRICTED_CONTEXT = "sandbox-restricted"


def document(
    server: str, ca_pem: str, people: Sequence[Person], facts: dict[str, Any]
) -> dict[str, Any]:
    """The file's content: what belongs together has its context's name; the first is current.

    A cluster entry says besides who is who at Google; `facts` is what that is for everybody.
    """
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": people[0].context,
        "clusters": [
            {"name": person.context, "cluster": _cluster(server, ca_pem, person, facts)}
            for person in people
        ],
        "users": [{"name": person.context, "user": {"token": person.token}} for person in people],
        "contexts": [
            {
                "name": person.context,
                "context": {
                    "cluster": person.context,
                    "user": person.context,
                    "namespace": "default",
                },
            }
            for person in people
        ],
    }


def _cluster(server: str, ca_pem: str, person: Person, facts: dict[str, Any]) -> dict[str, Any]:
    extension = {**facts, "account": person.account, "token": person.token}
    return {
        "server": server,
        "certificate-authority-data": base64.b64encode(ca_pem.encode()).decode(),
        "extensions": [{"name": EXTENSION, "extension": extension}],
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
