"""A run whose credentials end on the way waits for a new login, and goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import ServiceState
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.engine.journal import RunState, read
from jetscale_tui.engine.patience import PATIENCE, SignIn
from jetscale_tui.engine.plan import StepId, StepState
from jetscale_tui.errors import AuthError, Interrupted, PermissionDenied
from tests.fakes import FakeCloud, FakeCluster
from tests.unit.engine.scene import SETUP, setup_with
from tests.unit.engine.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.engine.journal import Run

ENDED = AuthError("The login has ended.", fix="Run: log-in")
HPA_REF = Ref.to(HPA, "jetstream-hpa", "default")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def ends_before(world: World, write: str) -> None:
    """The login to the cluster ends just before a write, as its answer to it."""

    def end(what: str) -> None:
        if what == write:
            world.cluster.before_write = lambda what: None
            world.cluster.refused = ENDED
            raise ENDED

    world.cluster.before_write = end


def logs_in_after(world: World, seconds: float) -> None:
    """The person logs in once so much time has passed."""

    def look_at_the_clock(now: float) -> None:
        if now >= seconds:
            world.cluster.refused = None
            world.cloud.refusals.clear()

    world.clock.on_sleep = look_at_the_clock


def waits(world: World) -> list[str]:
    return [e.detail for e in world.events if isinstance(e.error, AuthError)]


def run_of(world: World) -> Run:
    run = read(max(world.folder.iterdir()))
    assert run is not None
    return run


def test_a_write_the_cluster_refuses_is_made_after_the_next_login(world: World) -> None:
    ends_before(world, f"apply {HPA_REF}")
    logs_in_after(world, 60.0)
    world.run()
    assert world.state_of_last_run() is RunState.DONE
    assert world.cluster.writes.count(f"apply {HPA_REF}") == 1
    assert set(waits(world)) == {
        "The login has ended. Run: log-in The run goes on once that works."
    }
    assert world.states(StepId.HPA)[:2] == [StepState.STARTED, StepState.WAITING]


def test_a_write_whose_answer_was_lost_with_the_login_is_not_repeated(world: World) -> None:
    def end(what: str) -> None:
        if what == f"apply {HPA_REF}":
            world.cluster.after_write = lambda what: None
            world.cluster.refused = ENDED
            raise ENDED

    world.cluster.after_write = end
    logs_in_after(world, 60.0)
    world.run()
    assert world.state_of_last_run() is RunState.DONE
    assert world.cluster.writes.count(f"apply {HPA_REF}") == 1
    (write,) = [write for write in run_of(world).writes if write.ref == HPA_REF]
    assert write.done
    assert write.uid, "undo will know the object"


def test_an_update_whose_answer_was_lost_is_not_taken_for_somebody_elses_change(
    world: World,
) -> None:
    world.run()
    plan = world.plan(setup_with(scaling={"max_replicas": 1}))

    def end(what: str) -> None:
        world.cluster.after_write = lambda what: None
        world.cluster.refused = ENDED
        raise ENDED

    world.cluster.after_write = end
    logs_in_after(world, world.clock.seconds + 60.0)
    world.run(plan)
    assert world.state_of_last_run() is RunState.DONE


def test_googles_side_is_waited_for_as_well(world: World) -> None:
    world.cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
    plan = world.plan()
    world.cloud.refusals.update(enable_services=ENDED, project=ENDED)
    logs_in_after(world, 300.0)
    world.run(plan)
    assert world.clock.seconds >= 300.0
    assert world.cloud.writes[0] == "enable monitoring.googleapis.com"
    assert run_of(world).in_doubt == ()


def test_an_effect_is_looked_for_again_after_the_login(world: World) -> None:
    plan = world.plan()
    world.cloud.refusals.update(services=ENDED, project=ENDED)
    logs_in_after(world, 700.0)
    world.run(plan)
    assert world.states(StepId.SERVICES)[-1] is StepState.DONE


def test_a_refusal_for_another_reason_is_no_missing_login(world: World) -> None:
    """The project may not be read, which has nothing to do with who one is."""
    world.cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
    plan = world.plan()
    world.cloud.refusals.update(enable_services=ENDED, project=PermissionDenied("You may not."))

    def log_in(now: float) -> None:
        world.cloud.refusals.pop("enable_services", None)

    world.clock.on_sleep = log_in
    world.run(plan)
    assert world.state_of_last_run() is RunState.DONE


def test_where_nobody_is_there_it_fails_at_once_and_the_next_run_goes_on(world: World) -> None:
    ends_before(world, f"apply {HPA_REF}")
    with pytest.raises(AuthError) as caught:
        world.run(patience=0.0)
    assert caught.value is ENDED
    assert waits(world) == [ENDED.what], "the failure alone"
    assert world.state_of_last_run() is RunState.FAILED
    world.cluster.refused = None
    world.run(patience=0.0)
    assert world.state_of_last_run() is RunState.DONE
    assert len(list(world.folder.iterdir())) == 1


def test_patience_ends(world: World) -> None:
    ends_before(world, f"apply {HPA_REF}")
    with pytest.raises(AuthError):
        world.run()
    assert PATIENCE <= world.clock.seconds <= PATIENCE + 60.0


def test_patience_ends_even_where_only_the_work_itself_is_refused(world: World) -> None:
    """Both sides know us, and still one call says they do not."""
    world.cloud.states["monitoring.googleapis.com"] = ServiceState.DISABLED
    plan = world.plan()
    world.cloud.refusals["enable_services"] = ENDED
    with pytest.raises(AuthError):
        world.run(plan)


def test_waiting_can_be_stopped_and_taken_up_again(world: World) -> None:
    ends_before(world, f"apply {HPA_REF}")
    with pytest.raises(Interrupted):
        world.run(stop=lambda: world.cluster.refused is not None)
    assert world.state_of_last_run() is RunState.STOPPED
    world.cluster.refused = None
    world.run()
    assert world.state_of_last_run() is RunState.DONE


def test_without_google_only_the_cluster_is_asked() -> None:
    cloud = FakeCloud()
    cloud.refusals["project"] = ENDED
    assert SignIn(FakeCluster(), None, "my-project").works()
    assert SignIn(FakeCluster(), cloud, None).works()
    assert not SignIn(FakeCluster(), cloud, SETUP.google.project).works()
