from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.domain.kinds import DEPLOYMENT, POD, REPLICA_SET
from jetscale_tui.sandbox.controllers import rollout
from jetscale_tui.sandbox.controllers.pods import is_ready
from jetscale_tui.sandbox.controllers.rollout import Size
from jetscale_tui.sandbox.kube.objects import clone

if TYPE_CHECKING:
    from tests.sandbox.still import StillWorld


def image(still: StillWorld, name: str, text: str) -> None:
    template = clone(still.get(DEPLOYMENT, name)["spec"]["template"])
    template["spec"]["containers"][0]["image"] = text
    still.change(DEPLOYMENT, name, template=template)


def test_a_new_deployment_gets_its_pods_and_says_so(still: StillWorld) -> None:
    still.deploy("web", replicas=3)
    still.run(5)
    status = still.get(DEPLOYMENT, "web")["status"]
    assert status["observedGeneration"] == 1
    assert status["replicas"] == status["updatedReplicas"] == status["availableReplicas"] == 3
    assert still.condition(DEPLOYMENT, "web", "Available")["status"] == "True"
    progressing = still.condition(DEPLOYMENT, "web", "Progressing")
    assert progressing["reason"] == "NewReplicaSetAvailable"


def test_pods_carry_the_hash_of_their_template(still: StillWorld) -> None:
    still.deploy("web")
    still.run(5)
    (pod,) = still.pods("web")
    digest = pod["metadata"]["labels"]["pod-template-hash"]
    assert pod["metadata"]["ownerReferences"][0]["name"] == f"web-{digest}"
    assert pod["metadata"]["name"].startswith(f"web-{digest}-")


def test_a_rolling_update_keeps_enough_pods_available(still: StillWorld) -> None:
    strategy = {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }
    still.deploy("web", replicas=3, strategy=strategy)
    still.run(10)
    image(still, "web", "example.com/none:2")
    most = 0
    for _ in range(60):
        still.run(0.5)
        pods = still.pods("web")
        most = max(most, len([pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]))
        ready = [
            pod for pod in pods if is_ready(pod) and not pod["metadata"].get("deletionTimestamp")
        ]
        assert len(ready) >= 3
    assert most == 4
    assert {pod["spec"]["containers"][0]["image"] for pod in still.pods("web")} == {
        "example.com/none:2"
    }


def test_recreate_waits_until_the_old_pods_are_gone(still: StillWorld) -> None:
    still.deploy("web", replicas=2, strategy={"type": "Recreate"})
    still.run(10)
    image(still, "web", "example.com/none:2")
    for _ in range(40):
        still.run(0.5)
        images = {pod["spec"]["containers"][0]["image"] for pod in still.pods("web")}
        assert len(images) <= 1
    assert images == {"example.com/none:2"}


def test_going_back_to_a_template_reuses_its_replica_set_under_a_new_revision(
    still: StillWorld,
) -> None:
    still.deploy("web")
    still.run(10)
    image(still, "web", "example.com/none:2")
    still.run(30)
    image(still, "web", "example.com/none:1")
    still.run(30)
    sets = [each for each in still.store.list(REPLICA_SET, "default") if "web" in str(each)]
    assert len(sets) == 2
    revision = "deployment.kubernetes.io/revision"
    assert still.get(DEPLOYMENT, "web")["metadata"]["annotations"][revision] == "3"


def test_a_revision_does_not_count_as_a_new_generation(still: StillWorld) -> None:
    still.deploy("web")
    still.run(10)
    assert still.get(DEPLOYMENT, "web")["metadata"]["generation"] == 1


def test_a_rollout_without_room_stays_pending_and_then_times_out(still: StillWorld) -> None:
    """The MaxText sample's strategy wants one more slice than a full pool has."""
    still.change(DEPLOYMENT, "maxengine-server", replicas=2)
    still.run(200)
    image(still, "maxengine-server", "example.com/maxengine-server:v2")
    still.run(300)
    pending = [pod for pod in still.pods() if pod["status"]["phase"] == "Pending"]
    assert len(pending) == 1
    assert still.get(DEPLOYMENT, "maxengine-server")["status"]["availableReplicas"] == 2
    still.run(400)
    progressing = still.condition(DEPLOYMENT, "maxengine-server", "Progressing")
    assert (progressing["status"], progressing["reason"]) == ("False", "ProgressDeadlineExceeded")


def test_scaling_down_takes_the_pod_that_is_not_ready(still: StillWorld) -> None:
    still.deploy("web", container={"resources": {"requests": {"google.com/tpu": "8"}}})
    still.run(10)
    still.change(DEPLOYMENT, "web", replicas=3)
    still.run(10)
    kept = {pod["metadata"]["name"] for pod in still.pods("web") if is_ready(pod)}
    still.change(DEPLOYMENT, "web", replicas=len(kept))
    still.run(40)
    assert {pod["metadata"]["name"] for pod in still.pods("web")} == kept


def test_a_paused_deployment_does_not_roll(still: StillWorld) -> None:
    still.deploy("web", paused=True)
    still.run(10)
    assert still.pods("web") == []
    still.change(DEPLOYMENT, "web", paused=False)
    still.run(10)
    assert len(still.pods("web")) == 1


def test_old_replica_sets_beyond_the_history_limit_go(still: StillWorld) -> None:
    still.deploy("web", revisionHistoryLimit=1)
    for number in range(4):
        image(still, "web", f"example.com/none:{number}")
        still.run(30)
    sets = [each for each in still.store.list(REPLICA_SET, "default") if "web" in str(each)]
    assert len(sets) == 2


def test_what_a_deployment_owned_goes_with_it(still: StillWorld) -> None:
    still.deploy("web", replicas=2)
    still.run(10)
    still.store.delete(DEPLOYMENT, "default", "web")
    still.run(40)
    assert still.pods("web") == []
    assert not [each for each in still.store.list(REPLICA_SET, "default") if "web" in str(each)]


def test_a_deleted_pod_is_replaced(still: StillWorld) -> None:
    still.deploy("web")
    still.run(10)
    (pod,) = still.pods("web")
    still.store.delete(POD, "default", pod["metadata"]["name"], grace=30)
    still.run(10)
    (other,) = still.pods("web")
    assert other["metadata"]["name"] != pod["metadata"]["name"]
    assert is_ready(other)


@pytest.mark.parametrize(
    ("value", "replicas", "surge", "unavailable"),
    [("25%", 1, 1, 0), ("25%", 4, 1, 1), ("25%", 5, 2, 1), ("0%", 3, 0, 1), (2, 3, 2, 2)],
)
def test_percentages_round_towards_more_pods(
    value: int | str, replicas: int, surge: int, unavailable: int
) -> None:
    rolling = {"maxSurge": value, "maxUnavailable": value}
    found = rollout.limits({"replicas": replicas, "strategy": {"rollingUpdate": rolling}})
    assert (found.surge, found.unavailable) == (surge, unavailable)


sizes = st.builds(
    lambda asked, ready: Size(asked, asked, min(asked, ready), min(asked, ready)),
    st.integers(0, 6),
    st.integers(0, 6),
)


@given(st.integers(0, 6), st.integers(0, 3), st.integers(0, 3), sizes, st.lists(sizes, max_size=3))
def test_a_step_never_breaks_the_limits_of_the_strategy(
    replicas: int, surge: int, unavailable: int, new: Size, old: list[Size]
) -> None:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    spec = {"replicas": replicas, "strategy": {"rollingUpdate": rolling}}
    bounds = rollout.limits(spec)
    plan = rollout.step(spec, new, old)
    before = new.asked + sum(size.asked for size in old)
    after = plan.new + sum(plan.old)
    assert after <= max(before, replicas + bounds.surge)
    available = new.available + sum(size.available for size in old)
    lost = sum(
        max(0, min(size.available, size.available - left))
        for size, left in zip(old, plan.old, strict=True)
    )
    if plan.new >= new.asked and available >= replicas - bounds.unavailable:
        assert available - lost >= replicas - bounds.unavailable
