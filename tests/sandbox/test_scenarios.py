from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import HPA, Json
from jetscale_tui.errors import ConfigError
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.kube.routes import Request
from jetscale_tui.sandbox.kube.server import CutConnection
from jetscale_tui.sandbox.scenario import load_scenario, shipped
from tests.sandbox.staged import DEPLOYMENTS, play, staged

if TYPE_CHECKING:
    from pathlib import Path


def test_there_is_a_scenario_for_every_kind_of_happening() -> None:
    done = {each.do for name in shipped() for each in load_scenario(name).happenings}
    assert done == {
        *["api-errors", "api-latency", "api-cuts", "api-restart", "watch-expiry"],
        *["google-errors", "iam-edit", "sold-out", "node-vanishes", "edit"],
    }


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="no scenario 'rush'") as error:
        load_scenario("rush")
    assert "rush-hour" in error.value.why


def test_a_broken_file_is_told_by_field(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("title: x\nload: [{at: soon}]\ncluster: {iamPropagaton: 3}\n")
    with pytest.raises(ConfigError) as error:
        load_scenario(str(file))
    assert "load[0].at" in error.value.why
    assert "iamPropagaton" in error.value.why


def test_a_load_arrives_evenly_and_comes_again(tmp_path: Path) -> None:
    load = {"at": "10s", "lasting": "20s", "requests": 40, "maxTokens": 2000, "every": "100s"}
    with staged(play(load=[load]), tmp_path) as stage:
        (pod,) = stage.pods

        def held() -> int:
            model = stage.sandbox.world.jetstream.model(pod)
            assert model is not None
            return model.backlog + round(model.slots_used * model.slots)

        stage.run(9)
        assert held() == 0
        stage.run(11)
        assert 19 <= held() <= 22
        stage.run(20)
        assert held() == 40
        stage.run(100)
        assert held() == 80


def test_an_object_the_server_refuses_is_named(tmp_path: Path) -> None:
    bad: Json = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler"}
    bad |= {"metadata": {"name": "bad"}, "spec": {"maxReplicas": 1}}
    with (
        pytest.raises(ConfigError, match="refuses HorizontalPodAutoscaler bad"),
        staged(play(objects=[bad]), tmp_path),
    ):
        pass


def test_a_grant_of_the_scenario_is_in_effect_from_the_start(tmp_path: Path) -> None:
    member = "user:reader@example.com"
    grant = {"role": "roles/monitoring.viewer", "member": member}
    with staged(play(grants=[grant]), tmp_path) as stage:
        assert stage.sandbox.google.monitoring_readable_by(member)


def test_the_api_server_errs_as_often_as_it_should_and_as_long(tmp_path: Path) -> None:
    fault = {"do": "api-errors", "at": "10s", "lasting": "30s", "status": 503, "share": 0.5}
    with staged(play(happenings=[fault]), tmp_path) as stage:
        assert {stage.ask() for _ in range(10)} == {200}
        stage.run(11)
        assert [stage.ask() for _ in range(10)].count(503) == 5
        stage.run(30)
        assert {stage.ask() for _ in range(10)} == {200}


def test_a_restarting_api_server_hangs_up(tmp_path: Path) -> None:
    with staged(play(happenings=[{"do": "api-restart", "lasting": "20s"}]), tmp_path) as stage:
        stage.run(1)
        assert stage.ask() == 0
        stage.run(20)
        assert stage.ask() == 200


def test_an_answer_can_break_off_in_the_middle(tmp_path: Path) -> None:
    fault = {"do": "api-cuts", "midway": True}
    with staged(play(happenings=[fault]), tmp_path) as stage:
        stage.run(1)
        request = Request("GET", DEPLOYMENTS, {}, authorization=f"Bearer {stage.sandbox.token}")
        with pytest.raises(CutConnection) as cut:
            stage.sandbox.kube.answer(request)
        assert cut.value.reply is not None
        assert cut.value.reply.status == 200


def test_a_throttled_request_is_told_when_to_come_back(tmp_path: Path) -> None:
    fault = {"do": "api-errors", "status": 429, "retryAfter": 7}
    with staged(play(happenings=[fault]), tmp_path) as stage:
        stage.run(1)
        request = Request("GET", DEPLOYMENTS, {}, authorization=f"Bearer {stage.sandbox.token}")
        answer = stage.sandbox.kube.answer(request)
        assert isinstance(answer, Reply)
        assert answer.headers["Retry-After"] == "7"


def test_a_crowd_is_there_and_changes_evenly(tmp_path: Path) -> None:
    with staged(play(crowd={"autoscalers": 300, "changes": 50}), tmp_path) as stage:
        store = stage.sandbox.store
        assert len(store.list(HPA)) == 300
        before = {hpa["metadata"]["uid"]: hpa for hpa in store.list(HPA)}
        stage.run(4)
        changed = [hpa for hpa in store.list(HPA) if hpa != before[hpa["metadata"]["uid"]]]
        assert 195 <= len(changed) <= 200
        assert {hpa["status"]["conditions"][1]["reason"] for hpa in changed} == {"ValidMetricFound"}
