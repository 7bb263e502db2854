"""`guide: literal` against the guide's own listings, placeholders filled in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from jetscale_tui.domain.spec import Guide
from jetscale_tui.domain.validation import resolved_target
from jetscale_tui.manifests.build import build
from jetscale_tui.manifests.prometheus_adapter import helm_values
from tests.unit.manifests.variants import (
    BACKLOG,
    HBM_BYTES,
    HBM_SHARE,
    PROFILE,
    PROJECT,
    SLOTS,
    setup_of,
)

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.spec import Setup

GUIDE = Path(__file__).parents[2] / "data" / "guide"

VALUES = {
    "PROMETHEUS_PORT": "9100",
    "PROJECT_ID": "my-project",
    "CLUSTER_NAME": "tpu-cluster",
    "MIN_REPLICAS": "1",
    "MAX_REPLICAS": "2",
    "JETSTREAM_METRIC_TARGET": "'10'",
    "EXTERNAL_METRIC_TARGET": "900m",
}


def listing(name: str, **placeholders: str) -> list[Json]:
    text = (GUIDE / name).read_text(encoding="utf-8")
    for placeholder, value in (VALUES | placeholders).items():
        text = text.replace(placeholder, value)
    return list(yaml.safe_load_all(text))


def literal(adapter: str, *metrics: dict[str, str], **options: Any) -> Setup:
    return setup_of(adapter, list(metrics), guide=Guide.LITERAL, **options)


def group(setup: Setup, step: str) -> list[Json]:
    groups = {group.step: group.objects for group in build(setup, PROFILE, PROJECT)}
    return list(groups[step])


@pytest.mark.parametrize(
    ("step", "name"),
    [("scrape-server", "podmonitoring-server.yaml"), ("scrape-tpu", "podmonitoring-tpu.yaml")],
)
def test_the_scrapes_are_the_guide_s(step: str, name: str) -> None:
    assert group(literal("stackdriver", BACKLOG), step) == listing(name)


@pytest.mark.parametrize(
    ("adapter", "metric", "name"),
    [
        ("stackdriver", BACKLOG, "hpa-server-stackdriver.yaml"),
        ("stackdriver", SLOTS, "hpa-server-stackdriver.yaml"),
        ("stackdriver", HBM_BYTES, "hpa-tpu-stackdriver.yaml"),
        ("prometheus", BACKLOG, "hpa-server-prometheus.yaml"),
        ("prometheus", SLOTS, "hpa-server-prometheus.yaml"),
        ("prometheus", HBM_SHARE, "hpa-tpu-prometheus.yaml"),
    ],
)
def test_the_autoscaler_of_one_metric_is_the_guide_s(
    adapter: str, metric: dict[str, str], name: str
) -> None:
    filled = {
        "METRIC": metric["name"].removeprefix("jetstream_"),
        "TARGET": repr(resolved_target(metric["target"])),
    }
    assert group(literal(adapter, metric), "hpa") == listing(name, **filled)


def test_the_autoscaler_of_several_metrics_is_the_guide_s() -> None:
    setup = literal("prometheus", BACKLOG, HBM_SHARE)
    assert group(setup, "hpa") == listing("hpa-several.yaml", METRIC="prefill_backlog_size")


def test_the_frontend_is_the_guide_s() -> None:
    setup = literal("prometheus", BACKLOG, identity="node", install="helm")
    assert group(setup, "adapter") == listing("prometheus-frontend.yaml")


def test_the_chart_s_values_are_the_guide_s() -> None:
    assert [helm_values(literal("prometheus", BACKLOG), PROFILE)] == listing("values.yaml")


def test_outside_the_default_namespace_literal_objects_say_where_they_belong() -> None:
    """The guide prints no namespace; there its reader has to know, here the document says it."""
    setup = setup_of(
        "prometheus",
        guide=Guide.LITERAL,
        workload={"namespace": "llm"},
        prometheus={"namespace": "metrics", "install": "helm"},
    )
    (scrape,) = group(setup, "scrape-server")
    assert scrape["metadata"]["namespace"] == "llm"
    assert {item["metadata"]["namespace"] for item in group(setup, "adapter")} == {"metrics"}
    assert helm_values(setup, PROFILE)["prometheus"] == {
        "url": "http://prometheus.metrics.svc",
        "port": 9090,
    }
