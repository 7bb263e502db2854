"""Helm without processes: releases as lists of revisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.release import Revision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.manifests.prometheus_adapter import HelmRelease


class FakeHelm:
    """The chart makes one ConfigMap, named after the release."""

    def __init__(self) -> None:
        self.histories: dict[tuple[str, str], list[Revision]] = {}
        self.given: dict[tuple[str, str, int], Json] = {}
        self.ticks = 1
        """How often an operation yields before it is done."""
        self.ending: tuple[str, Exception] | None = None
        """How the next upgrade fails: the status it leaves, and what it raises."""
        self.missing: Exception | None = None
        """Raised by everything: there is no helm."""

    def put(self, namespace: str, name: str, status: str, values: Json | None = None) -> None:
        """A revision more, as any helm would write it."""
        found = self.histories.setdefault((namespace, name), [])
        found.append(Revision(len(found) + 1, status, "prometheus-adapter-5.3.0"))
        self.given[(namespace, name, len(found))] = values or {}

    def history(self, name: str, namespace: str) -> tuple[Revision, ...]:
        if self.missing is not None:
            raise self.missing
        return tuple(self.histories.get((namespace, name), ()))

    def values(self, name: str, namespace: str, revision: int) -> Json:
        return self.given[(namespace, name, revision)]

    def render(self, release: HelmRelease) -> tuple[Json, ...]:
        metadata = {"name": release.name, "namespace": release.namespace}
        return ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata},)

    def upgrade(self, release: HelmRelease, stop: Callable[[], bool]) -> Iterator[float]:
        yield from self._work()
        status, error = self.ending or ("deployed", None)
        self.ending = None
        self.put(release.namespace, release.name, status, release.values)
        if error is not None:
            raise error

    def roll_back(
        self, name: str, namespace: str, target: int, stop: Callable[[], bool]
    ) -> Iterator[float]:
        yield from self._work()
        self.put(namespace, name, "deployed", self.given[(namespace, name, target)])

    def uninstall(self, name: str, namespace: str, stop: Callable[[], bool]) -> Iterator[float]:
        yield from self._work()
        self.histories.pop((namespace, name), None)

    def _work(self) -> Iterator[float]:
        for second in range(self.ticks):
            yield float(second)
