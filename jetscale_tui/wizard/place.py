"""Where every write would go, and as whom."""

from __future__ import annotations

from typing import NamedTuple


class Place(NamedTuple):
    """Project, location and cluster that writes would go to, and the identity making them."""

    project: str = ""
    location: str = ""
    cluster: str = ""
    context: str = ""
    """kubeconfig context; shown when the cluster is not known by its Google name."""
    identity: str = ""
    label: str = ""
    """What is special about this backend, such as `sandbox ×10`."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The path shown, most general part first."""
        named = tuple(part for part in (self.project, self.location, self.cluster) if part)
        if self.cluster:
            return named
        return (self.context,) if self.context else ()
