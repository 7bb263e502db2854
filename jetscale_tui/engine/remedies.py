"""What can be done about a failed prerequisite: by JetScale, by another answer, in a terminal.

Nothing is done here. What would take effect outside is shown first, and asked for by the person.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.google import ClusterName
from jetscale_tui.domain.spec import Identity
from jetscale_tui.engine.detect import in_setup

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.engine.detect import FoundWorkload

LOGIN = "gcloud auth application-default login"

_NAMED = re.compile(r"`((?:gcloud|kubectl|helm) [^`]+)`|[Rr]un: ((?:gcloud|kubectl|helm) .+)$")
_TALKING = (
    ("gcloud", "auth", "login"),
    ("gcloud", "auth", "application-default", "login"),
    ("gcloud", "container", "clusters", "get-credentials"),
)
"""What may be run in the person's terminal: it asks them itself, and writes nothing but files of
their own that say who they are and where their clusters are."""


@dataclass(frozen=True, slots=True)
class EnableServices:
    """JetScale asks Google to enable them, at once and not only with the plan."""

    project: str
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Another answer in the setup; nothing outside changes."""

    said: str
    """What changes, such as `workload.metricsPort: 9100 → 9200`."""
    give: Callable[[Setup], Setup]


@dataclass(frozen=True, slots=True)
class OpenMetricsPort:
    """The plan may add the server's metrics argument, which replaces its pods."""


@dataclass(frozen=True, slots=True)
class InTerminal:
    """A command that talks to the person itself, such as a login."""

    command: str

    @property
    def words(self) -> tuple[str, ...]:
        """Program and arguments; no shell is involved."""
        return tuple(shlex.split(self.command))


Remedy = EnableServices | Answer | OpenMetricsPort | InTerminal


def command_in(fix: str, setup: Setup) -> str:
    """The command that the advice of an error names; empty where it names none."""
    match = _NAMED.search(fix)
    if match is None:
        return ""
    command = (match[1] or match[2]).strip()
    google = setup.google
    for word, value in (("CLUSTER", google.cluster), ("LOCATION", google.location)):
        if value:
            quoted = shlex.quote(value).replace("\\", r"\\")
            command = re.sub(rf"\b{word}\b", quoted, command)
    return command


def ask_version(setup: Setup) -> str:
    """What kubectl itself says of the cluster."""
    context = setup.kubernetes.context
    return shlex.join(["kubectl", *([f"--context={context}"] if context else []), "version"])


def in_terminal(command: str) -> InTerminal | None:
    """The remedy that runs a command, None for one that is only to be copied."""
    words = tuple(command.split())
    if any(words[: len(talking)] == talking for talking in _TALKING) and not _open(words):
        return InTerminal(command)
    return None


def _open(words: tuple[str, ...]) -> bool:
    """Whether something in a command is left for the person to fill in."""
    return any(word in ("CLUSTER", "LOCATION") or word.endswith("=LOCATION") for word in words)


def follow_context(setup: Setup, context: str) -> Answer | None:
    """Let Google's names be those of the cluster that a context leads to."""
    named = ClusterName.of_context(context)
    if named is None:
        return None
    names = {"project": named.project, "location": named.location, "cluster": named.cluster}
    before = setup.google.cluster
    return Answer(f"google.cluster: {before} → {named.cluster}", _updates("google", names))


def node_identity(setup: Setup) -> Answer:
    """Let the adapter read as its node does."""
    before = setup.adapter.identity.value
    return Answer(
        f"adapter.identity: {before} → {Identity.NODE.value}",
        _updates("adapter", {"identity": Identity.NODE}),
    )


def scale(found: FoundWorkload) -> Answer:
    """Scale a server that is there."""
    return Answer(
        f"workload: {found.namespace}/{found.deployment}", lambda setup: in_setup(setup, found)
    )


def select(labels: Mapping[str, str]) -> Answer:
    """Select pods by the labels they carry."""
    said = ", ".join(f"{key}={value}" for key, value in labels.items())
    return Answer(f"workload.selector: {said}", _updates("workload", {"selector": dict(labels)}))


def metrics_port(setup: Setup, port: int) -> Answer:
    """Look for the metrics where the server has them."""
    before = setup.workload.metrics_port
    return Answer(
        f"workload.metricsPort: {before} → {port}", _updates("workload", {"metrics_port": port})
    )


def maximum(setup: Setup, replicas: int) -> Answer:
    """A maximum that the chips hold; a minimum above it comes down too."""
    limits = {
        "max_replicas": replicas,
        "min_replicas": min(setup.scaling.min_replicas, replicas),
    }
    return Answer(
        f"scaling.maxReplicas: {setup.scaling.max_replicas} → {replicas}",
        _updates("scaling", limits),
    )


def adopt(setup: Setup, name: str) -> Answer:
    """Take over the autoscaler that is there, instead of adding a second one."""
    return Answer(
        f"scaling.name: {setup.scaling.name} → {name}", _updates("scaling", {"name": name})
    )


def _updates(section: str, values: Mapping[str, object]) -> Callable[[Setup], Setup]:
    def give(setup: Setup) -> Setup:
        changed = getattr(setup, section).model_copy(update=dict(values))
        return setup.model_copy(update={section: changed})

    return give
