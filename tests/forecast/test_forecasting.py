"""From a setup to a question, an answer and advice."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.forecast.gauges import Across, Followed, Gauge
from jetscale_tui.domain.forecast.load import Burst, Ramp
from jetscale_tui.domain.hpa.spec import Target
from jetscale_tui.domain.profile import Origin, Unit
from jetscale_tui.domain.spec import Google, Guide, MetricTarget, Setup
from jetscale_tui.engine.forecasting import (
    across_of_query,
    advise,
    forecast,
    gauge_of,
    question,
)
from jetscale_tui.errors import ConfigError
from tests.unit.engine.scene import PROFILE
from tests.unit.manifests.variants import BACKLOG, HBM_BYTES, HBM_NODE, HBM_SHARE, SLOTS, setup_of

FOUR_FIT = Facts(fits_now=4)
TWO_FIT = Facts(fits_now=2)


def followed(adapter: str, metric: dict[str, str], **more: Any) -> Followed | None:
    setup = setup_of(adapter, [metric], **more)
    (found,) = question(setup, PROFILE, FOUR_FIT, Burst()).followed
    return found


@pytest.mark.parametrize(
    ("adapter", "metric", "gauge", "across"),
    [
        ("stackdriver", BACKLOG, Gauge.BACKLOG, Across.PODS),
        ("stackdriver", SLOTS, Gauge.SLOTS_USED, Across.PODS),
        ("stackdriver", HBM_BYTES, Gauge.HBM_BYTES, Across.SERIES),
        ("prometheus", BACKLOG, Gauge.BACKLOG, Across.SUM),
        ("prometheus", SLOTS, Gauge.SLOTS_USED, Across.MEAN),
        ("prometheus", HBM_SHARE, Gauge.HBM_SHARE, Across.MEAN),
    ],
)
def test_each_metric_reaches_the_controller_as_the_adapter_serves_it(
    adapter: str, metric: dict[str, str], gauge: Gauge, across: Across
) -> None:
    assert followed(adapter, metric) == Followed(gauge, across, 15.0, 5.0)


def test_the_guides_rules_average() -> None:
    found = followed("prometheus", BACKLOG, guide=Guide.LITERAL)
    assert found is not None
    assert found.across is Across.MEAN


def test_delays_are_those_of_where_a_metric_comes_from() -> None:
    scrape = {"server": {"interval": "5s"}, "tpu": {"interval": "1m"}}
    server = followed("stackdriver", BACKLOG, scrape=scrape)
    memory = followed("stackdriver", HBM_BYTES, scrape=scrape)
    system = followed("stackdriver", HBM_NODE, scrape=scrape)
    assert server is not None
    assert memory is not None
    assert system is not None
    assert (server.interval, memory.interval) == (5.0, 60.0)
    assert (system.interval, system.delay) == (60.0, 120.0)


def test_a_metric_that_must_not_be_scaled_on_is_not_modelled() -> None:
    setup = setup_of(metrics=[{"name": "jetstream_transfer_backlog_size", "target": "1"}])
    assert question(setup, PROFILE, FOUR_FIT, Burst()).followed == (None,)


def test_every_kind_of_metric_has_a_gauge() -> None:
    metric = PROFILE.metrics[0]
    kinds = [(Origin.SERVER, unit) for unit in Unit] + [(Origin.TPU_EXPORTER, Unit.RATIO)]
    gauges = {
        gauge_of(metric.model_copy(update={"origin": origin, "unit": unit}))
        for origin, unit in kinds
    }
    assert gauges == set(Gauge)


def test_several_metrics_as_the_guide_prints_them_cannot_be_read() -> None:
    setup = setup_of(metrics=[BACKLOG, SLOTS], guide=Guide.LITERAL)
    assert question(setup, PROFILE, FOUR_FIT, Burst()).followed == (None, None)


def test_a_query_without_aggregation_returns_every_series() -> None:
    assert across_of_query("jetstream_prefill_backlog_size{}") is Across.SERIES
    assert across_of_query(" max by (pod) (x)") is Across.MAX


def test_percentages_are_taken_as_the_ratios_they_stand_for() -> None:
    asked = question(setup_of(metrics=[SLOTS]), PROFILE, FOUR_FIT, Burst())
    assert asked.hpa.metrics[0].amount == 900


def test_a_cluster_need_not_be_named_for_a_forecast() -> None:
    setup = setup_of("prometheus", [BACKLOG], google={})
    assert setup.google == Google()
    assert forecast(setup, PROFILE, TWO_FIT, Burst()).figures.added == 95


def test_a_metric_nobody_serves_is_an_error() -> None:
    unknown = Setup().model_copy(
        update={
            "scaling": Setup().scaling.model_copy(
                update={"metrics": (MetricTarget(name="unheard_of", target="1"),)}
            )
        }
    )
    with pytest.raises(ConfigError, match="unheard_of"):
        forecast(unknown, PROFILE, TWO_FIT, Burst())
    other = setup_of("prometheus", [{"name": "memory_used", "target": "1"}])
    with pytest.raises(ConfigError, match="cannot serve memory_used"):
        forecast(other, PROFILE, TWO_FIT, Burst())


@pytest.mark.parametrize(
    "scaling",
    [
        {"metrics": []},
        {"metrics": [{"name": BACKLOG["name"], "target": "ten"}]},
        {"behavior": {"scaleUp": {"policies": [{"type": "Pods"}]}}},
        {"behavior": {"scaleUp": 3}},
    ],
)
@pytest.mark.parametrize("guide", Guide)
def test_half_written_scaling_is_an_error_one_can_show(
    scaling: dict[str, Any], guide: Guide
) -> None:
    setup = setup_of(guide=guide, scaling={**setup_of().scaling.model_dump(), **scaling})
    with pytest.raises(ConfigError):
        forecast(setup, PROFILE, TWO_FIT, Burst())


def test_the_guides_manifests_come_with_a_warning() -> None:
    assert question(setup_of(guide=Guide.LITERAL), PROFILE, TWO_FIT, Burst()).notes
    assert not question(setup_of(), PROFILE, TWO_FIT, Burst()).notes


def test_a_burst_is_forecast_between_two_key_strokes() -> None:
    setup, load = setup_of(), Burst(100, seconds=600.0)
    best = float("inf")
    for _ in range(5):
        began = process_time()
        forecast(setup, PROFILE, TWO_FIT, load)
        best = min(best, process_time() - began)
    assert best < 0.02


def test_advice_does_what_it_says_when_it_is_asked_again() -> None:
    setup, load = setup_of(scaling={"maxReplicas": 4}), Ramp(1.0, 4.0, 3600.0)
    now = forecast(setup, PROFILE, FOUR_FIT, load)
    found = advise(setup, PROFILE, now.question, now.figures)
    assert found.advice
    for advice in found.advice:
        assert forecast(advice.setup, PROFILE, FOUR_FIT, load).figures == advice.after
    best = found.advice[0].after
    assert best.unserved < now.figures.unserved / 10
    assert best.chip_hours < now.figures.chip_hours


def test_the_guides_average_is_advised_away() -> None:
    """A mean backlog of 40 asks for 4 replicas in all, not for 4 times as many as there are."""
    setup = setup_of("prometheus", [BACKLOG], guide=Guide.LITERAL, scaling={"maxReplicas": 4})
    now = forecast(setup, PROFILE, FOUR_FIT, Ramp(1.0, 4.5, 3600.0))
    assert now.question.hpa.metrics[0].target is Target.AVERAGE_VALUE
    found = advise(setup, PROFILE, now.question, now.figures)
    texts = [change.text for advice in found.advice for change in advice.changes]
    assert "guide: literal → corrected" in texts


def test_candidates_that_would_not_be_accepted_are_not_tried() -> None:
    setup = setup_of(scaling={"minReplicas": 2, "maxReplicas": 2})
    now = forecast(setup, PROFILE, FOUR_FIT, Burst(300))
    for advice in advise(setup, PROFILE, now.question, now.figures).advice:
        scaling = advice.setup.scaling
        assert scaling.min_replicas <= scaling.max_replicas
