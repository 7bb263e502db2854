"""Selectors, Services and ports: who reaches whom, and what the proxy says when nobody does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import DEPLOYMENT, POD, SERVICE
from jetscale_tui.sandbox.controllers.selectors import selects
from jetscale_tui.sandbox.kube.handlers import ProxyRequest
from jetscale_tui.sandbox.kube.labels import selector_text
from jetscale_tui.sandbox.kube.selectors import matcher
from tests.sandbox.still import obj

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.still import StillWorld


def ask(
    still: StillWorld, resource: str, name: str, port: str, path: str = "/healthcheck"
) -> tuple[int, str]:
    request = ProxyRequest(resource, "default", name, port, "GET", path, {}, b"")
    reply = still.world.network.proxy(request)
    return reply.status, json.loads(reply.body).get("message", "")


def test_a_service_takes_its_ready_pods_in_turn(still: StillWorld) -> None:
    still.change(DEPLOYMENT, "maxengine-server", replicas=2)
    still.run(200)
    for pod in still.pods()[:1]:
        still.world.jetstream.stopped(pod)
    # One of the two no longer listens, so every second request finds out.
    answers = [ask(still, "services", "jetstream-svc", "8000")[0] for _ in range(4)]
    assert sorted(answers) == [200, 200, 503, 503]
    assert answers[0] != answers[1]


@pytest.mark.parametrize("port", ["8000", "jetstream-http"])
def test_a_service_port_goes_by_number_or_name(still: StillWorld, port: str) -> None:
    assert ask(still, "services", "jetstream-svc", port)[0] == 200


@pytest.mark.parametrize("port", ["9999", "nosuch", ""])
def test_a_port_the_service_does_not_have_is_named(still: StillWorld, port: str) -> None:
    assert ask(still, "services", "jetstream-svc", port) == (
        503,
        f'no service port "{port}" found for service "jetstream-svc"',
    )


def test_a_service_without_ready_pods_has_no_endpoints(still: StillWorld) -> None:
    still.change(DEPLOYMENT, "maxengine-server", replicas=0)
    still.run(10)
    assert ask(still, "services", "jetstream-svc", "8000") == (
        503,
        'no endpoints available for service "jetstream-svc"',
    )


def test_a_service_without_a_selector_leads_nowhere(still: StillWorld) -> None:
    still.store.create(obj(SERVICE, "manual", spec={"ports": [{"port": 80}]}))
    assert ask(still, "services", "manual", "80")[0] == 503


def test_a_pod_is_reached_by_its_first_port_when_none_is_given(still: StillWorld) -> None:
    name = still.pods()[0]["metadata"]["name"]
    status, message = ask(still, "pods", name, "")
    # The first container declares 9000, where gRPC is spoken.
    assert (status, "connect: connection refused" in message) == (503, True)
    assert ask(still, "pods", name, "8000")[0] == 200


def test_a_port_name_no_container_declares_is_a_bad_request(still: StillWorld) -> None:
    name = still.pods()[0]["metadata"]["name"]
    assert ask(still, "pods", name, "metrics")[0] == 400


def test_a_pod_that_still_starts_refuses(still: StillWorld) -> None:
    still.change(DEPLOYMENT, "maxengine-server", replicas=2)
    still.run(30)
    name = still.pods()[-1]["metadata"]["name"]
    assert ask(still, "pods", name, "8000")[0] == 503


@pytest.mark.parametrize(
    ("selector", "text"),
    [
        ({"matchLabels": {"tier": "a", "app": "web"}}, "app=web,tier=a"),
        (
            {"matchExpressions": [{"key": "k", "operator": "In", "values": ["b", "a"]}]},
            "k in (a,b)",
        ),
        ({"matchExpressions": [{"key": "k", "operator": "NotIn", "values": ["a"]}]}, "k notin (a)"),
        ({"matchExpressions": [{"key": "k", "operator": "Exists"}]}, "k"),
        ({"matchExpressions": [{"key": "k", "operator": "DoesNotExist"}]}, "!k"),
        ({}, ""),
    ],
)
@pytest.mark.parametrize("labels", [{}, {"app": "web", "tier": "a"}, {"k": "a"}, {"k": "z"}])
def test_a_selector_and_its_text_choose_the_same(
    selector: Json, text: str, labels: dict[str, str]
) -> None:
    assert selector_text(selector) == text
    parsed = matcher(POD, text, "")
    found = parsed is None or parsed({"metadata": {"labels": labels}})
    assert selects(selector, labels) is found


def test_no_selector_at_all_chooses_nothing() -> None:
    assert not selects(None, {"app": "web"})
