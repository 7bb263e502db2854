"""The doctor on the server's pods beside each other, and on an adapter Helm left half-done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import EVENT, Ref
from jetscale_tui.domain.spec import AdapterKind, Install
from jetscale_tui.engine.doctor import Health, Link, LinkId, Remedy
from jetscale_tui.errors import AuthError, NotFound
from tests.unit.engine.bed import ADAPTER_REF, HPA_REF, SERVER_REF, Bed
from tests.unit.engine.scene import PAGE, SELECTOR, pod, setup_with

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json

IDLE = PAGE.replace(" 3.0", " 0").replace(" 0.25", " 0")
SECOND_PAGE = "/api/v1/namespaces/default/pods/server-2:9100/proxy/"


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def said(bed: Bed, failure: str) -> list[Link]:
    """What is said anywhere of that failure."""
    links = bed.links().values()
    return [each for link in links for each in (link, *link.also) if each.failure == failure]


class TestRollout:
    """T3: a pod of the next template waits for chips that one of the last holds."""

    @pytest.fixture(autouse=True)
    def rolled_out(self, bed: Bed) -> None:
        bed.cluster.put(pod("server-1", labels={**SELECTOR, "pod-template-hash": "old"}))
        waiting = pod("server-2", labels={**SELECTOR, "pod-template-hash": "new"}, ready=False)
        waiting["spec"]["nodeName"] = ""
        unplaced = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
        waiting["status"] = {"phase": "Pending", "conditions": [unplaced]}
        bed.cluster.put(waiting)

    def strategy(self, bed: Bed, replicas: int, **strategy: Any) -> None:
        bed.change(
            SERVER_REF,
            lambda found: found["spec"].update(replicas=replicas, strategy=strategy),
        )

    def test_the_usual_strategy_waits_for_itself(self, bed: Bed) -> None:
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.SERVER, "T3")
        assert "nobody answers until the new one is ready" in found.fix
        assert '"maxSurge":0' in found.command

    def test_with_several_replicas_one_fewer_answers(self, bed: Bed) -> None:
        self.strategy(bed, 3, type="RollingUpdate", rollingUpdate={"maxUnavailable": "25%"})
        assert "One replica fewer" in bed.broken().fix

    @pytest.mark.parametrize("allowed", [1, "50%"])
    def test_where_an_old_pod_goes_first_it_is_room_that_lacks(
        self, bed: Bed, allowed: object
    ) -> None:
        self.strategy(bed, 2, type="RollingUpdate", rollingUpdate={"maxUnavailable": allowed})
        assert bed.broken().failure == "T2"

    def test_recreate_waits_for_nothing_of_its_own(self, bed: Bed) -> None:
        self.strategy(bed, 1, type="Recreate")
        assert bed.broken().failure == "T2"

    def test_a_deadline_that_has_passed_is_told(self, bed: Bed) -> None:
        late = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
        bed.change(SERVER_REF, lambda found: found["status"].update(conditions=[late]))
        assert "(its deadline has passed)" in bed.broken().detail

    def test_one_more_of_the_same_template_is_no_rollout(self, bed: Bed) -> None:
        bed.cluster.put(pod("server-1", labels={**SELECTOR, "pod-template-hash": "new"}))
        assert bed.broken().failure == "T2"


class TestLostNode:
    """T6: a node that held a replica is no longer there."""

    def event(self, bed: Bed, kind: str, name: str, reason: str, message: str = "") -> None:
        now = bed.world.clock.now()
        bed.cluster.put(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"name": f"{name}.{reason}", "namespace": "default"},
                "involvedObject": {"kind": kind, "name": name},
                "reason": reason,
                "message": message,
                "lastTimestamp": (now - timedelta(minutes=4)).isoformat(),
            }
        )

    @pytest.fixture(autouse=True)
    def removed(self, bed: Bed) -> None:
        placed = "Successfully assigned default/maxengine-server-x to tpu-9"
        self.event(bed, "Pod", "maxengine-server-x", "Scheduled", placed)
        self.event(bed, "Node", "tpu-9", "RemovingNode")

    def test_it_is_told_with_its_age_and_what_would_have_helped(self, bed: Bed) -> None:
        (found,) = said(bed, "T6")
        assert "node tpu-9 went away 4 min" in found.detail
        assert found.remedy is Remedy.EDIT

    def test_with_two_replicas_at_least_there_is_nothing_to_do(self, bed: Bed) -> None:
        bed.change(HPA_REF, lambda found: found["spec"].update(minReplicas=2))
        (found,) = said(bed, "T6")
        assert found.remedy is None

    def test_one_that_came_back_is_not_lost(self, bed: Bed) -> None:
        bed.cluster.put({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "tpu-9"}})
        assert said(bed, "T6") == []

    def test_one_that_the_autoscaler_of_the_cluster_took_away_is_not_lost(self, bed: Bed) -> None:
        self.event(bed, "Node", "tpu-9", "ScaleDown")
        assert said(bed, "T6") == []

    def test_one_that_held_nothing_of_the_server_is_not_its_business(self, bed: Bed) -> None:
        bed.cluster.delete(Ref.to(EVENT, "maxengine-server-x.Scheduled", "default"))
        assert said(bed, "T6") == []

    def test_who_may_not_see_nodes_learns_the_rest(self, bed: Bed) -> None:
        bed.cluster.denied.add(("list", "nodes"))
        assert said(bed, "T6") == []
        assert bed.link(LinkId.SERVER).health is Health.FINE


class TestSpread:
    """T4 and H14: what the pods' pages say beside each other."""

    @pytest.fixture(autouse=True)
    def two(self, bed: Bed) -> None:
        bed.cluster.put(pod("server-2"))
        bed.cluster.answers[SECOND_PAGE] = IDLE

    def test_t4_requests_wait_at_one_while_the_other_is_idle(self, bed: Bed) -> None:
        (found,) = said(bed, "T4")
        assert found.detail.endswith("; 3 requests wait at server-1, and 1 other ready pod is idle")
        assert (found.id, found.health) == (LinkId.PORT, Health.NOTE)

    def test_a_pod_that_answers_requests_is_not_idle(self, bed: Bed) -> None:
        bed.cluster.answers[SECOND_PAGE] = IDLE.replace('0"} 0\n', '0"} 0.5\n')
        assert said(bed, "T4") == []

    def test_a_pod_that_says_nothing_proves_nothing(self, bed: Bed) -> None:
        del bed.cluster.answers[SECOND_PAGE]
        assert said(bed, "T4") == []

    def test_a_pod_that_is_ready_since_a_moment_has_not_had_its_share(self, bed: Bed) -> None:
        new = pod("server-2")
        new["status"]["conditions"][1]["lastTransitionTime"] = bed.world.clock.now().isoformat()
        bed.cluster.put(new)
        assert said(bed, "T4") == []

    def test_h14_several_series_of_one_pod_are_added_up(self, bed: Bed) -> None:
        assert said(bed, "H14") == []
        path = "/api/v1/namespaces/default/pods/server-1:9100/proxy/"
        more = 'jetstream_prefill_backlog_size{id="a",idx="1"} 4.0\n'
        bed.cluster.answers[path] = PAGE + more
        (found,) = said(bed, "H14")
        assert found.detail.endswith(
            "; server-1 has 2 series of jetstream_prefill_backlog_size, told apart by idx"
        )


class TestPaths:
    def test_h7_a_histogram_is_no_number(self, bed: Bed) -> None:
        bed.no_value(NotFound("x", why="Distributions are not supported"))
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.METRIC_API, "H7")

    def test_s4_a_label_that_a_numeric_port_leaves_out(self, bed: Bed) -> None:
        def select(found: Json) -> None:
            metric = found["spec"]["metrics"][0]["pods"]["metric"]
            metric["selector"] = {"matchLabels": {"metric.labels.container": "server"}}

        bed.change(HPA_REF, select)
        assert said(bed, "S4") == []
        bed.no_value()
        bed.cloud.histories.clear()
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.SCRAPE, "S4")


class TestHelm:
    """T5: Helm was interrupted."""

    PLACE = ("custom-metrics", "prometheus-adapter")

    def by_helm(self, bed: Bed) -> None:
        names = {
            "meta.helm.sh/release-namespace": self.PLACE[0],
            "meta.helm.sh/release-name": self.PLACE[1],
        }
        bed.change(ADAPTER_REF, lambda found: found["metadata"].update(annotations=names))

    def test_a_release_that_is_pending_while_its_adapter_works_is_noted(self, bed: Bed) -> None:
        self.by_helm(bed)
        bed.cluster.helm.put(*self.PLACE, "deployed")
        assert said(bed, "T5") == []
        bed.cluster.helm.put(*self.PLACE, "pending-upgrade")
        (found,) = said(bed, "T5")
        assert (found.id, found.health) == (LinkId.ADAPTER, Health.NOTE)
        assert "helm rollback prometheus-adapter 1" in found.command

    def test_one_that_is_not_there_yet_is_what_is_broken(self, bed: Bed) -> None:
        prometheus = setup_with().adapter.prometheus.model_copy(
            update={
                "install": Install.HELM,
                "namespace": self.PLACE[0],
                "release": self.PLACE[1],
            }
        )
        bed.about = {
            "setup": setup_with(adapter={"kind": AdapterKind.PROMETHEUS, "prometheus": prometheus})
        }
        for ref in [ref for ref in bed.cluster.objects if ref.kind_name == "APIService"]:
            bed.cluster.delete(ref)
        assert bed.broken().failure == "A4"
        bed.cluster.helm.put(*self.PLACE, "pending-install")
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.METRIC_API, "T5")
        assert "helm uninstall prometheus-adapter" in found.command

    def test_without_a_helm_to_ask_nothing_is_claimed(self, bed: Bed) -> None:
        self.by_helm(bed)
        bed.cluster.helm.missing = NotFound("There is no helm on the PATH.")
        assert bed.link(LinkId.ADAPTER).health is Health.FINE

    def test_a_login_that_ended_meanwhile_is_told(self, bed: Bed) -> None:
        self.by_helm(bed)
        bed.cluster.helm.missing = AuthError("expired")
        assert bed.broken().failure == "C2"
