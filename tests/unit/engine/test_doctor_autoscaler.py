"""The doctor at the first links: the autoscaler, and the cluster itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.engine.doctor import Health, LinkId, Remedy
from jetscale_tui.errors import AuthError, NotFound, Unreachable
from tests.unit.engine.bed import HPA_REF, SERVER_REF, Bed
from tests.unit.engine.scene import SELECTOR, gke, hpa, pod, setup_with

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


class TestAutoscaler:
    def test_a_spec_that_makes_no_sense_is_said(self, bed: Bed) -> None:
        bed.change(HPA_REF, lambda found: found["spec"].update(metrics=[{"type": "Pods"}]))
        assert "cannot be understood" in bed.broken().detail

    def test_h11_pods_of_another_workload_are_counted(self, bed: Bed) -> None:
        stranger = pod("batch-1", labels=SELECTOR)
        owner = {"kind": "Job", "name": "batch", "controller": True}
        stranger["metadata"]["ownerReferences"] = [owner]
        bed.cluster.put(stranger)
        assert bed.broken().failure == "H11"

    @pytest.mark.parametrize(
        ("reason", "failure"), [("FailedGetScale", "H10"), ("FailedUpdate", "")]
    )
    def test_a_controller_that_cannot_reach_its_target(
        self, bed: Bed, reason: str, failure: str
    ) -> None:
        bad = {"type": "AbleToScale", "status": "False", "reason": reason, "message": "no"}
        bed.set_status(HPA_REF, conditions=[bad])
        assert bed.broken().failure == failure

    def inactive(self, bed: Bed, reason: str, message: str = "") -> None:
        bad = {"type": "ScalingActive", "status": "False", "reason": reason, "message": message}
        bed.set_status(HPA_REF, conditions=[bad])

    def test_scaling_that_is_switched_off(self, bed: Bed) -> None:
        self.inactive(bed, "ScalingDisabled")
        assert bed.broken().failure == "H12"

    def test_h2_a_rival_the_controller_names_and_one_that_is_gone(self, bed: Bed) -> None:
        message = "pods are controlled by multiple HPAs: [default/jetstream-hpa default/other]"
        self.inactive(bed, "AmbiguousSelector", message)
        assert "the other autoscaler is gone" in bed.link(LinkId.AUTOSCALER).detail
        bed.cluster.put(hpa("other", target="another-server"))
        assert bed.broken().failure == "H2"

    def test_one_without_a_value_is_followed_down(self, bed: Bed) -> None:
        self.inactive(bed, "FailedGetPodsMetric", "no metrics")
        link = bed.link(LinkId.AUTOSCALER)
        assert (link.health, link.why) == (Health.EMPTY, "no metrics")

    def test_one_that_was_not_looked_at_yet(self, bed: Bed) -> None:
        bed.set_status(HPA_REF)
        assert bed.link(LinkId.AUTOSCALER).detail == "not evaluated yet"

    def test_h4_one_of_several_metrics_is_silent(self, bed: Bed) -> None:
        bed.change(HPA_REF, lambda found: found["status"].update(currentMetrics=[{}]))
        assert "(H4)" in bed.link(LinkId.AUTOSCALER).why
        bed.change(HPA_REF, lambda found: found["status"].update(currentMetrics=None))
        assert "(H4)" in bed.link(LinkId.AUTOSCALER).why

    def test_h9_a_maximum_that_holds_it_back(self, bed: Bed) -> None:
        limited = {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas"}
        bed.change(HPA_REF, lambda found: found["status"]["conditions"].append(limited))
        link = bed.link(LinkId.AUTOSCALER)
        assert (link.failure, link.remedy) == ("H9", Remedy.EDIT)

    def test_one_that_is_paused(self, bed: Bed) -> None:
        off = {"selectPolicy": "Disabled"}
        bed.change(
            HPA_REF, lambda found: found["spec"].update(behavior={"scaleUp": off, "scaleDown": off})
        )
        assert bed.link(LinkId.AUTOSCALER).remedy is Remedy.RESUME

    def test_h10_a_target_that_is_not_there_beside_those_that_are(self, bed: Bed) -> None:
        bed.cluster.delete(SERVER_REF)
        assert "There is no Deployment at all." in bed.broken().why

    def test_one_that_does_not_exist_in_an_empty_place(self, bed: Bed) -> None:
        bed.cluster.delete(HPA_REF)
        assert (bed.broken().why, bed.broken().remedy) == ("There is none at all.", Remedy.APPLY)


class TestCluster:
    @pytest.mark.parametrize(
        ("error", "failure"),
        [(AuthError("x"), "C2"), (Unreachable("x"), "C3"), (NotFound("x"), "C1")],
    )
    def test_no_way_in(self, bed: Bed, error: Exception, failure: str) -> None:
        def closed() -> Any:
            raise error

        bed.about = {"cluster": closed}
        assert bed.broken().failure == failure

    def test_c6_the_setup_and_the_kubeconfig_mean_two_clusters(self, bed: Bed) -> None:
        bed.cloud.gke = gke(name="another", endpoint="10.9.9.9")
        assert (bed.broken().id, bed.broken().failure) == (LinkId.CLUSTER, "C6")

    def test_c6_a_cluster_google_does_not_know_is_worth_knowing(self, bed: Bed) -> None:
        bed.cloud.gke = None
        link = bed.link(LinkId.CLUSTER)
        assert (link.health, link.failure) == (Health.NOTE, "C6")

    def test_without_google_its_links_are_unknown_and_the_others_are_asked(self, bed: Bed) -> None:
        def expired() -> Any:
            raise AuthError("They have expired.")

        for cloud, why in ((expired, "they have expired"), (lambda: None, "there are no Google")):
            bed.about = {"cloud": cloud}
            assert why in bed.link(LinkId.DATA).detail
            assert bed.link(LinkId.SERVER).health is Health.FINE
        bed.about = {"setup": setup_with(google={"project": None})}
        assert "project is not known" in bed.link(LinkId.DATA).detail
