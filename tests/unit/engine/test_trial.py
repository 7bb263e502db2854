"""Others write between a look and a dry run; their change is never taken for ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import CONFIG_MAP, HPA, Ref
from jetscale_tui.engine import diff
from jetscale_tui.engine.plan import Update
from jetscale_tui.engine.trial import trial
from jetscale_tui.engine.undo import build_undo
from tests.fakes import FakeCluster
from tests.unit.engine.scene import setup_with
from tests.unit.engine.test_undo import last_run
from tests.unit.engine.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json

CONFIG = Ref.to(CONFIG_MAP, "config", "default")
HPA_REF = Ref.to(HPA, "jetstream-hpa", "default")


def config(**data: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "config", "namespace": "default"},
        "data": data,
    }


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster(config(theirs="1"))


def times(number: int, interfere: Callable[[], object]) -> Callable[[Ref], None]:
    """Interferes with that many dry runs."""
    left = [number]

    def before(_ref: Ref) -> None:
        if left[0]:
            left[0] -= 1
            interfere()

    return before


def fields(cluster: FakeCluster) -> list[str]:
    live, result = trial(cluster, config(ours="1"), cluster.get(CONFIG))
    assert live is not None
    return [change.path for change in diff.compare(live, result)]


def test_a_dry_run_differs_by_what_we_would_write(cluster: FakeCluster) -> None:
    assert fields(cluster) == ["data.ours"]


def test_a_write_of_somebody_else_in_between_is_not_ours(cluster: FakeCluster) -> None:
    def interfere() -> None:
        cluster.change(CONFIG, lambda live: live["data"].update(theirs="2"))

    cluster.before_trial = times(3, interfere)
    assert fields(cluster) == ["data.ours"]


def test_an_object_that_came_into_being_in_between_is_seen(cluster: FakeCluster) -> None:
    del cluster.objects[CONFIG]
    cluster.before_trial = times(1, lambda: cluster.put(config(theirs="1")))
    live, _ = trial(cluster, config(ours="1"), None)
    assert live is not None
    assert live["data"] == {"theirs": "1"}


def test_an_object_that_never_rests_does_not_hold_us_up(cluster: FakeCluster) -> None:
    def interfere() -> None:
        cluster.change(CONFIG, lambda live: live["data"].update(theirs=str(id(live))))

    cluster.before_trial = times(100, interfere)
    assert "data.ours" in fields(cluster)


class TestUndo:
    @pytest.fixture
    def world(self, tmp_path: Path) -> World:
        world = World(tmp_path)
        world.run()
        world.run(world.plan(setup_with(scaling={"min_replicas": 2})))
        return world

    def test_takes_back_only_what_the_run_changed(self, world: World) -> None:
        def interfere() -> None:
            world.cluster.change(
                HPA_REF, lambda live: live["metadata"].update(annotations={"a": "b"})
            )

        world.cluster.before_trial = times(1, interfere)
        plan = build_undo(last_run(world), world.cluster, world.cloud)
        (change,) = [change for step in plan.steps for change in step.changes]
        assert isinstance(change, Update)
        assert [each.path for each in change.fields] == ["spec.minReplicas"]

    def test_has_nothing_to_restore_on_an_object_that_went_away(self, world: World) -> None:
        world.cluster.before_trial = times(1, lambda: world.cluster.objects.pop(HPA_REF))
        plan = build_undo(last_run(world), world.cluster, world.cloud)
        assert plan.changes == 0
