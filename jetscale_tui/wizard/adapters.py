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

    others = [o for o in desk.owners or () if not belongs_to(o, desk.draft.adapter.kind)]
    if not others:
        return ()
    wanted = _objects(desk)
    return tuple(
        owner
        for owner in others
        if Ref.to(API_SERVICE, owner.api) in wanted and not is_agreed(owner, desk)
    )


def is_agreed(owner: ApiOwner, desk: Desk) -> bool:
    """Whether the person has said that its API may be taken."""
    from jetscale_tui.domain.kinds import API_SERVICE, Ref

    taken: Collection[Ref] = desk.choices.take_over if desk.choices else ()
    return Ref.to(API_SERVICE, owner.api) in taken


def _objects(desk: Desk) -> set[Ref]:
    """What would be written; nothing while the answers make no sense, which is said elsewhere."""
    from jetscale_tui.domain.kinds import Ref
    from jetscale_tui.errors import ConfigError
    from jetscale_tui.manifests.build import build

    try:
        groups = build(desk.draft, desk.profile, None)
    except (ConfigError, ValueError):
        return set()
    return {Ref.of(manifest) for group in groups for manifest in group.objects}


def loss(owners: Collection[ApiOwner]) -> str:
    """What taking their APIs means, in a sentence."""
    names = ", ".join(sorted({product(owner) for owner in owners}))
    apis = ", ".join(owner.api for owner in owners)
    return f"{names} serves {apis}; HPAs that use it would stop working."


def taking_over(desk: Desk, owners: Collection[ApiOwner]) -> Desk:
    """The desk with the plan allowed to take these APIs from whoever serves them."""
    from jetscale_tui.domain.kinds import API_SERVICE, Ref
    from jetscale_tui.engine.planner import Choices

    choices = desk.choices or Choices()
    refs = {Ref.to(API_SERVICE, owner.api) for owner in owners}
    return replace(desk, choices=replace(choices, take_over=choices.take_over | refs))
