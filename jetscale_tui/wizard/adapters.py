"""Who owns the metrics APIs now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from jetscale_tui.domain.kinds import Ref
    from jetscale_tui.engine.detect import ApiOwner
    from jetscale_tui.wizard.desk import Desk

_PRODUCTS = {
    "stackdriver": "Custom Metrics Stackdriver Adapter",
    "prometheus": "prometheus-adapter",
    "keda": "KEDA",
    "datadog": "Datadog",
    "kube-metrics": "kube-metrics-adapter",
}


def owners_of_apis(desk: Desk) -> tuple[ApiOwner, ...]:
    """Ask the chosen cluster.

    Raises:
        JetScaleError: it cannot be asked.
    """
    from jetscale_tui.engine.detect import metric_api_owners

    return metric_api_owners(desk.backend.cluster(desk.draft.kubernetes.context))


def product(owner: ApiOwner) -> str:
    """The product behind a metrics API, else the name of its Service."""
    for part, name in _PRODUCTS.items():
        if part in owner.service.lower():
            return name
    return f"{owner.namespace}/{owner.service}"


def belongs_to(owner: ApiOwner, kind: str) -> bool:
    """Whether the owner is the adapter of that kind."""
    return str(kind) in owner.service.lower()


def contested(desk: Desk) -> tuple[ApiOwner, ...]:
    """Owners that the chosen adapter would take an API from, as far as nobody has agreed to it."""
    from jetscale_tui.domain.kinds import API_SERVICE, Ref
    from jetscale_tui.manifests.build import build

    agreed: Collection[Ref] = desk.choices.take_over if desk.choices else ()
    wanted = {
        Ref.of(manifest)
        for group in build(desk.draft, desk.profile, None)
        for manifest in group.objects
    }
    return tuple(
        owner
        for owner in desk.owners or ()
        if (ref := Ref.to(API_SERVICE, owner.api)) in wanted
        and ref not in agreed
        and not belongs_to(owner, desk.draft.adapter.kind)
    )


def taking_over(desk: Desk, owners: Collection[ApiOwner]) -> Desk:
    """The desk with the plan allowed to take these APIs from whoever serves them."""
    from jetscale_tui.domain.kinds import API_SERVICE, Ref
    from jetscale_tui.engine.planner import Choices

    choices = desk.choices or Choices()
    refs = {Ref.to(API_SERVICE, owner.api) for owner in owners}
    return replace(desk, choices=replace(choices, take_over=choices.take_over | refs))
