"""A plan, its run and what stands in its way, in words of all kinds of malice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine.plan import StepEvent, StepState
from jetscale_tui.errors import AuthError, LeftToOthers
from jetscale_tui.tui.panes.apply import ApplyPane
from jetscale_tui.tui.panes.review import ReviewPane
from jetscale_tui.tui.plan_text import View
from tests.hostile import TAILS
from tests.hostile_plans import failure, plan
from tests.tui.driving import application, pane, running, text_of, until
from tests.tui.test_hostile_text import unharmed
from tests.tui.test_review_and_apply import applied, armed, obedient

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Ref


async def test_a_plan_shows_hostile_text_as_data() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        review = pane(pilot)
        assert isinstance(review, ReviewPane)
        views = tuple(View)
        for number, (kind, tail) in enumerate(TAILS.items()):
            hostile = plan(tail)
            review.post_message(ReviewPane.Planned(hostile))
            await until(pilot, lambda hostile=hostile: review.plan is hostile)  # type: ignore[misc]
            for view in (View.DIFF, views[number % len(views)]):
                review.view = view
                await pilot.pause()
                unharmed(pilot, f"{kind}, {view}")
            review.view = View.DIFF
            await pilot.press("space", *["down"] * (number % 8), "c")
            await pilot.pause()
            unharmed(pilot, f"{kind}, a change, copied")
            review.post_message(ReviewPane.PlanFailed(failure(tail)))
            await pilot.pause()
            unharmed(pilot, f"{kind}, no plan")


async def test_a_run_shows_hostile_text_as_data() -> None:
    async with running(application(obedient())) as pilot:
        await applied(pilot)
        run = pane(pilot)
        assert isinstance(run, ApplyPane)
        assert run.desk is not None
        assert run.desk.plan is not None
        first = run.desk.plan.steps[0].id
        await pilot.press("l")
        for kind, tail in TAILS.items():
            others = LeftToOthers(f"Somebody{tail}.", fix=f"Ask{tail}.")
            for error, state in ((failure(tail), StepState.FAILED), (others, StepState.WAITING)):
                run.post_message(ApplyPane.Happened(StepEvent(first, state, error.what, 1)))
                run.post_message(ApplyPane.Ended(error))
                await pilot.pause()
                unharmed(pilot, f"{kind}, {state}")
                assert pilot.app.focused is not None
                assert pilot.app.screen.region.contains_region(pilot.app.focused.region)


async def test_a_refusal_that_is_real_ends_the_run_in_its_own_words() -> None:
    backend = obedient()
    complete = backend.fake_cluster.on_write

    def refuse(ref: Ref) -> None:
        if ref.name == "tpu-metrics-exporter":
            raise failure(TAILS["escapes"] + TAILS["markup"])
        complete(ref)

    backend.fake_cluster.on_write = refuse
    async with running(application(backend)) as pilot:
        await armed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "✗ Scrape TPU metrics" in text_of(pilot))
        await until(pilot, lambda: "not finished" in text_of(pilot))
        unharmed(pilot, "refused")
        assert "No<U+001B>[31mred<U+001B>]0;title" in "".join(text_of(pilot).split())


async def test_a_login_that_is_waited_for_is_shown_as_data() -> None:
    backend = obedient()
    backend.fake_cluster.hold.clear()
    async with running(application(backend)) as pilot:
        await armed(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "s Stop" in text_of(pilot))
        run = pane(pilot)
        assert isinstance(run, ApplyPane)
        for kind, tail in TAILS.items():
            run.sign_in = AuthError(f"Out{tail}.", why=f"So{tail}.", fix=f"Run: gcloud x{tail}")
            await pilot.pause()
            unharmed(pilot, f"{kind}, login")
            run.sign_in = None
        backend.fake_cluster.hold.set()
        await until(pilot, lambda: "every step was seen to work" in text_of(pilot))
