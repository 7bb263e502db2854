"""The panel that answers "Why 2?", wide, narrow and in ASCII."""

from __future__ import annotations

import pytest

from jetscale_tui.tui.glyphs import ASCII
from jetscale_tui.tui.widgets.why_panel import WhyPanel
from tests.tui import live
from tests.tui.driving import LARGE, SMALL, dashboard, running, text_of, until
from tests.tui.fakes import FakeBackend, FakeFeed

_FRAME = " │╭╮╰╯─▁▂▃▄▅▆▇█"


async def panel_of(
    story: live.Story, size: tuple[int, int], *, ascii_only: bool = False, later: float = 0
) -> list[str]:
    """The panel's edge and lines, without its frame."""
    backend = FakeBackend(feed=FakeFeed(story.snapshot()))
    story.seconds += later
    backend.fake_clock.start = story.now
    app = dashboard(backend)
    if ascii_only:
        app.glyphs = ASCII
    async with running(app, size) as pilot:
        await until(pilot, lambda: "next look" in text_of(pilot))
        text = text_of(pilot, pilot.app.screen.query_one(WhyPanel))
    return [line.strip(_FRAME) for line in text.splitlines()]


async def test_wide_the_steps_stand_in_a_table() -> None:
    lines = await panel_of(live.burst(), LARGE)
    assert lines[:6] == [
        "Why 2?",
        "prefill backlog  25 per pod ÷ 10 → wants 5",
        "rate limit       ×2, or to 4 → 4",
        "maximum 2        → 2  ◀ this decides",
        "to serve it      max 5 needs 40 chips; the pool has 16",
        "down again       when at most 5 for 5 min",
    ]
    assert lines[-1] == "next look in 15 s"


async def test_narrow_the_steps_are_folded_under_their_labels() -> None:
    lines = await panel_of(live.burst(), SMALL)
    assert "maximum 2  → 2  ◀ this decides" in lines
    assert "prefill backlog  25 per pod ÷ 10 →" in lines
    assert "wants 5" in lines


async def test_the_seconds_count_down_between_two_looks() -> None:
    story = live.burst()
    story.at(300, live.hpa("2", 2, 2, version=20))
    lines = await panel_of(story, LARGE, later=7)
    assert "down again       when at most 5 for 5 min (4:38 left)" in lines
    assert lines[-1] == "next look in 8 s"


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_in_ascii_no_sign_is_lost(size: tuple[int, int]) -> None:
    text = "\n".join(await panel_of(live.burst(), size, ascii_only=True))
    assert "-> 2  < this decides" in text
    assert "25 per pod / 10 ->" in text
    assert not set(text) & set("→÷×◀")


async def test_words_of_the_cluster_are_shown_as_they_are() -> None:
    broken = live.unknown_hpa()
    broken["status"]["conditions"][1]["message"] = (
        "the HPA was unable to compute the replica count: [red]no\x1b[31m API[/red]"
    )
    lines = await panel_of(live.Story().begin(broken), LARGE)
    assert "prefill backlog  <unknown>" in lines
    assert "no decision      [red]no<U+001B>[31m API[/red]" in lines
