from __future__ import annotations

import pytest

from jetscale_tui.domain.forecast.gauges import Across, Followed, Gauge, Scraped
from jetscale_tui.domain.serving import HBM_BYTES_PER_CHIP

WINDOW = 300.0


def scraped(across: Across, delay: float = 5.0) -> Scraped:
    return Scraped(Followed(Gauge.BACKLOG, across, delay=delay), WINDOW)


def test_each_gauge_reads_what_it_is_named_for() -> None:
    assert Gauge.BACKLOG.reads(7.0, 0.5, 8) == 7.0
    assert Gauge.SLOTS_USED.reads(7.0, 0.5, 8) == 0.5
    assert 0.8 < Gauge.HBM_SHARE.reads(0.0, 1.0, 8) < 0.82
    share = Gauge.HBM_SHARE.reads(0.0, 1.0, 8)
    assert Gauge.HBM_BYTES.reads(0.0, 1.0, 8) == pytest.approx(8 * HBM_BYTES_PER_CHIP * share)


def test_a_value_can_be_read_once_it_is_ingested() -> None:
    metric = scraped(Across.PODS)
    metric.take(0.0, {"a": 1.0})
    metric.take(15.0, {"a": 68.0})
    assert metric.pods(19.9, ["a"]) == {"a": 1000}
    assert metric.pods(20.0, ["a"]) == {"a": 68_000}


def test_a_pods_metric_has_the_pods_that_exist_and_have_a_value() -> None:
    metric = scraped(Across.PODS)
    metric.take(0.0, {"a": 1.0, "gone": 9.0})
    assert metric.pods(60.0, ["a", "starting"]) == {"a": 1000}


def test_values_of_replicas_that_are_gone_linger_for_the_window() -> None:
    metric = scraped(Across.SERIES)
    metric.take(0.0, {"a": 1.0, "gone": 9.0})
    metric.take(15.0, {"a": 2.0})
    assert metric.external(30.0) == (2000, 9000)
    metric.take(330.0, {"a": 3.0})
    assert metric.external(340.0) == (3000,)


@pytest.mark.parametrize(
    ("across", "expected"),
    [
        (Across.SERIES, (1000, 3000)),
        (Across.SUM, (4000,)),
        (Across.MEAN, (2000,)),
        (Across.MAX, (3000,)),
        (Across.MIN, (1000,)),
    ],
)
def test_an_external_metric_is_put_together_as_the_adapter_does(
    across: Across, expected: tuple[int, ...]
) -> None:
    metric = scraped(across)
    assert metric.external(0.0) == ()
    metric.take(0.0, {"a": 1.0, "b": 3.0})
    assert metric.external(5.0) == expected
