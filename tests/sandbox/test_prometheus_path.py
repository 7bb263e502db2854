"""From a scraped gauge through the frontend and prometheus-adapter, and what breaks each link."""

from __future__ import annotations

import json
import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from jetscale_tui.domain.google import Project
from jetscale_tui.domain.kinds import API_SERVICE, CONFIG_MAP, POD, SERVICE_ACCOUNT, Ref
from jetscale_tui.domain.spec import Guide
from jetscale_tui.manifests.build import build
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.kube.handlers import AggregatedRequest, ProxyRequest
from tests.sandbox.still import obj, still_world
from tests.unit.manifests.variants import HBM_SHARE, PROFILE, setup_of
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.environment import Sandbox
    from tests.sandbox.still import StillWorld

FRONTEND = "jetscale-frontend"
ADAPTER = "jetscale-prometheus-adapter"
API = "v1beta1.external.metrics.k8s.io"
GROUP = ("external.metrics.k8s.io", "v1beta1")
BACKLOG = "jetstream_prefill_backlog_size"
SHARE = "memory_used_percentage"


def install(
    still: StillWorld,
    change: Callable[[Json], None] = lambda manifest: None,
    *,
    granted: bool = True,
    guide: Guide = Guide.CORRECTED,
) -> None:
    """Scrapes, frontend and adapter, and time to come up; `change` may edit each manifest."""
    blueprint = still.blueprint
    google = {
        "project": blueprint.project_id,
        "location": blueprint.location,
        "cluster": blueprint.cluster,
    }
    setup = setup_of("prometheus", [HBM_SHARE], google=google, guide=guide)
    if granted:
        still.grant_monitoring("default", FRONTEND)
    project = Project(blueprint.project_id, blueprint.project_number)
    for group in build(setup, PROFILE, project):
        for manifest in group.objects:
            if manifest["kind"] != "HorizontalPodAutoscaler":
                manifest = json.loads(json.dumps(manifest))
                ref = Ref.of(manifest)
                if ref.namespace:
                    manifest["metadata"]["namespace"] = ref.namespace
                change(manifest)
                still.store.create(manifest)
    still.run(200)


def ask(still: StillWorld, *path: str, selector: str = "") -> tuple[int, Any]:
    """What the external metrics API answers."""
    query = {"labelSelector": selector} if selector else {}
    reply = still.world.aggregated[GROUP](AggregatedRequest(*GROUP, "GET", path, query))
    return reply.status, json.loads(reply.body)


def served(still: StillWorld) -> list[str]:
    return [each["name"] for each in ask(still)[1]["resources"]]


def through_frontend(still: StillWorld, path: str, **query: str) -> tuple[int, str]:
    """What the frontend answers through the API server's proxy."""
    request = ProxyRequest("services", "default", FRONTEND, "9090", "GET", path, query, b"")
    reply = still.world.network.proxy(request)
    return reply.status, reply.body.decode()


def in_rules(manifest: Json, old: str, new: str) -> None:
    """Replace text in the adapter's rules."""
    if manifest["kind"] == CONFIG_MAP.name:
        data = manifest["data"]
        data["config.yaml"] = data["config.yaml"].replace(old, new)


def in_arguments(manifest: Json, old: str, new: str) -> None:
    """Replace text in a container's arguments."""
    if manifest["kind"] == "Deployment":
        for container in manifest["spec"]["template"]["spec"]["containers"]:
            container["args"] = [each.replace(old, new) for each in container["args"]]


def on_the_charts_port(manifest: Json) -> None:
    """Listen where the chart's defaults do."""
    in_arguments(manifest, "--secure-port=10250", "--secure-port=6443")
    if manifest["metadata"]["name"] == ADAPTER and manifest["kind"] == "Deployment":
        (container,) = manifest["spec"]["template"]["spec"]["containers"]
        container["ports"][0]["containerPort"] = 6443


def test_each_metric_answers_with_its_value(still: StillWorld) -> None:
    install(still)
    assert still.condition(API_SERVICE, API, "Available", "")["status"] == "True"
    assert served(still) == [BACKLOG, "jetstream_slots_used_percentage", SHARE]
    status, answer = ask(still, "namespaces", "default", SHARE)
    assert status == 200
    (item,) = answer["items"]
    assert item["metricName"] == SHARE
    assert item["value"] == "799m"


def test_the_metric_follows_the_queue(still: StillWorld) -> None:
    install(still)
    model = still.world.jetstream.model(still.pods()[0])
    assert model is not None
    for _ in range(50):
        model.submit(still.clock.monotonic(), max_tokens=500)
    still.run(25)
    (item,) = ask(still, "namespaces", "default", BACKLOG)[1]["items"]
    assert int(item["value"]) > 10


def test_a_selector_of_the_autoscaler_becomes_matchers(still: StillWorld) -> None:
    install(still)
    pod = still.pods()[0]["metadata"]["name"]
    for selector, found in (
        (f"pod={pod}", 1),
        (f"pod in (other,{pod})", 1),
        (f"pod notin ({pod})", 0),
        (f"pod!={pod}", 0),
        ("pod", 1),
        ("!pod", 0),
    ):
        _, answer = ask(still, "namespaces", "default", BACKLOG, selector=selector)
        assert len(answer["items"]) == found, selector


def test_a_metric_without_a_rule_is_not_found(still: StillWorld) -> None:
    install(still)
    status, answer = ask(still, "namespaces", "default", "nothing")
    assert (status, answer["message"]) == (
        404,
        "the server could not find the metric nothing for namespaces",
    )


class TestFrontend:
    def test_it_is_ready_without_the_role_and_only_a_query_tells(self, still: StillWorld) -> None:
        install(still, granted=False)
        assert through_frontend(still, "/-/ready")[0] == 200
        status, body = through_frontend(still, "/api/v1/query", query="vector(1)")
        assert status == 403
        assert "monitoring.timeSeries.list denied" in body

    def test_the_grant_takes_effect_when_iam_has_propagated(self, still: StillWorld) -> None:
        install(still, granted=False)
        assert served(still) == []
        still.grant_monitoring("default", FRONTEND)
        still.run(still.blueprint.iam_propagation + 1)
        assert through_frontend(still, "/api/v1/query", query="vector(1)")[0] == 200
        assert served(still) == [], "the list is refreshed once a minute"
        still.run(60)
        assert BACKLOG in served(still)

    def test_a_google_account_that_it_may_not_act_as_gives_no_token(
        self, still: StillWorld
    ) -> None:
        def annotate(manifest: Json) -> None:
            if manifest["kind"] == SERVICE_ACCOUNT.name:
                email = f"nobody@{still.blueprint.project_id}.iam.gserviceaccount.com"
                manifest["metadata"]["annotations"] = {"iam.gke.io/gcp-service-account": email}

        install(still, annotate)
        assert through_frontend(still, "/api/v1/query", query="vector(1)") == (500, "")

    def test_another_project_is_not_its_to_read(self, still: StillWorld) -> None:
        install(still, lambda manifest: in_arguments(manifest, "sandbox-project", "elsewhere"))
        assert through_frontend(still, "/api/v1/query", query="vector(1)")[0] == 403

    def test_without_a_project_it_does_not_start(self, still: StillWorld) -> None:
        install(still, lambda manifest: in_arguments(manifest, "--query.project-id", "--x"))
        (pod, _) = still.pods(FRONTEND)
        (state,) = pod["status"]["containerStatuses"]
        assert state["state"]["waiting"]["reason"] == "CrashLoopBackOff"

    def test_queries_see_the_labels_of_metric_and_resource(self, still: StillWorld) -> None:
        install(still)
        _, body = through_frontend(still, "/api/v1/series", **{"match[]": BACKLOG})
        (labels,) = json.loads(body)["data"]
        assert labels["__name__"] == BACKLOG
        assert labels["cluster"] == still.blueprint.cluster
        assert labels["pod"] == still.pods()[0]["metadata"]["name"]
        query = 'sum(kubernetes_io:node_accelerator_memory_used{monitored_resource="k8s_node"})'
        _, body = through_frontend(still, "/api/v1/query", query=query)
        (row,) = json.loads(body)["data"]["result"]
        assert float(row["value"][1]) > 0

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ('{__name__=~"jetstream_.*"}', "regular expressions"),
            ('{pod="x"}', "exactly one metric"),
            ("rate(x[1m])", "not evaluated"),
            ("", "no value"),
        ],
    )
    def test_bad_queries_are_bad_data(self, still: StillWorld, query: str, said: str) -> None:
        install(still)
        status, body = through_frontend(still, "/api/v1/query", query=query)
        assert status == 400
        answer = json.loads(body)
        assert answer["errorType"] == "bad_data"
        assert said in answer["error"]


class TestBrokenLinks:
    """Ids are those of the failures that are staged."""

    def test_a2_a_private_control_plane_does_not_reach_the_charts_port(self) -> None:
        with still_world(replace(Blueprint(), private_nodes=True)) as still:
            install(still, on_the_charts_port)
            state = still.condition(API_SERVICE, API, "Available", "")
            assert state["reason"] == "FailedDiscoveryCheck"
            assert ":6443/apis/external.metrics.k8s.io/v1beta1" in state["message"]
            assert "Client.Timeout exceeded" in state["message"]

    def test_a2_it_reaches_the_corrected_one(self) -> None:
        with still_world(replace(Blueprint(), private_nodes=True)) as still:
            install(still)
            assert still.condition(API_SERVICE, API, "Available", "")["status"] == "True"

    def test_a_group_it_does_not_serve_fails_discovery(self, still: StillWorld) -> None:
        install(still)
        spec = {**still.get(API_SERVICE, API, "")["spec"], "group": "custom.metrics.k8s.io"}
        name = "v1beta1.custom.metrics.k8s.io"
        still.store.create(obj(API_SERVICE, name, None, spec=spec))
        still.run(1)
        state = still.condition(API_SERVICE, name, "Available", "")
        assert state["reason"] == "FailedDiscoveryCheck"
        assert state["message"].startswith("failing or missing response from https://10.8.")
        assert state["message"].endswith("/apis/custom.metrics.k8s.io/v1beta1: 404")

    def test_a4_another_services_name_leaves_the_list_empty(self, still: StillWorld) -> None:
        install(still, lambda m: in_arguments(m, f"http://{FRONTEND}.", "http://prometheus."))
        assert still.condition(API_SERVICE, API, "Available", "")["status"] == "True"
        assert ask(still)[1]["resources"] == []

    def test_a4_one_failing_rule_keeps_all_from_being_listed(self, still: StillWorld) -> None:
        install(still, lambda m: in_rules(m, f"{BACKLOG}{{", f"{BACKLOG}{{,"))
        assert ask(still)[1]["resources"] == []

    def test_a4_without_a_longer_age_a_late_series_is_forgotten(self, still: StillWorld) -> None:
        def silence(manifest: Json) -> None:
            in_arguments(manifest, "--metrics-max-age=10m", "--metrics-max-age=1m")
            if manifest["kind"] == "PodMonitoring":
                manifest["spec"]["endpoints"][0]["interval"] = "10m"

        install(still, silence)
        still.run(300)
        assert served(still) == []

    def test_a5_rules_are_narrowed_to_the_autoscalers_namespace(self, still: StillWorld) -> None:
        install(still, lambda m: in_rules(m, "namespaced: false", "template: <<.Resource>>"))
        assert SHARE in served(still)
        assert ask(still, "namespaces", "default", SHARE)[1]["items"] == []

    def test_an_empty_matcher_list_first_is_no_promql(self, still: StillWorld) -> None:
        def comma_first(manifest: Json) -> None:
            if manifest["kind"] == CONFIG_MAP.name:
                text = manifest["data"]["config.yaml"]
                start = text.index("avg(<<.Series>>{") + len("avg(<<.Series>>{")
                manifest["data"]["config.yaml"] = (
                    text[:start] + "<<.LabelMatchers>>," + text[start:]
                ).replace("template: <<.Resource>>", "namespaced: false")

        install(still, comma_first)
        status, answer = ask(still, "namespaces", "default", "jetstream_slots_used_percentage")
        assert status == 500
        assert answer["message"] == "Internal error occurred: unable to fetch metrics"

    def test_rules_that_cannot_be_read_end_the_process(self, still: StillWorld) -> None:
        install(still, lambda m: in_rules(m, "metricsQuery", "metricQuery"))
        pods = [
            pod
            for pod in still.store.list(POD, "default")
            if pod["metadata"]["name"].startswith(ADAPTER)
        ]
        (state,) = pods[0]["status"]["containerStatuses"]
        assert state["state"]["waiting"]["reason"] == "CrashLoopBackOff"
        reason = still.condition(API_SERVICE, API, "Available", "")["reason"]
        assert reason == "MissingEndpoints"


class TestOnLoopback:
    def query(self, sandbox: Sandbox, path: str, token: str = "", **query: str) -> tuple[int, Any]:
        request = Request(
            f"{sandbox.addresses['promql']}{path}?{urlencode(query)}",
            headers={"Authorization": f"Bearer {token or sandbox.token}"},
        )
        trust = ssl.create_default_context(cadata=sandbox.ca_pem)
        try:
            with urlopen(request, context=trust, timeout=PATIENCE) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def test_it_answers_with_the_token(self, sandbox: Sandbox) -> None:
        status, answer = self.query(sandbox, "/api/v1/query", query="1 + 1")
        assert (status, answer["data"]["result"][1]) == (200, "2")
        assert self.query(sandbox, "/api/v1/query", "other", query="1")[0] == 401
        assert self.query(sandbox, "/api/v1/rules")[0] == 404

    def test_who_may_not_read_time_series_is_refused(self, sandbox: Sandbox) -> None:
        sandbox.google.deny("monitoring.timeSeries.list")
        try:
            assert self.query(sandbox, "/api/v1/query", query="1")[0] == 403
        finally:
            sandbox.google.permit("monitoring.timeSeries.list")
