"""A setup as Kubernetes objects, grouped by the step that applies them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.spec import AdapterKind, Install
from jetscale_tui.manifests import frontend, prometheus_adapter, scope, scrape, stackdriver
from jetscale_tui.manifests.hpa import autoscaler
from jetscale_tui.manifests.identity import account_annotations, bindings, google_account
from jetscale_tui.manifests.metric_query import metric_query

if TYPE_CHECKING:
    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup

__all__ = ["ObjectGroup", "bindings", "build", "google_account", "helm_release", "metric_query"]


@dataclass(frozen=True, slots=True)
class ObjectGroup:
    """The objects one step applies."""

    step: str
    """`scrape-server`, `scrape-tpu`, `adapter` or `hpa`."""
    objects: tuple[Json, ...]
    """In apply order; they are taken away in the reverse."""


def build(setup: Setup, profile: Profile, project: Project | None) -> tuple[ObjectGroup, ...]:
    """All objects of a setup in apply order; steps with nothing to apply are left out.

    With `install: helm`, prometheus-adapter itself is not among them: see `helm_release`.

    Raises:
        ConfigError: the project or cluster is needed but not named.
    """
    groups = []
    if setup.scrape.server.enabled:
        groups.append(ObjectGroup("scrape-server", (scrape.server(setup),)))
    if setup.scrape.tpu.enabled:
        groups.append(ObjectGroup("scrape-tpu", (scrape.tpu_exporter(setup),)))
    groups.append(ObjectGroup("adapter", _adapter(setup, profile, project)))
    groups.append(ObjectGroup("hpa", (autoscaler(setup, profile),)))
    return tuple(groups)


def helm_release(setup: Setup, profile: Profile) -> prometheus_adapter.HelmRelease | None:
    """What to run helm with; None where helm has no part in the setup."""
    adapter = setup.adapter
    if adapter.kind is AdapterKind.PROMETHEUS and adapter.prometheus.install is Install.HELM:
        return prometheus_adapter.helm_release(setup, profile)
    return None


def _adapter(setup: Setup, profile: Profile, project: Project | None) -> tuple[Json, ...]:
    extra = account_annotations(setup, project)
    if setup.adapter.kind is AdapterKind.STACKDRIVER:
        return stackdriver.objects(setup, extra)
    answering = frontend.objects(setup, scope.project_id(setup, project), extra)
    if setup.adapter.prometheus.install is Install.HELM:
        return answering
    return (*answering, *prometheus_adapter.objects(setup, profile))
