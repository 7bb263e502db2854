"""Which project, cluster and location a manifest speaks of, as the setup document names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.spec import Setup


def project_id(setup: Setup, project: Project | None) -> str:
    """The project, as Google Cloud knows it, else as the document names it.

    Raises:
        ConfigError: neither does.
    """
    found = project.project_id if project else setup.google.project
    return _needed("google.project", found)


def cluster_name(setup: Setup) -> str:
    """Name of the cluster.

    Raises:
        ConfigError: the document has none.
    """
    return _needed("google.cluster", setup.google.cluster)


def cluster_location(setup: Setup) -> str:
    """Region or zone of the cluster.

    Raises:
        ConfigError: the document has none.
    """
    return _needed("google.location", setup.google.location)


def _needed(path: str, value: str | None) -> str:
    if not value:
        raise ConfigError(
            f"{path} is not set.",
            why="The adapter and metrics chosen are read through Google Cloud Monitoring, which "
            "holds the series of many clusters.",
            fix=f"Set {path} in the setup document.",
        )
    return value
