"""The server around the API: connections, stopping, restarting, faults, time."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.kube.handlers import ProxyRequest, Reply
from jetscale_tui.sandbox.kube.server import CutConnection
from tests.sandbox.kube.serving import DEPLOYMENTS, HPAS, PODS, autoscaler, config_map, serving
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.kube.routes import Request
    from tests.sandbox.kube.serving import Client, Served

CONFIG_MAPS = "/api/v1/namespaces/default/configmaps"


def test_one_connection_serves_many_requests(admin: Client) -> None:
    for number in range(20):
        assert admin.create(CONFIG_MAPS, config_map(f"c{number}")).status == 201
    assert len(admin.get(CONFIG_MAPS).body["items"]) == 20


def test_stopping_ends_open_watches_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    with serving() as served:
        watches = [served.admin.watch(f"{HPAS}?watch=1&timeoutSeconds=300") for _ in range(5)]
        began = time.monotonic()
        served.server.stop()
        assert time.monotonic() - began < PATIENCE
        assert set(threading.enumerate()) <= before
        for watch in watches:
            watch.close()
        served.server.stop()


def test_a_stopped_server_comes_back_at_the_same_address(served: Served) -> None:
    address, client = served.server.address, served.client("admin")
    client.create(CONFIG_MAPS, config_map())
    served.server.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
    served.server.start()
    assert served.server.address == address
    client.close()
    again = served.client("admin")
    assert again.get(f"{CONFIG_MAPS}/settings").status == 200
    again.close()


def test_a_client_that_never_shakes_hands_holds_nobody_up(served: Served) -> None:
    host, _, port = served.server.address.rpartition(":")
    with socket.create_connection((host, int(port))):
        assert served.admin.get("/readyz").status == 200


def test_a_client_that_speaks_no_tls_is_dropped(served: Served) -> None:
    host, _, port = served.server.address.rpartition(":")
    with socket.create_connection((host, int(port))) as plain:
        plain.settimeout(PATIENCE)
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with suppress(ConnectionResetError):
            assert plain.recv(100) == b""
    assert served.admin.get("/readyz").status == 200


def test_cut_connections_can_be_made_again(served: Served) -> None:
    with served.admin.watch(f"{HPAS}?watch=1&timeoutSeconds=300") as watch:
        served.server.disconnect()
        assert watch.ended()
    fresh = served.client("admin")
    assert fresh.get("/readyz").body == "ok"
    fresh.close()


def test_a_watch_whose_client_went_away_is_noticed(served: Served) -> None:
    before = threading.active_count()
    with served.admin.watch(f"{HPAS}?watch=1&timeoutSeconds=300"):
        assert threading.active_count() > before
    deadline = time.monotonic() + 20
    while threading.active_count() > before and time.monotonic() < deadline:
        served.store.wake()
        threading.Event().wait(0.05)
    assert threading.active_count() == before


def test_a_body_in_chunks_is_read(served: Served) -> None:
    connection = http.client.HTTPSConnection(served.server.address, context=served.trust)
    body = json.dumps(config_map("chunky")).encode()
    headers = {"Authorization": "Bearer admin", "Content-Type": "application/json"}
    parts = iter([body[:10], body[10:]])
    connection.request("POST", CONFIG_MAPS, parts, headers, encode_chunked=True)
    assert connection.getresponse().status == 201
    connection.close()


def test_a_head_request_has_no_body(admin: Client) -> None:
    answer = admin.request("HEAD", HPAS, accept="*/*")
    assert (answer.status, answer.body) == (200, "")
    assert admin.get(HPAS).status == 200


def test_an_interceptor_can_answer_itself(served: Served) -> None:
    def refuse(request: Request) -> Reply | None:
        busy = {"kind": "Status", "code": 429, "reason": "TooManyRequests"}
        headers = {"Retry-After": "1"}
        reply = Reply(429, json.dumps(busy).encode(), headers=headers)
        return reply if request.path == HPAS else None

    served.server.interceptor = refuse
    refused = served.admin.get(HPAS)
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert served.admin.get(CONFIG_MAPS).status == 200


def test_an_interceptor_can_hang_up_before_or_in_the_middle(served: Served) -> None:
    def cut(request: Request) -> Reply | None:
        if request.path == HPAS:
            raise CutConnection
        answer = served.server.perform(request)
        assert isinstance(answer, Reply)
        raise CutConnection(answer)

    served.server.interceptor = cut
    first, second = served.client("admin"), served.client("admin")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        first.get(HPAS)
    with pytest.raises(http.client.IncompleteRead):
        second.get("/version")
    first.close()
    second.close()


def test_a_failure_inside_is_a_500_and_logged(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Request) -> Reply | None:
        raise ZeroDivisionError

    served.server.interceptor = fail
    refused = served.admin.get(HPAS)
    assert (refused.status, refused.reason) == (500, "InternalError")
    assert "ZeroDivisionError" in caplog.text


def test_time_is_the_sandboxs() -> None:
    future = datetime(2040, 5, 6, 7, 8, tzinfo=UTC)
    with serving(clock=SimClock(start=future)) as served:
        created = served.admin.create(CONFIG_MAPS, config_map())
        assert created.body["metadata"]["creationTimestamp"].startswith("2040-05-06T07:08:")
        assert created.headers["Date"].startswith("Sun, 06 May 2040 07:08:")


class TestProxy:
    """The way through the server to pods and Services."""

    @pytest.fixture
    def calls(self, served: Served) -> list[ProxyRequest]:
        seen: list[ProxyRequest] = []

        def answer(request: ProxyRequest) -> Reply:
            seen.append(request)
            return Reply(201, b"made", "text/plain", {"X-From": "backend"})

        served.server.proxies = answer
        ports: Json = {"ports": [{"port": 80}]}
        service = {"metadata": {"name": "web"}, "spec": ports}
        served.admin.create("/api/v1/namespaces/default/services", service)
        pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}}
        served.admin.create(PODS, pod)
        return seen

    @pytest.mark.parametrize(
        ("name", "port"), [("p", ""), ("p:9100", "9100"), ("http:p:http", "http")]
    )
    def test_it_leads_to_a_pod(
        self, admin: Client, calls: list[ProxyRequest], name: str, port: str
    ) -> None:
        answer = admin.get(f"{PODS}/{name}/proxy/metrics/a%20b?x=y")
        assert (answer.status, answer.body) == (201, "made")
        assert answer.headers["X-From"] == "backend"
        (call,) = calls
        assert (call.resource, call.name, call.port) == ("pods", "p", port)
        assert (call.path, call.query) == ("/metrics/a b", {"x": "y"})

    def test_it_carries_method_and_body_to_a_service(
        self, admin: Client, calls: list[ProxyRequest]
    ) -> None:
        path = "/api/v1/namespaces/default/services/web:80/proxy/generate"
        assert admin.create(path, {"prompt": "x"}).status == 201
        (call,) = calls
        assert (call.method, call.path, json.loads(call.body)) == (
            "POST",
            "/generate",
            {"prompt": "x"},
        )

    def test_nothing_is_behind_a_name_nobody_has(
        self, admin: Client, calls: list[ProxyRequest]
    ) -> None:
        missing = admin.get(f"{PODS}/nosuch:80/proxy/")
        assert (missing.status, missing.message) == (404, 'pods "nosuch" not found')
        assert not calls


class TestAggregation:
    """APIs that other servers answer."""

    GROUP = "/apis/custom.metrics.k8s.io/v1beta1"

    def api_service(self, served: Served, status: str) -> None:
        condition = {"type": "Available", "status": status, "reason": "x", "message": "x"}
        service = {"namespace": "custom-metrics", "name": "adapter"}
        served.store.create(
            {
                "apiVersion": "apiregistration.k8s.io/v1",
                "kind": "APIService",
                "metadata": {"name": "v1beta1.custom.metrics.k8s.io"},
                "spec": {
                    "group": "custom.metrics.k8s.io",
                    "version": "v1beta1",
                    "service": service,
                },
                "status": {"conditions": [condition]},
            }
        )
        empty = {"kind": "APIResourceList", "resources": []}
        served.server.aggregated["custom.metrics.k8s.io", "v1beta1"] = lambda _: Reply.of(empty)

    def test_without_an_apiservice_there_is_nothing(self, admin: Client) -> None:
        assert admin.get(self.GROUP).status == 404

    def test_with_one_that_is_not_available_there_is_nobody(self, served: Served) -> None:
        self.api_service(served, "False")
        for path in (self.GROUP, f"{self.GROUP}/namespaces/default/pods/x/metric"):
            answer = served.admin.get(path)
            assert (answer.status, answer.body) == (503, "service unavailable\n")

    def test_an_available_one_answers_and_is_discovered(self, served: Served) -> None:
        self.api_service(served, "True")
        assert served.admin.get(self.GROUP).body["kind"] == "APIResourceList"
        groups = served.admin.get("/apis").body["groups"]
        assert "custom.metrics.k8s.io" in [group["name"] for group in groups]

    @pytest.mark.parametrize(("status", "freshness"), [("True", "Current"), ("False", "Stale")])
    def test_aggregated_discovery_says_how_fresh_it_is(
        self, served: Served, status: str, freshness: str
    ) -> None:
        self.api_service(served, status)
        accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
        items = served.admin.get("/apis", accept=accept).body["items"]
        found = next(i for i in items if i["metadata"]["name"] == "custom.metrics.k8s.io")
        assert found["versions"][0]["freshness"] == freshness


class TestDiscovery:
    """What the server says of itself."""

    def test_a_group_lists_its_versions(self, admin: Client) -> None:
        body = admin.get("/apis/autoscaling").body
        assert body["kind"] == "APIGroup"
        assert body["preferredVersion"]["groupVersion"] == "autoscaling/v2"

    def test_subresources_of_another_group_say_so(self, admin: Client) -> None:
        resources = admin.get("/apis/apps/v1").body["resources"]
        scale = next(r for r in resources if r["name"] == "deployments/scale")
        assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")

    def test_openapi_carries_each_groups_schemas(self, admin: Client) -> None:
        index = admin.get("/openapi/v3").body["paths"]
        document = admin.get(index["apis/autoscaling/v2"]["serverRelativeURL"]).body
        schemas = document["components"]["schemas"]
        assert "io.k8s.api.autoscaling.v2.MetricTarget" in schemas
        operations = document["paths"][
            "/apis/autoscaling/v2/namespaces/{namespace}/horizontalpodautoscalers/{name}"
        ]
        parameters = {parameter["name"] for parameter in operations["patch"]["parameters"]}
        assert {"dryRun", "fieldValidation"} <= parameters

    def test_its_checks_can_be_told_one_by_one(self, admin: Client) -> None:
        told = admin.get("/readyz?verbose").body
        assert told == "[+]ping ok\nreadyz check passed\n"
        assert admin.get("/readyz/nosuch").status == 404

    @pytest.mark.parametrize("path", ["/healthz", "/livez", "/readyz", "/livez/ping"])
    def test_it_is_healthy(self, admin: Client, path: str) -> None:
        assert admin.get(path).body == "ok"


def test_load_can_be_staged() -> None:
    with serving() as served:
        for number in range(2_000):
            body = autoscaler(f"hpa-{number:04}")
            body["metadata"]["namespace"] = "default"
            served.store.create(body)
        version = served.store.version
        path = f"{HPAS}?watch=1&resourceVersion={version}&timeoutSeconds=60"
        with served.admin.watch(path) as watch:
            # Processor time: the machine may have other things to do.
            began = time.process_time()
            for number in range(1_000):
                status = {"currentReplicas": number, "desiredReplicas": 0}
                name = f"hpa-{number:04}"
                metadata = {"name": name, "namespace": "default"}
                obj = {**autoscaler(name), "metadata": metadata, "status": status}
                served.store.update(obj, status=True)
            seen = [watch.next()["object"]["status"]["currentReplicas"] for _ in range(1_000)]
            took = time.process_time() - began
        assert seen == list(range(1_000))
        assert took < 3, "a thousand status changes a second have to be possible"
        assert served.admin.get(DEPLOYMENTS).status == 200
