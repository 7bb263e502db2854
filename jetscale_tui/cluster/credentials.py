"""Runs the credential plugin a kubeconfig names, such as `gke-gcloud-auth-plugin`.

The Kubernetes client can run plugins too, but hands them our terminal's keyboard, and under a
terminal app its screen; it also swallows what they say when they fail. Here a plugin gets no
keyboard, no screen and a time limit, and its own words reach the error.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jetscale_tui.domain.kubectl import parse_time
from jetscale_tui.domain.reading import mapping, objects, text
from jetscale_tui.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from datetime import datetime

    from jetscale_tui.domain.kinds import Json

GKE_PLUGIN = "gke-gcloud-auth-plugin"
TIMEOUT = 60.0
"""Seconds; gcloud may start slowly, but a plugin that waits for a keyboard never ends."""

_SDK_FOLDERS = (
    "~/google-cloud-sdk/bin",
    "/usr/lib/google-cloud-sdk/bin",
    "/usr/share/google-cloud-sdk/bin",
    "/opt/google-cloud-sdk/bin",
    "/usr/local/google-cloud-sdk/bin",
    "/opt/homebrew/share/google-cloud-sdk/bin",
    "/snap/google-cloud-sdk/current/bin",
)


@dataclass(frozen=True, slots=True)
class PluginCredential:
    """What a plugin gave: a token, or a client certificate with its key."""

    token: str = ""
    certificate: str = ""
    key: str = ""
    expires: datetime | None = None

    def __repr__(self) -> str:
        return f"PluginCredential(expires={self.expires})"


@dataclass(frozen=True, slots=True)
class Plugin:
    """A credential plugin, as `users[].user.exec` describes it."""

    command: str
    arguments: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    api_version: str
    interactive: str
    """`Never`, `IfAvailable` or `Always`."""
    install_hint: str
    cluster: Json | None
    """The cluster's entry, for plugins that ask for it."""

    @classmethod
    def of(cls, entry: Json, cluster: Json) -> Plugin:
        """Read the `exec` entry of a user.

        Raises:
            ConfigError: it names no command.
        """
        command = text(entry.get("command"))
        if not command:
            raise ConfigError(
                "The kubeconfig's user has an `exec` entry without a command.",
                fix="Write the entry anew with `gcloud container clusters get-credentials`.",
            )
        arguments = entry.get("args")
        return cls(
            command=command,
            arguments=tuple(str(each) for each in arguments) if isinstance(arguments, list) else (),
            environment=tuple(
                (text(each.get("name")), text(each.get("value")))
                for each in objects(entry.get("env"))
            ),
            api_version=text(entry.get("apiVersion")) or "client.authentication.k8s.io/v1",
            interactive=text(entry.get("interactiveMode")) or "IfAvailable",
            install_hint=text(entry.get("installHint")),
            cluster=_cluster_info(cluster) if entry.get("provideClusterInfo") else None,
        )

    def run(self) -> PluginCredential:
        """Ask the plugin for a credential.

        Raises:
            AuthError: it is missing, failed, took too long, or answered nonsense.
        """
        if self.interactive == "Always":
            raise AuthError(
                f"The credential plugin {self.command} insists on a keyboard.",
                fix="Log in with it in a terminal first, or use a plugin that does without.",
            )
        program = find_program(self.command)
        if program is None:
            raise AuthError(
                f"The credential plugin {self.command} was not found.",
                why="The kubeconfig needs it to log in; it is neither on PATH nor beside gcloud.",
                fix=self._install(),
            )
        try:
            ended = subprocess.run(
                [program, *self.arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                env=self._environment(Path(program).parent),
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise AuthError(
                f"The credential plugin {self.command} did not answer in {TIMEOUT:.0f} s.",
                fix=self.renewal,
            ) from None
        except OSError as error:
            raise AuthError(
                f"The credential plugin {program} cannot be run.", why=error.strerror or ""
            ) from error
        if ended.returncode != 0:
            raise AuthError(
                f"The credential plugin {self.command} failed (exit code {ended.returncode}).",
                why=ended.stderr.decode(errors="replace").strip()[-2000:],
                fix=self.renewal,
            )
        return self._read(ended.stdout)

    @property
    def renewal(self) -> str:
        """What makes the plugin work again."""
        if Path(self.command).stem == GKE_PLUGIN:
            return "Log in again with `gcloud auth login`, then repeat."
        return f"Log in again with the tool behind {self.command}, then repeat."

    def _environment(self, folder: Path) -> dict[str, str]:
        """Ours, what the entry adds, and the folder where gcloud lies beside its plugin."""
        spec: Json = {"interactive": False}
        if self.cluster is not None:
            spec["cluster"] = self.cluster
        info = {"apiVersion": self.api_version, "kind": "ExecCredential", "spec": spec}
        path = os.pathsep.join(filter(None, [os.environ.get("PATH"), str(folder)]))
        return {
            **os.environ,
            "PATH": path,
            **dict(self.environment),
            "KUBERNETES_EXEC_INFO": json.dumps(info),
        }

    def _install(self) -> str:
        if Path(self.command).stem == GKE_PLUGIN:
            return (
                f"Install it with `gcloud components install {GKE_PLUGIN}`, or, where gcloud came "
                f"from apt, `sudo apt-get install google-cloud-cli-{GKE_PLUGIN}`."
            )
        return self.install_hint or f"Install {self.command} or add its folder to PATH."

    def _read(self, output: bytes) -> PluginCredential:
        try:
            answer = mapping(json.loads(output))
        except ValueError:
            answer = {}
        status = mapping(answer.get("status"))
        credential = PluginCredential(
            token=text(status.get("token")),
            certificate=text(status.get("clientCertificateData")),
            key=text(status.get("clientKeyData")),
            expires=parse_time(text(status.get("expirationTimestamp"))),
        )
        if not credential.token and not (credential.certificate and credential.key):
            raise AuthError(
                f"The credential plugin {self.command} gave no credential.",
                why="Its output holds neither a token nor a client certificate with a key.",
                fix=self.renewal,
            )
        return credential


def find_program(command: str) -> str | None:
    """Full path of a program: on PATH, beside gcloud, or where the SDK usually lies."""
    found = shutil.which(command)
    if found or os.sep in command:
        return found
    gcloud = shutil.which("gcloud")
    folders = [str(Path(gcloud).resolve().parent)] if gcloud else []
    folders += [str(Path(folder).expanduser()) for folder in _SDK_FOLDERS]
    return shutil.which(command, path=os.pathsep.join(folders))


def _cluster_info(cluster: Json) -> Json:
    """The part of a cluster's entry that the ExecCredential protocol passes on."""
    passed = (
        "server",
        "tls-server-name",
        "insecure-skip-tls-verify",
        "certificate-authority-data",
        "proxy-url",
    )
    info = {key: cluster[key] for key in passed if key in cluster}
    for extension in objects(cluster.get("extensions")):
        if extension.get("name") == "client.authentication.k8s.io/exec":
            info["config"] = extension.get("extension")
    return info
