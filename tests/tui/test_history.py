"""What the plots are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.content import Content

from jetscale_tui.tui import plot
from jetscale_tui.tui.glance import Glance
from jetscale_tui.tui.glyphs import UNICODE
from jetscale_tui.tui.history import marks, metric_plots, reaction, replica_history, replica_legend
from jetscale_tui.tui.widgets.pods_panel import usual_start
from tests.tui import live


def glance_of(story: live.Story, *bursts: tuple[float, str]) -> Glance:
    snapshot = story.snapshot()
    return Glance(snapshot, snapshot.hpas[0], story.now, bursts)


def test_the_moment_the_hpa_reacted_to_a_burst_is_known_and_marked() -> None:
    began = live.START.timestamp() + 50
    glance = glance_of(live.burst(), (began, "burst"))
    found = reaction(glance, began)
    assert found is not None
    assert (found.before, found.size, found.after) == (1, 2, 25.0)
    assert marks(glance) == ((began, "burst"), (began + 25, "HPA"))


def test_a_burst_it_has_not_reacted_to_is_marked_alone() -> None:
    story = live.Story().begin(live.hpa("3"))
    glance = glance_of(story, (story.now.timestamp(), "burst"))
    assert [word for _, word in marks(glance)] == ["burst"]


def test_both_limits_are_on_the_plot_and_the_legend_names_every_line() -> None:
    glance = glance_of(live.burst())
    history = replica_history(glance)
    assert history is not None
    assert sorted(level.value for level in history.levels) == [1, 2]
    legend = replica_legend(glance, UNICODE)
    for word in ("current", "desired", "limits"):
        assert word in legend


def test_every_metric_has_its_plot() -> None:
    assert [
        one.title for one in metric_plots(glance_of(live.Story().begin(live.two_metrics())))
    ] == [
        "Prefill backlog, per pod (target 10)",
        "Memory used percentage (target 900m)",
    ]


def test_a_figure_the_controller_could_not_renew_says_how_old_it_is() -> None:
    hpa = live.hpa("3")
    hpa["status"]["conditions"][1] = live.condition(
        "ScalingActive", "False", "FailedGetPodsMetric", "unable to get metric"
    )
    story = live.Story().begin(hpa)
    story.seconds = 180
    (one,) = metric_plots(glance_of(story))
    assert one.title.endswith("value 3 min old")


@pytest.mark.parametrize(
    ("columns", "drawn_as"),
    [((12, 25), "▲burst"), ((12, 16), "burst▲   ▲HPA"), ((9, 12), "▲  ▲HPA")],
)
def test_the_word_of_a_mark_goes_before_it_where_another_follows_close(
    columns: tuple[int, int], drawn_as: str
) -> None:
    frame = plot.Frame(40, 6, 2.0, (0.0, 2.0), "-2 min", "now")
    track = plot.Track((1.0,) * 37, "")
    drawn = plot.draw(
        frame, [track], (), UNICODE, lambda value: f"{value:g}",
        [plot.Mark(columns[0], "burst"), plot.Mark(columns[1], "HPA")],
    )  # fmt: skip
    assert isinstance(drawn, Content)
    axis = drawn.plain.splitlines()[-1]
    assert drawn_as in axis


def test_the_usual_start_is_the_median_of_pods_that_never_restarted() -> None:
    pods = live.burst().snapshot().pods
    began = pods[0].scheduled
    assert began is not None
    took = [replace(pods[0], became_ready=began + timedelta(seconds=s)) for s in (60, 80, 70)]
    assert usual_start(tuple(took)) == 70
    assert usual_start((replace(took[0], restarts=1),)) is None
