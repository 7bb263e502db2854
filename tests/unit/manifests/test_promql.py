from __future__ import annotations

import promql_parser
import pytest
import yaml

from jetscale_tui.domain.profile import Metric, Origin, Profile, Unit
from jetscale_tui.domain.spec import Guide, Setup
from jetscale_tui.errors import ConfigError
from jetscale_tui.manifests.prometheus_adapter import objects
from jetscale_tui.manifests.rules import rules
from tests.unit.manifests.variants import PROFILE, setup_of, variant

EMPTY = ""
NAMESPACE = 'namespace="default"'


def as_the_adapter_asks(rule: dict[str, object], series: str, matchers: str) -> str:
    """The rule's query after prometheus-adapter has filled its template in."""
    query = str(rule["metricsQuery"])
    return query.replace("<<.Series>>", series).replace("<<.LabelMatchers>>", matchers)


def series_of(rule: dict[str, object]) -> str:
    return str(rule["seriesQuery"]).partition("{")[0]


def system_profile() -> Profile:
    """A person's profile that takes GKE's system metrics through prometheus-adapter."""
    metrics = [
        Metric(
            name=f"kubernetes.io/{resource}/accelerator/duty_cycle",
            title="Duty cycle",
            origin=Origin.SYSTEM,
            unit=Unit.RATIO,
            adapters=("stackdriver", "prometheus"),
            why="busy chips",
        )
        for resource in ("container", "node")
    ]
    return PROFILE.model_copy(update={"metrics": tuple(metrics)})


@pytest.mark.parametrize("matchers", [EMPTY, NAMESPACE, f'model="gemma",{NAMESPACE}'])
@pytest.mark.parametrize("profile", [PROFILE, system_profile()], ids=["shipped", "system"])
def test_every_corrected_query_parses_whatever_the_adapter_fills_in(
    matchers: str, profile: Profile
) -> None:
    written = rules(variant("V4"), profile)
    assert len(written) in (2, 3)
    for rule in written:
        promql_parser.parse(str(rule["seriesQuery"]))
        promql_parser.parse(as_the_adapter_asks(rule, series_of(rule), matchers))


def test_a_literal_query_breaks_when_the_adapter_has_no_matchers_to_fill_in() -> None:
    backlog, *_ = rules(variant("V4", Guide.LITERAL), PROFILE)
    promql_parser.parse(as_the_adapter_asks(backlog, "x", NAMESPACE))
    with pytest.raises(ValueError, match="invalid promql"):
        promql_parser.parse(as_the_adapter_asks(backlog, "x", EMPTY))


def test_counts_are_summed_and_shares_averaged() -> None:
    functions = {
        rule["name"]["as"]: promql_parser.parse(
            as_the_adapter_asks(rule, series_of(rule), NAMESPACE)
        )
        for rule in rules(variant("V4"), PROFILE)
    }
    backlog = functions["jetstream_prefill_backlog_size"]
    slots = functions["jetstream_slots_used_percentage"]
    memory = functions["memory_used_percentage"]
    assert str(backlog).startswith("sum(jetstream_prefill_backlog_size{")
    assert str(slots).startswith("avg(jetstream_slots_used_percentage{")
    assert isinstance(memory, promql_parser.BinaryExpr)
    assert str(memory.lhs).startswith("avg(memory_used{")
    assert str(memory.rhs).startswith("avg(memory_total{")


def test_every_selector_names_cluster_location_and_the_workload_s_namespace() -> None:
    setup = setup_of("prometheus", workload={"namespace": "llm"})
    by_metric = {rule["name"]["as"]: rule for rule in rules(setup, PROFILE)}
    server = 'cluster="tpu-cluster",location="us-central1",namespace="llm"'
    exporter = (
        'cluster="tpu-cluster",location="us-central1",namespace="kube-system",'
        'exported_namespace="llm",container="maxengine-server"'
    )
    for name, matchers in (
        ("jetstream_prefill_backlog_size", server),
        ("jetstream_slots_used_percentage", server),
        ("memory_used_percentage", exporter),
    ):
        rule = by_metric[name]
        assert str(rule["seriesQuery"]).endswith(f"{{{matchers}}}")
        selectors = str(rule["metricsQuery"]).count("{")
        assert str(rule["metricsQuery"]).count(f"{{{matchers},<<.LabelMatchers>>}}") == selectors


def test_the_adapter_does_not_add_the_hpa_s_namespace_to_series_of_another_one() -> None:
    resources = {rule["name"]["as"]: rule["resources"] for rule in rules(variant("V6"), PROFILE)}
    assert resources["memory_used_percentage"] == {"namespaced": False}
    assert resources["jetstream_prefill_backlog_size"] == {"template": "<<.Resource>>"}


def test_system_metrics_are_asked_for_under_their_promql_names() -> None:
    container, node = rules(variant("V4"), system_profile())
    assert container["seriesQuery"] == (
        'kubernetes_io:container_accelerator_duty_cycle{monitored_resource="k8s_container",'
        'cluster_name="tpu-cluster",location="us-central1",namespace_name="default",'
        'container_name="maxengine-server"}'
    )
    assert node["seriesQuery"] == (
        'kubernetes_io:node_accelerator_duty_cycle{monitored_resource="k8s_node",'
        'cluster_name="tpu-cluster",location="us-central1"}'
    )
    assert node["name"]["as"] == "kubernetes_io:node_accelerator_duty_cycle"


def test_only_metrics_the_adapter_can_serve_and_worth_scaling_on_get_a_rule() -> None:
    names = [rule["name"]["as"] for rule in rules(variant("V4"), PROFILE)]
    assert names == [
        "jetstream_prefill_backlog_size",
        "jetstream_slots_used_percentage",
        "memory_used_percentage",
    ]


def test_a_hostile_value_stays_inside_its_quotes() -> None:
    hostile = 'x"} or vector(1) # \\ \n'
    profile = PROFILE.model_copy(update={"container": hostile})
    memory = rules(variant("V6"), profile)[-1]
    parsed = promql_parser.parse(as_the_adapter_asks(memory, series_of(memory), NAMESPACE))
    assert isinstance(parsed, promql_parser.BinaryExpr)
    assert isinstance(parsed.lhs, promql_parser.AggregateExpr)
    selector = parsed.lhs.expr
    assert isinstance(selector, promql_parser.VectorSelector)
    assert hostile in [matcher.value for matcher in selector.matchers.matchers]


def test_the_adapter_s_config_holds_exactly_the_rules() -> None:
    setup = variant("V5")
    (config,) = (item for item in objects(setup, PROFILE) if item["kind"] == "ConfigMap")
    assert yaml.safe_load(config["data"]["config.yaml"]) == {"externalRules": rules(setup, PROFILE)}


@pytest.mark.parametrize("missing", ["cluster", "location"])
def test_rules_are_not_written_for_a_cluster_that_is_not_named(missing: str) -> None:
    complete = variant("V4")
    google = complete.google.model_copy(update={missing: None})
    setup: Setup = complete.model_copy(update={"google": google})
    with pytest.raises(ConfigError, match=f"google.{missing} is not set"):
        rules(setup, PROFILE)
