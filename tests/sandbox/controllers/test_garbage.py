"""What owners take along when they go, leave behind, or wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import CONFIG_MAP, DEPLOYMENT, POD, REPLICA_SET, SECRET, Json
from jetscale_tui.sandbox.controllers.ownership import owner_reference
from jetscale_tui.sandbox.kube.deletion import FOREGROUND, ORPHAN
from tests.sandbox.still import obj

if TYPE_CHECKING:
    from tests.sandbox.still import StillWorld


def delete(still: StillWorld, name: str, finalizer: str = "") -> None:
    """Delete a Deployment the way a propagation policy asks for."""

    def hold(deployment: Json) -> None:
        deployment["metadata"]["finalizers"] = [finalizer]

    if finalizer:
        still.store.mutate(DEPLOYMENT, "default", name, hold)
    still.store.delete(DEPLOYMENT, "default", name)


def replica_sets(still: StillWorld) -> list[Json]:
    found = still.store.list(REPLICA_SET, "default")
    return [each for each in found if each["metadata"]["name"].startswith("web-")]


def owned_by(*owners: Json) -> dict[str, list[Json]]:
    return {"ownerReferences": [owner_reference(each) for each in owners]}


def settings(still: StillWorld, *owners: Json) -> None:
    config = obj(CONFIG_MAP, "settings")
    config["metadata"] |= owned_by(*owners)
    still.store.create(config)


def test_in_the_background_the_owner_goes_first(still: StillWorld) -> None:
    still.deploy("web", replicas=2)
    still.run(10)
    gone: list[str] = []
    still.store.subscribe(
        None, lambda event, each: gone.append(each["kind"]) if event == "DELETED" else None
    )
    delete(still, "web")
    still.run(40)
    assert gone == ["Deployment", "ReplicaSet", "Pod", "Pod"]


def test_in_the_foreground_the_owner_goes_last(still: StillWorld) -> None:
    still.deploy("web", replicas=2)
    still.run(10)
    gone: list[str] = []
    still.store.subscribe(
        None, lambda event, each: gone.append(each["kind"]) if event == "DELETED" else None
    )
    delete(still, "web", FOREGROUND)
    still.run(1)
    deployment = still.get(DEPLOYMENT, "web")
    assert deployment["metadata"]["deletionTimestamp"]
    assert deployment["metadata"]["finalizers"] == [FOREGROUND]
    still.run(40)
    assert gone == ["Pod", "Pod", "ReplicaSet", "Deployment"]


def test_what_is_orphaned_stays_and_names_no_owner(still: StillWorld) -> None:
    still.deploy("web", replicas=2)
    still.run(10)
    delete(still, "web", ORPHAN)
    still.run(40)
    assert still.store.get(DEPLOYMENT, "default", "web") is None
    (replica_set,) = replica_sets(still)
    assert "ownerReferences" not in replica_set["metadata"]
    assert len(still.pods("web")) == 2


def test_an_owner_that_never_was_takes_its_object_along(still: StillWorld) -> None:
    stranger = obj(DEPLOYMENT, "web")
    stranger["metadata"]["uid"] = "1f2e"
    settings(still, stranger)
    still.run(1)
    assert still.store.get(CONFIG_MAP, "default", "settings") is None


def test_an_object_with_another_owner_stays_with_that_one(still: StillWorld) -> None:
    owners = [still.deploy(name) for name in ("web", "other")]
    settings(still, *owners)
    still.run(10)
    delete(still, "web", FOREGROUND)
    still.run(40)
    assert still.store.get(DEPLOYMENT, "default", "web") is None
    (reference,) = still.get(CONFIG_MAP, "settings")["metadata"]["ownerReferences"]
    assert reference["name"] == "other"


def test_an_owner_of_a_kind_nobody_knows_is_taken_to_be_there(still: StillWorld) -> None:
    owner = {"apiVersion": "example.com/v1", "kind": "Widget"}
    settings(still, {**owner, "metadata": {"name": "w", "uid": "1f2e"}})
    still.run(60)
    assert still.get(CONFIG_MAP, "settings")


def test_an_owner_does_not_wait_for_what_does_not_block_it(still: StillWorld) -> None:
    owner = still.deploy("web", replicas=0)
    secret = obj(SECRET, "token")
    reference = {**owner_reference(owner), "blockOwnerDeletion": False}
    secret["metadata"] |= {"ownerReferences": [reference], "finalizers": ["example.com/slow"]}
    still.store.create(secret)
    still.run(10)
    delete(still, "web", FOREGROUND)
    still.run(10)
    assert still.store.get(DEPLOYMENT, "default", "web") is None
    assert still.get(SECRET, "token")["metadata"]["deletionTimestamp"]


def test_pods_of_a_replica_set_in_the_foreground_get_their_grace(still: StillWorld) -> None:
    still.deploy("web")
    still.run(10)
    delete(still, "web", FOREGROUND)
    still.run(1)
    (pod,) = [each for each in still.store.list(POD, "default") if "web" in str(each)]
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 30


def test_what_was_orphaned_is_adopted_by_a_deployment_that_chooses_it(still: StillWorld) -> None:
    still.deploy("web", replicas=2)
    still.run(10)
    (before,), pods = replica_sets(still), still.pods("web")
    delete(still, "web", ORPHAN)
    still.run(10)
    deployment = still.deploy("web", replicas=2)
    still.run(10)
    (after,) = replica_sets(still)
    assert after["metadata"]["uid"] == before["metadata"]["uid"]
    assert after["metadata"]["ownerReferences"] == [owner_reference(deployment)]
    assert [pod["metadata"]["uid"] for pod in still.pods("web")] == [
        pod["metadata"]["uid"] for pod in pods
    ]


def test_an_orphaned_pod_is_adopted_and_makes_another_superfluous(still: StillWorld) -> None:
    still.deploy("web")
    still.run(10)
    (pod,) = still.pods("web")
    stray = {key: pod[key] for key in ("apiVersion", "kind", "spec")}
    labels = pod["metadata"]["labels"]
    still.store.create(
        {**stray, "metadata": {"name": "stray", "namespace": "default", "labels": labels}}
    )
    still.run(40)
    (left,) = still.pods("web")
    assert left["metadata"]["ownerReferences"][0]["kind"] == "ReplicaSet"


def test_a_pod_that_is_labelled_differently_is_let_go_and_replaced(still: StillWorld) -> None:
    still.deploy("web")
    still.run(10)
    (pod,) = still.pods("web")

    def set_aside(each: Json) -> None:
        each["metadata"]["labels"] = {"app": "suspect"}

    still.store.mutate(POD, "default", pod["metadata"]["name"], set_aside)
    still.run(10)
    assert len(still.pods("web")) == 1
    (suspect,) = still.pods("suspect")
    assert "ownerReferences" not in suspect["metadata"]
