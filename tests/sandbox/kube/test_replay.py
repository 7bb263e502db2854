"""The sandbox's API server answers what a real one answered: 63 recorded exchanges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.kube.recording import EXCHANGES, Replayed, replay

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

BUILD_FACTS = ("gitVersion", "gitCommit", "buildDate", "goVersion", "platform")
SERVED_IN_PART = {
    "discovery-groups": "groups and versions nothing of JetScale's job touches are not served",
    "discovery-aggregated": "likewise their resources",
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Replayed]:
    return replay()


@pytest.mark.parametrize(
    "name", [e["name"] for e in EXCHANGES if e["name"] not in (*SERVED_IN_PART, "version")]
)
def test_a_recorded_exchange_is_answered_alike(name: str, outcomes: dict[str, Replayed]) -> None:
    assert outcomes[name].now == outcomes[name].recorded


def test_every_exchange_was_sent(outcomes: dict[str, Replayed]) -> None:
    assert outcomes.keys() == {exchange["name"] for exchange in EXCHANGES}


def test_the_version_has_the_recorded_shape(outcomes: dict[str, Replayed]) -> None:
    recorded, now = outcomes["version"].recorded["body"], outcomes["version"].now["body"]
    assert now.keys() == recorded.keys()
    assert _without(now, BUILD_FACTS) == _without(recorded, BUILD_FACTS)


def test_served_groups_are_listed_as_recorded(outcomes: dict[str, Replayed]) -> None:
    outcome = outcomes["discovery-groups"]
    now, recorded = outcome.now["body"]["groups"], outcome.recorded["body"]["groups"]
    served = {group["name"]: {v["version"] for v in group["versions"]} for group in now}
    assert now == [
        {**group, "versions": [v for v in group["versions"] if v["version"] in served[name]]}
        for group in recorded
        if (name := group["name"]) in served
    ]


def test_served_resources_are_described_as_recorded(outcomes: dict[str, Replayed]) -> None:
    outcome = outcomes["discovery-aggregated"]
    assert outcome.now["contentType"] == outcome.recorded["contentType"]
    now, recorded = (_by_place(body["body"]) for body in (outcome.now, outcome.recorded))
    assert now == {place: recorded[place] for place in now}
    assert ("autoscaling", "v2", "horizontalpodautoscalers") in now
    assert ("custom.metrics.k8s.io", "v1beta1", "pods") in now


def _by_place(discovered: Json) -> dict[tuple[str, str, str], Json]:
    return {
        (group["metadata"]["name"], version["version"], resource["resource"]): resource
        for group in discovered["items"]
        for version in group["versions"]
        for resource in version["resources"]
    }


def _without(body: Json, keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in keys}
