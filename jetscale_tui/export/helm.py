"""Values for prometheus-adapter's Helm chart, and the command that takes them."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from jetscale_tui.domain.spec import AdapterKind
from jetscale_tui.errors import UsageError
from jetscale_tui.export.comments import heading
from jetscale_tui.manifests.dump import document
from jetscale_tui.manifests.prometheus_adapter import helm_release

if TYPE_CHECKING:
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup
    from jetscale_tui.manifests.prometheus_adapter import HelmRelease

VALUES_FILE = "values.yaml"


def values_file(setup: Setup, profile: Profile) -> str:
    """Values of the chart as YAML.

    Raises:
        UsageError: the Stackdriver adapter has no chart.
    """
    if setup.adapter.kind is not AdapterKind.PROMETHEUS:
        raise UsageError(
            "The Stackdriver adapter is not installed with Helm.",
            why="Only adapter.kind: prometheus has values.",
            fix="Use --format manifests.",
        )
    release = helm_release(setup, profile)
    install = f"Install with: {upgrade_command(release, VALUES_FILE)}"
    return heading(setup, profile, install) + document(release.values)


def upgrade_command(release: HelmRelease, values: str, *options: str) -> str:
    """The helm command, quoted for a shell; `values` is a file name or `-`."""
    version = [f"--version={release.version}"] if release.version else []
    words = [
        *("helm", "upgrade", "--install", release.name, release.chart.name),
        f"--repo={release.chart.repository}",
        *version,
        f"--namespace={release.namespace}",
        f"--values={values}",
        "--wait",
        "--timeout=10m",
    ]
    return " ".join([shlex.join(words), *options])
