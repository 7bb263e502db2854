"""Manifests for kubectl: one stream, or a directory for kustomize."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.spec import Identity
from jetscale_tui.export.comments import commented, heading
from jetscale_tui.export.helm import VALUES_FILE, upgrade_command, values_file
from jetscale_tui.manifests.build import build, helm_release
from jetscale_tui.manifests.dump import document, manifests

if TYPE_CHECKING:
    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup


def manifest_stream(setup: Setup, profile: Profile, project: Project | None) -> str:
    """All objects in apply order, one YAML document each."""
    apply = "Apply with: kubectl apply --server-side --field-manager=jetscale -f FILE"
    groups = (
        commented([f"Step {group.step}"]) + manifests(group.objects)
        for group in build(setup, profile, project)
    )
    return (
        heading(setup, profile, apply, *_elsewhere(setup, profile)) + "---\n" + "---\n".join(groups)
    )


def kustomization(setup: Setup, profile: Profile, project: Project | None) -> dict[str, str]:
    """A kustomize base: one file a step, listed in apply order."""
    files = {
        f"{group.step}.yaml": manifests(group.objects) for group in build(setup, profile, project)
    }
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(files),
        "sortOptions": {"order": "fifo"},
    }
    apply = "Apply with: kubectl apply --server-side --field-manager=jetscale -k DIRECTORY"
    head = heading(setup, profile, apply, *_elsewhere(setup, profile))
    written = {"kustomization.yaml": head + document(content), **files}
    if helm_release(setup, profile) is not None:
        written[VALUES_FILE] = values_file(setup, profile)
    return written


def _elsewhere(setup: Setup, profile: Profile) -> list[str]:
    """What the setup needs besides manifests."""
    notes = []
    if setup.adapter.identity is not Identity.NODE:
        notes.append(
            "The adapter's right to read Cloud Monitoring is a role binding, not a manifest; "
            "grant it first: jetscale export --format script."
        )
    release = helm_release(setup, profile)
    if release is not None:
        notes += [
            "prometheus-adapter itself comes from its Helm chart, with the values of "
            "jetscale export --format helm-values:",
            f"  {upgrade_command(release, VALUES_FILE)}",
        ]
    return notes
