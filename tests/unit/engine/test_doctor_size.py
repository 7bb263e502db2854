"""The doctor on how the size is set: by whom, how fast, from which pods, over which clusters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.engine.doctor import Health, LinkId, Remedy
from tests.unit.engine.bed import HPA_REF, SERVER_REF, Bed
from tests.unit.engine.scene import SELECTOR, pod

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
ONE_A_START: Json = {
    "scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 75}]},
}


@pytest.fixture
def bed(tmp_path: Path) -> Bed:
    return Bed(tmp_path)


def spec(bed: Bed, **values: Any) -> None:
    bed.change(HPA_REF, lambda found: found["spec"].update(values))


def remarks(bed: Bed, failure: str) -> list[str]:
    """What the first link remarks of that failure."""
    link = bed.link(LinkId.AUTOSCALER)
    assert link.health in (Health.FINE, Health.NOTE)
    return [each.detail for each in (link, *link.also) if each.failure == failure]


class TestOutrunningTheStart:
    """H5: a replica takes 75 s in this scene."""

    def test_kubernetes_defaults_reach_the_maximum_before_one_is_ready(self, bed: Bed) -> None:
        spec(bed, maxReplicas=8, behavior=None)
        (said,) = remarks(bed, "H5")
        assert said.endswith(
            "; it may go from 1 to 8 replicas in the 1 min 15 s that the first new one takes to be "
            "ready"
        )
        link = bed.link(LinkId.AUTOSCALER)
        assert link.remedy is Remedy.EDIT
        assert "1 pod per 75 s" in link.fix

    def test_one_pod_per_start_is_no_overshoot(self, bed: Bed) -> None:
        spec(bed, maxReplicas=8, behavior=ONE_A_START)
        assert remarks(bed, "H5") == []

    @pytest.mark.parametrize(("select", "told"), [("Max", True), ("Min", False)])
    def test_the_policy_that_counts_is_the_one_that_is_selected(
        self, bed: Bed, select: str, told: bool
    ) -> None:
        percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
        policies = [*ONE_A_START["scaleUp"]["policies"], percent]
        spec(
            bed,
            maxReplicas=8,
            behavior={"scaleUp": {"selectPolicy": select, "policies": policies}},
        )
        assert bool(remarks(bed, "H5")) is told

    def test_two_replicas_at_most_cannot_overshoot(self, bed: Bed) -> None:
        spec(bed, maxReplicas=2, behavior=None)
        assert remarks(bed, "H5") == []

    def test_scaling_up_that_is_switched_off_cannot_overshoot(self, bed: Bed) -> None:
        spec(bed, maxReplicas=8, behavior={"scaleUp": {"selectPolicy": "Disabled"}})
        assert remarks(bed, "H5") == []

    def test_where_no_start_was_measured_nothing_is_claimed(self, bed: Bed) -> None:
        spec(bed, maxReplicas=8, behavior=None)
        bed.cluster.put(pod(ready=False))
        assert remarks(bed, "H5") == []


class TestOthersThatSetTheSize:
    """H8."""

    def remember(self, bed: Bed, said: str) -> None:
        bed.change(
            SERVER_REF,
            lambda found: found["metadata"].update(annotations={LAST_APPLIED: said}),
        )

    def test_the_manifest_says_how_many(self, bed: Bed) -> None:
        self.remember(bed, json.dumps({"spec": {"replicas": 1}}))
        (said,) = remarks(bed, "H8")
        assert said.endswith("was applied from says replicas: 1")
        assert "apply edit-last-applied deployment/maxengine-server" in (
            bed.link(LinkId.AUTOSCALER).command
        )

    @pytest.mark.parametrize("said", ["", "{", "[]", '{"spec": {}}', '{"spec": []}'])
    def test_a_manifest_that_leaves_it_open_or_cannot_be_read(self, bed: Bed, said: str) -> None:
        self.remember(bed, said)
        assert remarks(bed, "H8") == []

    def owned(self, bed: Bed, **entry: Any) -> None:
        fields: Json = {"f:spec": {"f:replicas": {}}}
        whole = {"manager": "gitops", "operation": "Update", "fieldsV1": fields, **entry}
        bed.change(HPA_REF, lambda found: found["metadata"].update(creationTimestamp=T0))
        bed.change(SERVER_REF, lambda found: found["metadata"].update(managedFields=[whole]))

    def test_one_that_applies_the_field(self, bed: Bed) -> None:
        self.owned(bed, operation="Apply", time=EARLIER)
        (said,) = remarks(bed, "H8")
        assert said.endswith("; gitops sets the size of Deployment maxengine-server too")

    def test_one_that_wrote_it_since_the_autoscaler_is_there(self, bed: Bed) -> None:
        self.owned(bed, time=LATER)
        assert remarks(bed, "H8")

    def test_whoever_made_the_deployment_before_is_no_rival(self, bed: Bed) -> None:
        self.owned(bed, time=EARLIER)
        assert remarks(bed, "H8") == []

    @pytest.mark.parametrize(
        "by", [{"subresource": "scale"}, {"manager": "kube-controller-manager"}]
    )
    def test_resizing_through_the_scale_is_what_the_autoscaler_does(
        self, bed: Bed, by: dict[str, str]
    ) -> None:
        self.owned(bed, time=LATER, **by)
        assert remarks(bed, "H8") == []

    def test_owners_of_other_fields_are_none_of_it(self, bed: Bed) -> None:
        self.owned(bed, operation="Apply", fieldsV1={"f:spec": {"f:template": {}}})
        assert remarks(bed, "H8") == []


T0, EARLIER, LATER = "2026-01-01T10:00:00Z", "2026-01-01T09:00:00Z", "2026-01-01T11:00:00Z"


class TestCountedFromNone:
    """H13: a Value target with no pod ready."""

    def overload(self, bed: Bed, *, value: str = "50", since: str = LATER, **target: str) -> None:
        spec(
            bed,
            metrics=[
                {
                    "type": "Object",
                    "object": {
                        "metric": {"name": "queue"},
                        "describedObject": {"kind": "Service", "name": "jetstream-svc"},
                        "target": target or {"type": "Value", "value": "10"},
                    },
                }
            ],
        )
        shown = [{"type": "Object", "object": {"current": {"value": value}}}]
        bed.change(HPA_REF, lambda found: found["status"].update(currentMetrics=shown))
        server = pod("server-1", labels=SELECTOR, ready=False)
        (ready,) = (each for each in server["status"]["conditions"] if each["type"] == "Ready")
        ready["lastTransitionTime"] = since
        running = {"running": {"startedAt": T0}}
        server["status"]["containerStatuses"] = [{"name": "c", "state": running}]
        bed.cluster.put(server)

    def test_pods_that_broke_down_under_load_are_multiplied_by(self, bed: Bed) -> None:
        self.overload(bed)
        found = bed.broken()
        assert (found.id, found.failure) == (LinkId.AUTOSCALER, "H13")
        assert "server-1 served before" in found.why

    def failures(self, bed: Bed) -> set[str]:
        return {link.failure for link in bed.links().values()}

    def test_a_first_start_is_no_breakdown(self, bed: Bed) -> None:
        self.overload(bed, since=EARLIER)
        assert "H13" not in self.failures(bed)

    @pytest.mark.parametrize("value", ["5", "many"])
    def test_a_metric_below_its_target_asks_for_nothing(self, bed: Bed, value: str) -> None:
        self.overload(bed, value=value)
        assert "H13" not in self.failures(bed)

    def test_an_average_value_does_not_count_ready_pods(self, bed: Bed) -> None:
        self.overload(bed, type="AverageValue", averageValue="10")
        assert "H13" not in self.failures(bed)

    def test_one_ready_pod_is_enough(self, bed: Bed) -> None:
        self.overload(bed)
        bed.cluster.put(pod("server-2", labels=SELECTOR))
        assert "H13" not in self.failures(bed)


class TestEveryCluster:
    """H3."""

    def follow(self, bed: Bed, selector: Json | None) -> None:
        metric = {"name": "a|b|gauge", **({"selector": selector} if selector else {})}
        target = {"type": "AverageValue", "averageValue": "1"}
        spec(bed, metrics=[{"type": "External", "external": {"metric": metric, "target": target}}])
        value = {"current": {"averageValue": "1"}}
        shown = [{"type": "External", "external": value}]
        bed.change(HPA_REF, lambda found: found["status"].update(currentMetrics=shown))

    def test_an_external_metric_without_a_cluster_counts_all_of_them(self, bed: Bed) -> None:
        self.follow(bed, None)
        (said,) = remarks(bed, "H3")
        assert said.endswith("; b is counted over every cluster of the project")

    @pytest.mark.parametrize(
        "selector",
        [
            {"matchLabels": {"resource.labels.cluster": "tpu-cluster"}},
            {"matchExpressions": [{"key": "resource.labels.cluster_name", "operator": "Exists"}]},
        ],
    )
    def test_one_that_names_it_does_not(self, bed: Bed, selector: Json) -> None:
        self.follow(bed, selector)
        assert remarks(bed, "H3") == []


def test_what_there_is_to_say_is_said_together(bed: Bed) -> None:
    spec(bed, maxReplicas=8, behavior=None)
    said = json.dumps({"spec": {"replicas": 1}})
    bed.change(SERVER_REF, lambda found: found["metadata"].update(annotations={LAST_APPLIED: said}))
    link = bed.link(LinkId.AUTOSCALER)
    assert [each.failure for each in (link, *link.also)] == ["H8", "H5"]
    assert all(each.also == () for each in link.also)
