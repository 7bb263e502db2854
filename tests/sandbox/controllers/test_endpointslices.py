"""The addresses behind a Service follow its pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.kinds import DEPLOYMENT, SERVICE
from jetscale_tui.sandbox.controllers.ownership import remove
from jetscale_tui.sandbox.kube.catalog import ENDPOINT_SLICE

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json
    from tests.sandbox.still import StillWorld

JETSTREAM = "jetstream-svc"


def slices(still: StillWorld) -> list[Json]:
    return still.store.list(ENDPOINT_SLICE, "default")


def test_a_slice_names_the_pods_and_ports_of_its_service(still: StillWorld) -> None:
    (found,) = slices(still)
    (pod,) = still.pods()
    assert found["metadata"]["labels"]["kubernetes.io/service-name"] == JETSTREAM
    assert found["ports"][0] == {"name": "jetstream-http", "port": 8000, "protocol": "TCP"}
    (endpoint,) = found["endpoints"]
    assert endpoint["addresses"] == [pod["status"]["podIP"]]
    assert endpoint["conditions"] == {"ready": True, "serving": True, "terminating": False}
    assert endpoint["targetRef"]["name"] == pod["metadata"]["name"]


def test_a_pod_that_starts_is_there_but_not_ready(still: StillWorld) -> None:
    still.change(DEPLOYMENT, "maxengine-server", replicas=2)
    still.run(30)
    assert [each["conditions"]["ready"] for each in slices(still)[0]["endpoints"]] == [True]
    still.run(60)
    assert [each["conditions"]["ready"] for each in slices(still)[0]["endpoints"]] == [True, True]


def test_it_goes_with_its_service(still: StillWorld) -> None:
    remove(still.store, still.get(SERVICE, JETSTREAM))
    still.run(5)
    assert slices(still) == []


def test_nothing_is_written_while_nothing_changes(still: StillWorld) -> None:
    (before,) = slices(still)
    still.run(600)
    (after,) = slices(still)
    assert before["metadata"]["resourceVersion"] == after["metadata"]["resourceVersion"]
