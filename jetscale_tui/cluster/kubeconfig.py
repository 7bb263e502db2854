"""Reads kubeconfig files as kubectl does: several merged, the first to name a thing wins.

Knows nothing of the network and imports no Kubernetes client, so that contexts can be listed
before the first screen is painted. Contents never appear in an error: they hold secrets.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.reading import mapping, objects, text
from jetscale_tui.engine.ports import ContextInfo
from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

GET_CREDENTIALS = "gcloud container clusters get-credentials CLUSTER --location LOCATION"

_PATHS = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}
_DEEPEST = 100
"""Levels of nesting beyond which no kubeconfig goes."""


class NoKubeconfig(ConfigError):
    """There is none where kubectl would look; a broken one is another matter."""


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """Merged kubeconfig files, relative paths made absolute."""

    source: str
    """The files, for messages."""
    current: str
    """Name of the current context; may be empty or name none."""
    contexts: dict[str, Json]
    clusters: dict[str, Json]
    users: dict[str, Json]

    def infos(self) -> list[ContextInfo]:
        """All contexts, in the order of the files."""
        return [self.info(name) for name in self.contexts]

    def info(self, name: str) -> ContextInfo:
        """One context."""
        context = self.contexts[name]
        cluster = text(context.get("cluster"))
        return ContextInfo(
            name=name,
            cluster=cluster,
            user=text(context.get("user")),
            namespace=text(context.get("namespace")) or "default",
            server=text(self.clusters.get(cluster, {}).get("server")).rstrip("/"),
            current=name == self.current,
        )

    def choose(self, context: str | None) -> ContextInfo:
        """The context named, or the current one.

        Raises:
            ConfigError: there is no such context, or it names a cluster that is not there.
        """
        name = context or self.current
        if not self.contexts:
            raise ConfigError(
                f"There are no contexts in {self.source}.",
                fix=f"Write one with `{GET_CREDENTIALS}`.",
            )
        if not name:
            raise ConfigError(
                f"No current context is set in {self.source}.",
                fix=f"Choose one with --context ({self._names()}), "
                "or run `kubectl config use-context NAME`.",
            )
        if name not in self.contexts:
            raise ConfigError(
                f"There is no context {name} in {self.source}.", fix=f"There are: {self._names()}."
            )
        info = self.info(name)
        if not info.server:
            raise ConfigError(
                f"The context {name} names the cluster {info.cluster or '(none)'}, "
                f"which has no address in {self.source}.",
                fix=f"Write the entry anew with `{GET_CREDENTIALS}`.",
            )
        return info

    def _names(self) -> str:
        return ", ".join(self.contexts) or "none"


def load(kubeconfig: Path | None = None) -> Kubeconfig:
    """Read the file given, or those of KUBECONFIG, or `~/.kube/config`.

    Raises:
        NoKubeconfig: there is none.
        ConfigError: one cannot be read.
    """
    paths = _paths(kubeconfig)
    present = [path for path in paths if path.is_file()]
    folder = next((path for path in paths if path.is_dir()), None)
    if not present and folder is not None:
        raise ConfigError(
            f"The kubeconfig {folder} is a folder, not a file.",
            fix="Name the file itself, with --kubeconfig or KUBECONFIG.",
        )
    if not present:
        raise NoKubeconfig(
            f"No kubeconfig was found at {_join(paths)}.",
            fix=f"Create one with `{GET_CREDENTIALS}`, name one with --kubeconfig, name the "
            "cluster with --project, --location and --cluster, "
            "or try JetScale without a cluster: `jetscale demo`.",
        )
    current = ""
    merged: dict[str, dict[str, Json]] = {"contexts": {}, "clusters": {}, "users": {}}
    for path in present:
        document = _read(path)
        current = current or text(document.get("current-context"))
        for section, entries in merged.items():
            for entry in objects(document.get(section)):
                name = text(entry.get("name"))
                value = mapping(entry.get(section.removesuffix("s")))
                if name and name not in entries:
                    entries[name] = _absolute(value, section.removesuffix("s"), path.parent)
    return Kubeconfig(_join(present), current, **merged)


def _paths(kubeconfig: Path | None) -> list[Path]:
    if kubeconfig is not None:
        return [kubeconfig.expanduser()]
    listed = [Path(part) for part in os.environ.get("KUBECONFIG", "").split(os.pathsep) if part]
    return [path.expanduser() for path in listed] or [Path("~/.kube/config").expanduser()]


def _read(path: Path) -> Json:
    import yaml

    try:
        document = _document(path.read_bytes())
    except OSError as error:
        raise ConfigError(
            f"The kubeconfig {path} cannot be read.", why=error.strerror or ""
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark is not None else ""
        raise ConfigError(
            f"The kubeconfig {path} is not valid YAML{line}.",
            why=str(getattr(error, "problem", None) or ""),
            fix=f"Repair it, or write its entry anew with `{GET_CREDENTIALS}`.",
        ) from None
    if not isinstance(document, dict):
        raise ConfigError(
            f"The kubeconfig {path} is empty or no kubeconfig.",
            fix=f"Write it anew with `{GET_CREDENTIALS}`.",
        )
    return document


def _document(content: bytes) -> Any:
    """The content of one YAML document, refused where it is nested beyond all reason."""
    import yaml

    # libyaml is six times as fast, but not built everywhere. Its composer recurses in C without
    # a limit, so the nesting is measured before.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(content, Loader=loader):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise ValueError("nested too deep")
    return yaml.load(content, Loader=loader)


def _absolute(value: Json, kind: str, folder: Path) -> Json:
    """The entry with its file names made absolute: they are relative to their kubeconfig."""
    names = {
        key: str(folder / Path(value[key]).expanduser())
        for key in _PATHS.get(kind, ())
        if text(value.get(key))
    }
    entry = {**value, **names}
    plugin = mapping(entry.get("exec"))
    command = text(plugin.get("command"))
    if os.sep in command and not Path(command).is_absolute():
        entry["exec"] = {**plugin, "command": str(folder / command)}
    return entry


def _join(paths: list[Path]) -> str:
    return ", ".join(str(path) for path in paths)
