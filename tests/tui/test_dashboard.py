"""What `kubectl get hpa --watch` shows, and what is around it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jetscale_tui.domain.live import LinkState
from jetscale_tui.tui.app import Start
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.screens.dashboard import DashboardScreen
from jetscale_tui.tui.screens.wizard import WizardScreen
from jetscale_tui.tui.widgets.hpa_table import HpaTable
from tests.tui import live
from tests.tui.driving import LARGE, application, dashboard, running, text_of, until
from tests.tui.fakes import FakeBackend, FakeCloud, FakeFeed

if TYPE_CHECKING:
    from textual.pilot import Pilot


def backend_of(story: live.Story) -> FakeBackend:
    """A backend whose feed tells a story, its clock a moment after it."""
    backend = FakeBackend(cloud=FakeCloud(), feed=FakeFeed(story.snapshot()), label="sandbox ×10")
    backend.fake_clock.start = story.now + timedelta(seconds=0.4)
    return backend


async def opened(pilot: Pilot[int]) -> DashboardScreen:
    await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))
    screen = pilot.app.screen
    assert isinstance(screen, DashboardScreen)
    await until(pilot, lambda: screen.snapshot.version)
    await until(pilot, lambda: "ana@example.com"[:8] in text_of(pilot).splitlines()[0])
    return screen


async def test_the_table_has_kubectls_columns_and_cells() -> None:
    async with running(dashboard(backend_of(live.burst())), LARGE) as pilot:
        await opened(pilot)
        header, row = text_of(pilot).splitlines()[2:4]
        assert header.split() == [
            "NAME", "REFERENCE", "TARGETS", "MINPODS", "MAXPODS", "REPLICAS", "AGE",
        ]  # fmt: skip
        assert row.split()[2:] == [
            "jetstream-hpa", "Deployment/maxengine-server", "25/10", "1", "2", "2", "19m",
        ]  # fmt: skip


async def test_at_80_columns_name_reference_and_targets_are_whole() -> None:
    async with running(dashboard(backend_of(live.burst()))) as pilot:
        await opened(pilot)
        row = text_of(pilot).splitlines()[3]
        for cell in ("jetstream-hpa", "Deployment/maxengine-server", "25/10"):
            assert cell in row


async def test_a_newer_snapshot_changes_the_row_under_the_cursor() -> None:
    story = live.burst()
    backend = backend_of(story)
    async with running(dashboard(backend)) as pilot:
        await opened(pilot)
        backend.fake_feed.say(story.at(255, live.hpa("7", 2, 2, version=20, seconds=91)).snapshot())
        await until(pilot, lambda: "7/10" in text_of(pilot))


async def test_the_feed_is_started_once_and_stopped_on_leaving() -> None:
    backend = backend_of(live.burst())
    async with running(dashboard(backend)) as pilot:
        await opened(pilot)
        await pilot.press("question_mark")
        await pilot.press("escape")
        assert backend.fake_feed.stops == 0
    assert backend.fake_feed.starts == 1
    assert backend.fake_feed.stops >= 1


async def test_space_holds_the_picture_and_going_on_catches_up() -> None:
    story = live.burst()
    backend = backend_of(story)
    async with running(dashboard(backend)) as pilot:
        screen = await opened(pilot)
        await pilot.press("space")
        backend.fake_feed.say(story.at(255, live.hpa("7", 2, 2, version=20, seconds=91)).snapshot())
        await until(pilot, lambda: screen.holding)
        assert "picture held" in text_of(pilot)
        assert "25/10" in text_of(pilot)
        await pilot.press("space")
        await until(pilot, lambda: "7/10" in text_of(pilot))


async def test_a_broken_connection_leaves_the_data_with_its_age_and_the_reason() -> None:
    story = live.burst()
    story.seconds = 300
    heard = live.START + timedelta(seconds=240)
    story.link(
        "horizontalpodautoscalers",
        LinkState.RECONNECTING,
        heard=heard,
        reason="connection refused",
        attempt=3,
    )
    async with running(dashboard(backend_of(story))) as pilot:
        await opened(pilot)
        shown = text_of(pilot)
        assert "! reconnecting, data is 1 min old" in shown
        assert "connection refused" in shown
        assert "25/10" in shown


async def test_expired_credentials_are_named() -> None:
    story = live.burst()
    story.link("horizontalpodautoscalers", LinkState.UNAUTHENTICATED, reason="token expired")
    async with running(dashboard(backend_of(story))) as pilot:
        await opened(pilot)
        assert "✗ credentials expired" in text_of(pilot)


async def test_what_may_not_be_listed_degrades_its_own_panel_only() -> None:
    story = live.Story().begin(live.hpa("3"))
    story.link("pods", LinkState.FORBIDDEN)
    async with running(dashboard(backend_of(story)), LARGE) as pilot:
        await opened(pilot)
        await until(pilot, lambda: "pods may not be listed" in text_of(pilot))
        assert "3/10" in text_of(pilot)


async def test_why_names_the_limit_that_holds_it_back_and_what_more_would_take() -> None:
    async with running(dashboard(backend_of(live.burst()))) as pilot:
        await opened(pilot)
        await until(pilot, lambda: "Why 2?" in text_of(pilot))


async def test_an_unknown_metric_is_explained_in_the_controllers_words() -> None:
    async with running(dashboard(backend_of(live.Story().begin(live.unknown_hpa())))) as pilot:
        await opened(pilot)
        shown = text_of(pilot)
        assert "<unknown>/10" in shown
        assert "✗ ScalingActive False  FailedGetPodsMetric" in shown


async def test_a_pending_pod_says_why() -> None:
    story = live.burst()
    story.at(245, live.live_pod("maxengine-server-7c9f-zzzzz", "", ready=False, scheduled=100))
    async with running(dashboard(backend_of(story))) as pilot:
        await opened(pilot)
        await pilot.press("v")
        await until(pilot, lambda: "3 Insufficient google.com/tpu" in text_of(pilot))
        assert "no node" in text_of(pilot)


async def test_with_many_hpas_the_list_has_the_screen_and_trouble_comes_first() -> None:
    hpas = [live.hpa(name=f"hpa-{i:03}", namespace=f"team-{i % 5}") for i in range(60)]
    story = live.Story(None).begin(*hpas, live.unknown_hpa("zz-broken"))
    async with running(dashboard(backend_of(story), None)) as pilot:
        screen = await opened(pilot)
        lines = text_of(pilot).splitlines()
        assert "61 HPAs" in lines[1]
        assert "✗" in lines[3]
        assert "zz-broken" in lines[3]
        assert "Why" not in text_of(pilot)
        await pilot.press("enter")
        await until(pilot, lambda: "Why 1?" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: not screen.deep)


async def test_a_key_sorts_by_the_next_column_and_another_turns_it_round() -> None:
    hpas = [live.hpa(str(8 - i), current=i, name=f"hpa-{i}") for i in (1, 2, 3)]
    async with running(dashboard(backend_of(live.Story().begin(*hpas)))) as pilot:
        await opened(pilot)
        table = pilot.app.screen.query_one(HpaTable)

        await pilot.press("s")
        await until(pilot, lambda: "NAME▲" in text_of(pilot))
        await pilot.press("S")
        await until(pilot, lambda: "NAME▼" in text_of(pilot))
        rows = text_of(pilot).splitlines()[3:6]
        assert ["hpa-3" in rows[0], "hpa-2" in rows[1], "hpa-1" in rows[2]] == [True] * 3
        assert table.selected == ("default", "hpa-1"), "the cursor stays on its HPA"
        await pilot.press("s", "s")
        await until(pilot, lambda: "TARGETS▼" in text_of(pilot))
        assert "hpa-1" in text_of(pilot).splitlines()[3]


async def test_a_click_on_a_title_sorts_by_it_and_another_turns_it_round() -> None:
    hpas = [live.hpa(current=i, name=f"hpa-{i}") for i in (1, 2, 3)]
    async with running(dashboard(backend_of(live.Story().begin(*hpas)))) as pilot:
        await opened(pilot)
        where = text_of(pilot).splitlines()[2].index("REPLICAS")
        await pilot.click(HpaTable, offset=(where, 0))
        await until(pilot, lambda: "REPLICAS▼" in text_of(pilot))
        assert "hpa-3" in text_of(pilot).splitlines()[3]
        await pilot.click(HpaTable, offset=(where, 0))
        await until(pilot, lambda: "REPLICAS▲" in text_of(pilot))
        assert "hpa-1" in text_of(pilot).splitlines()[3]


async def test_one_row_has_no_order() -> None:
    async with running(dashboard(backend_of(live.burst()))) as pilot:
        await opened(pilot)
        assert "Sort" not in text_of(pilot).splitlines()[-1]
        await pilot.press("s")
        await pilot.pause()
        assert "▲" not in text_of(pilot).splitlines()[2]


async def test_one_of_many_asked_for_by_name_is_opened_in_depth() -> None:
    hpas = [live.hpa(name=f"hpa-{i:03}") for i in range(60)]
    watched = Watched(namespace="default", name="hpa-042")
    backend = backend_of(live.Story().begin(*hpas))
    async with running(application(backend, start=Start.DASHBOARD, watched=watched)) as pilot:
        screen = await opened(pilot)
        await until(pilot, lambda: "Why 1?" in text_of(pilot))
        assert screen.table.selected == ("default", "hpa-042")
        await until(pilot, lambda: "▸   hpa-042" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "Why" not in text_of(pilot))


async def test_the_cursor_stays_on_its_hpa_when_others_come_and_go() -> None:
    story = live.Story(None).begin(*[live.hpa(name=name) for name in ("bb", "cc", "dd", "ee")])
    backend = backend_of(story)
    async with running(dashboard(backend, None)) as pilot:
        screen = await opened(pilot)
        await pilot.press("down", "down")
        table = screen.query_one(HpaTable)
        assert table.selected == ("default", "dd")
        backend.fake_feed.say(story.at(10, live.hpa(name="aa", version=5)).snapshot())
        await until(pilot, lambda: "5 HPAs" in text_of(pilot))
        assert table.selected == ("default", "dd")
        assert table.cursor == 3


async def test_a_filter_narrows_the_list_and_escape_gives_it_back() -> None:
    hpas = [live.hpa(name=f"hpa-{i:03}", namespace=f"team-{i % 5}") for i in range(60)]
    async with running(dashboard(backend_of(live.Story(None).begin(*hpas)), None)) as pilot:
        await opened(pilot)
        await pilot.press("slash", *"hpa-05", "enter")
        await until(pilot, lambda: "hpa-000" not in text_of(pilot))
        assert "hpa-051" in text_of(pilot)
        assert "10 of 60 HPAs match hpa-05" in text_of(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: "hpa-000" in text_of(pilot))


async def test_every_panel_is_there_at_once_in_a_large_terminal() -> None:
    async with running(dashboard(backend_of(live.burst())), LARGE) as pilot:
        await opened(pilot)
        await until(pilot, lambda: "Why 2?" in text_of(pilot))
        shown = text_of(pilot)
        for title in ("Replicas", "Prefill backlog", "Pods and chips", "Conditions"):
            assert title in shown


async def test_hostile_text_from_the_cluster_is_shown_as_data() -> None:
    hostile = live.hpa("3")
    evil = "[bold]x[/] [@click=app.quit]y[/] \x1b[31m \u202e \u200b \n end " + "z" * 300
    hostile["status"]["conditions"][1] = live.condition("ScalingActive", "False", evil, evil)
    story = live.Story().begin(hostile)
    async with running(dashboard(backend_of(story)), LARGE) as pilot:
        await opened(pilot)
        shown = "[bold]x[/] [@click=app.quit]y[/] <U+001B>[31m <U+202E> <U+200B>"
        await until(pilot, lambda: shown in text_of(pilot))


async def test_no_hpa_at_all_is_said() -> None:
    async with running(dashboard(backend_of(live.Story().begin()))) as pilot:
        await opened(pilot)
        assert "No HPA in namespace default" in text_of(pilot)


async def test_the_wizard_is_one_key_away() -> None:
    async with running(dashboard(backend_of(live.burst()))) as pilot:
        await opened(pilot)
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, WizardScreen))
        await until(pilot, lambda: "✓ Google" in text_of(pilot))


async def test_before_the_first_snapshot_the_badge_says_connecting() -> None:
    backend = FakeBackend(cloud=FakeCloud(), feed=FakeFeed())
    async with running(dashboard(backend)) as pilot:
        await until(pilot, lambda: "connecting" in text_of(pilot))
        await until(pilot, lambda: isinstance(pilot.app.screen, DashboardScreen))
        await until(pilot, lambda: "○ connecting" in text_of(pilot))
