"""Metadata of what JetScale creates: the labels that say whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.spec import Guide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.domain.spec import Setup

MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
FIELD_MANAGER = "jetscale"
"""Server-side apply field manager, and the value of the managed-by label."""


def is_literal(setup: Setup) -> bool:
    """Whether the guide's manifests are wanted as printed."""
    return setup.guide is Guide.LITERAL


def owner_labels(setup: Setup) -> dict[str, str]:
    """Labels that mark an object as this setup's; none in literal mode, as the guide has none."""
    if is_literal(setup):
        return {}
    return {MANAGED_BY: FIELD_MANAGER, INSTANCE: setup.metadata.name}


def header(
    setup: Setup,
    kind: Kind,
    name: str,
    namespace: str | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Json:
    """`apiVersion`, `kind` and `metadata` of an object, labelled as this setup's."""
    metadata: Json = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    all_labels = {**(labels or {}), **owner_labels(setup)}
    if all_labels:
        metadata["labels"] = all_labels
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata}


def guide_namespace(setup: Setup, namespace: str) -> str | None:
    """The namespace to write into an object for which the guide prints none.

    Corrected manifests always name it. Literal ones leave it out where it is `default`, as the
    guide does, and name it where the document asks for another.
    """
    return None if is_literal(setup) and namespace == "default" else namespace
