"""Whatever is sent, there is an answer, and it is a Status."""

from __future__ import annotations

import json
from email.message import Message
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jetscale_tui.sandbox.kube import protobuf
from jetscale_tui.sandbox.kube.handlers import Stream
from jetscale_tui.sandbox.kube.routes import Request
from tests.sandbox.kube.serving import (
    APPLY,
    DEPLOYMENTS,
    HPAS,
    JSON_PATCH,
    MERGE,
    POD_MONITORINGS,
    STRATEGIC,
    autoscaler,
    deployment,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.kube.serving import Served

JSON_VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 2**40),
        st.floats(allow_nan=False),
        st.text(max_size=6),
        st.sampled_from(["", "10", "1Gi", "ten", "External", "name", "$patch", "web"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=4), st.sampled_from(["spec", "metadata", "name", "$patch"])),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn, original: Json) -> Any:
    """An object with one place replaced by something else."""
    obj: Any = json.loads(json.dumps(original))
    place: Any = obj
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.booleans()):
            place[key] = draw(JSON_VALUES)
            return obj
        place = inner


MONITORING = {
    "apiVersion": "monitoring.googleapis.com/v1",
    "kind": "PodMonitoring",
    "metadata": {"name": "web"},
    "spec": {
        "selector": {"matchLabels": {"app": "web"}},
        "endpoints": [{"port": 9100, "interval": "15s", "timeout": "1s", "scheme": "http"}],
        "targetLabels": {"metadata": ["pod"], "fromPod": [{"from": "a", "to": "b"}]},
    },
}
BEHAVIOR = {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 15}]}}
CONTAINER = {
    "name": "c",
    "image": "example/none:1",
    "ports": [{"containerPort": 80}],
    "resources": {"limits": {"google.com/tpu": "8"}, "requests": {"google.com/tpu": "8"}},
    "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
}
TARGETS: list[tuple[str, Json]] = [
    (HPAS, autoscaler(behavior=BEHAVIOR)),
    (DEPLOYMENTS, deployment("web", CONTAINER)),
    (POD_MONITORINGS, MONITORING),
]


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as running:
        for path, body in TARGETS:
            running.admin.apply(f"{path}/web", body, force="true")
        yield running


def ask(served: Served, method: str, url: str, body: bytes, content_type: str) -> Json:
    headers = Message()
    headers["Content-Type"], headers["Authorization"] = content_type, "Bearer admin"
    answer = served.server.answer(Request.of(method, url, body, headers))
    assert not isinstance(answer, Stream)
    parsed: Json = json.loads(answer.body)
    if parsed.get("kind") == "Status":
        assert parsed["code"] == answer.status
    return parsed


calm = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.parametrize(("path", "original"), TARGETS, ids=["hpa", "deployment", "custom"])
class TestDamagedObjects:
    """Objects with something wrong anywhere."""

    @calm
    @given(data=st.data())
    def test_created(self, served: Served, path: str, original: Json, data: st.DataObject) -> None:
        body = data.draw(damaged(original))
        ask(served, "POST", f"{path}?dryRun=All", json.dumps(body).encode(), "application/json")

    @calm
    @given(data=st.data())
    def test_applied(self, served: Served, path: str, original: Json, data: st.DataObject) -> None:
        body = data.draw(damaged(original))
        url = f"{path}/web?fieldManager=x&force=true&dryRun=All"
        ask(served, "PATCH", url, json.dumps(body).encode(), APPLY)

    @calm
    @given(data=st.data(), content_type=st.sampled_from([MERGE, STRATEGIC, JSON_PATCH]))
    def test_patched(
        self,
        served: Served,
        path: str,
        original: Json,
        data: st.DataObject,
        content_type: str,
    ) -> None:
        body = data.draw(st.one_of(damaged(original), JSON_VALUES))
        url = f"{path}/web?dryRun=All"
        ask(served, "PATCH", url, json.dumps(body).encode(), content_type)

    @calm
    @given(data=st.data())
    def test_replaced(self, served: Served, path: str, original: Json, data: st.DataObject) -> None:
        body = data.draw(damaged(original))
        url = f"{path}/web?dryRun=All"
        ask(served, "PUT", url, json.dumps(body).encode(), "application/json")


@calm
@given(body=st.binary(max_size=60), content_type=st.sampled_from([APPLY, "application/yaml", ""]))
def test_noise_in_a_body_is_refused(served: Served, body: bytes, content_type: str) -> None:
    method = "PATCH" if content_type == APPLY else "POST"
    url = f"{HPAS}/web?fieldManager=x" if content_type == APPLY else HPAS
    assert ask(served, method, f"{url}", body, content_type)["status"] == "Failure"


@calm
@given(body=st.binary(max_size=80))
def test_noise_in_protobuf_is_refused(body: bytes) -> None:
    for start in (b"", b"k8s\0", b"k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12"):
        try:
            found = protobuf.object_of(start + body)
        except ValueError:
            continue
        assert "kind" in found


@calm
@given(
    path=st.text(st.sampled_from("/apisv12%2e.:namespacdefultorh?*~ "), max_size=40),
    query=st.dictionaries(
        st.sampled_from(["watch", "limit", "continue", "labelSelector", "fieldSelector", "dryRun"]),
        st.text(max_size=6),
        max_size=3,
    ),
)
def test_any_path_has_an_answer(served: Served, path: str, query: dict[str, str]) -> None:
    request = Request("GET", f"/{path}", query, authorization="Bearer admin")
    answer = served.server.answer(request)
    assert isinstance(answer, Stream) or 200 <= answer.status < 500


def test_nesting_without_end_is_a_bad_request(served: Served) -> None:
    applied = f"{HPAS}/web?fieldManager=x"
    for method, url, content_type, deep in (
        ("POST", HPAS, "application/json", b"[" * 100_000),
        ("POST", HPAS, "application/yaml", b"- " * 100_000),
        ("PATCH", applied, APPLY, b"[" * 100_000),
        ("PATCH", applied, APPLY, b"- " * 100_000),
        ("PATCH", f"{HPAS}/web", MERGE, b"[" * 100_000),
    ):
        assert ask(served, method, url, deep, content_type)["code"] == 400
