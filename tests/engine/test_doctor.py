"""The doctor on a cluster that was set up and then broken, one link at a time."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from jetscale_tui.domain.kinds import (
    API_SERVICE,
    DAEMON_SET,
    DEPLOYMENT,
    HPA,
    POD,
    POD_MONITORING,
    SERVICE,
    Ref,
)
from jetscale_tui.engine import observe
from jetscale_tui.engine.doctor import Health, LinkId, Patient, Remedy, examine, is_healthy
from jetscale_tui.engine.doctor.which import which_autoscaler
from jetscale_tui.errors import AuthError, Unreachable, UsageError
from tests.engine.runs import PROFILE, QUICK, SETUP, SPEED, Operator
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.doctor import Link
    from jetscale_tui.engine.ports import Cluster
    from jetscale_tui.sandbox.environment import Sandbox
    from jetscale_tui.wiring import RealBackend
    from tests.conftest import StartSandbox

ADAPTER = "custom-metrics-stackdriver-adapter"
NAMESPACE = "custom-metrics"
BACKLOG = "prometheus.googleapis.com|jetstream_prefill_backlog_size|gauge"


@dataclass(frozen=True)
class Ward:
    """A cluster in which everything works, and the doctor for it."""

    sandbox: Sandbox
    backend: RealBackend

    @property
    def cluster(self) -> Cluster:
        return self.backend.cluster()

    def patient(self, name: str = "jetstream-hpa", **about: Any) -> Patient:
        given = Patient(
            "default", name, SETUP, PROFILE,
            self.backend.cluster, self.backend.cloud, self.backend.clock,
            "jetscale apply -f setup.yaml",
        )  # fmt: skip
        return replace(given, **about)

    def links(self, name: str, **about: Any) -> list[Link]:
        return list(examine(self.patient(name, **about)))

    def broken(self, name: str = "jetstream-hpa", **about: Any) -> Link:
        """The broken link, after the chain was checked for its shape."""
        links = self.links(name, **about)
        assert [link.id for link in links] == list(LinkId)
        bad = next((link for link in links if link.health is Health.BROKEN), None)
        assert bad is not None, "\n".join(f"{link.title}: {link.detail}" for link in links)
        where = links.index(bad)
        assert all(link.health is Health.NOT_REACHED for link in links[where + 1 :])
        assert not is_healthy(links)
        return bad

    def until_broken(self, failure: str, why: str = "") -> Link:
        """The broken link, as soon as it is that failure, with those words about why."""
        found: list[Link] = []

        def is_it() -> bool:
            found[:] = [
                link for link in self.links("jetstream-hpa") if link.health is Health.BROKEN
            ]
            return bool(found) and found[0].failure == failure and why in found[0].why

        eventually(is_it)
        return found[0]

    def until_healthy(self) -> None:
        """Wait until every link is fine again."""
        fine = (Health.FINE, Health.NOTE)
        eventually(lambda: all(link.health in fine for link in self.links("jetstream-hpa")))

    @contextmanager
    def with_object(self, manifest: Json) -> Iterator[None]:
        """As long as an object is there."""
        self.cluster.apply(manifest)
        try:
            yield
        finally:
            self.cluster.delete(Ref.of(manifest))

    @contextmanager
    def without(self, ref: Ref) -> Iterator[None]:
        """As long as an object is missing."""
        gone = self.cluster.get(ref)
        assert gone is not None
        self.cluster.delete(ref)
        try:
            yield
        finally:
            kept = ("name", "namespace", "labels", "annotations")
            metadata = {key: gone["metadata"][key] for key in kept if key in gone["metadata"]}
            again = {key: value for key, value in gone.items() if key != "status"}
            self.cluster.apply({**again, "metadata": metadata})

    @contextmanager
    def changed(self, ref: Ref, edit: Callable[[Json], object]) -> Iterator[None]:
        """As long as an object is otherwise, by the hand of whoever made it."""
        self._edit(ref, edit)
        try:
            yield
        finally:
            self._edit(ref, None)

    def _edit(self, ref: Ref, edit: Callable[[Json], object] | None) -> None:
        store = self.sandbox.store
        namespace = ref.namespace or ""
        if edit is None:
            obj = _BEFORE.pop(ref)
            current = store.get(ref.kind, namespace, ref.name)
            assert current is not None
            obj["metadata"]["resourceVersion"] = current["metadata"]["resourceVersion"]
        else:
            found = store.get(ref.kind, namespace, ref.name)
            assert found is not None
            _BEFORE[ref] = copy.deepcopy(found)
            obj = copy.deepcopy(found)
            edit(obj)
        metadata = {k: v for k, v in obj["metadata"].items() if k != "managedFields"}
        metadata.pop("resourceVersion", None)
        wanted = {k: v for k, v in obj.items() if k != "status"}
        self.cluster.apply({**wanted, "metadata": metadata}, force=True)


_BEFORE: dict[Ref, Json] = {}


@pytest.fixture(scope="module")
def ward(start_sandbox: StartSandbox, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    sandbox = start_sandbox(QUICK, speed=SPEED)
    operator = Operator(sandbox, tmp_path_factory.mktemp("runs"))
    operator.run(operator.plan())
    return Ward(sandbox, operator.backend)


def autoscaler(name: str, metrics: list[Json], target: str = "maxengine-server") -> Json:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": target},
            "minReplicas": 1,
            "maxReplicas": 2,
            "metrics": metrics,
        },
    }


def pods_metric(name: str, target: str = "10") -> Json:
    metric = {"name": f"prometheus.googleapis.com|{name}|gauge"}
    return {
        "type": "Pods",
        "pods": {"metric": metric, "target": {"type": "AverageValue", "averageValue": target}},
    }


def bystander() -> Json:
    """A small Deployment beside the server."""
    labels = {"app": "bystander"}
    container = {"name": "web", "image": "example.com/web:1"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "bystander", "namespace": "default"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def monitoring(name: str, labels: Json, port: int | str = 9100) -> Json:
    return {
        "apiVersion": "monitoring.googleapis.com/v1",
        "kind": "PodMonitoring",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": labels},
            "endpoints": [{"port": port, "interval": "15s"}],
        },
    }


def test_a_cluster_where_everything_works_is_healthy(ward: Ward) -> None:
    links = ward.links("jetstream-hpa")
    assert [link.id for link in links] == list(LinkId)
    assert is_healthy(links)
    noted = [link.failure for link in links if link.health is not Health.FINE]
    assert noted == ["P5"], links


def test_an_autoscaler_that_is_not_there_is_named_beside_those_that_are(ward: Ward) -> None:
    bad = ward.broken("typo-hpa")
    assert bad.id is LinkId.AUTOSCALER
    assert "jetstream-hpa" in bad.why


def test_h10_a_target_that_does_not_exist(ward: Ward) -> None:
    with ward.with_object(autoscaler("lost", [pods_metric("x")], "no-such-server")):
        bad = ward.broken("lost")
    assert (bad.id, bad.failure) == (LinkId.AUTOSCALER, "H10")
    assert "maxengine-server" in bad.why
    assert bad.remedy is Remedy.APPLY


def test_h12_a_target_scaled_to_zero(ward: Ward) -> None:
    idle = bystander()
    idle["spec"]["replicas"] = 0
    with (
        ward.with_object(idle),
        ward.with_object(autoscaler("idle", [pods_metric("x")], "bystander")),
    ):
        bad = ward.broken("idle")
    assert bad.failure == "H12"
    assert "scale deployment/bystander --replicas=1" in bad.command


def test_h2_two_autoscalers_on_one_target(ward: Ward) -> None:
    with ward.with_object(autoscaler("second", [pods_metric("x")])):
        bad = ward.broken()
    assert (bad.id, bad.failure) == (LinkId.AUTOSCALER, "H2")
    assert "delete hpa second" in bad.command
    ward.until_healthy()


def test_p2_a_percentage_for_a_share_is_never_reached(ward: Ward) -> None:
    metric = pods_metric("jetstream_slots_used_percentage", "80")
    with ward.with_object(bystander()), ward.with_object(autoscaler("p2", [metric], "bystander")):
        bad = ward.broken("p2")
    assert (bad.failure, bad.remedy) == ("P2", Remedy.EDIT)
    assert "800m" in bad.fix


def test_p4_a_gauge_that_never_moves_must_not_be_followed(ward: Ward) -> None:
    metric = pods_metric("jetstream_generate_backlog_size")
    with ward.with_object(bystander()), ward.with_object(autoscaler("p4", [metric], "bystander")):
        assert ward.broken("p4").failure == "P4"


def test_h1_an_average_is_averaged_once_more(ward: Ward) -> None:
    rule = "externalRules:\n- name: {as: memory_used}\n  metricsQuery: avg(memory_used)\n"
    config = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "rules", "namespace": NAMESPACE},
        "data": {"config.yaml": rule},
    }
    target = {"type": "AverageValue", "averageValue": "10"}
    metric = {"type": "External", "external": {"metric": {"name": "memory_used"}, "target": target}}
    with (
        ward.with_object(config),
        ward.with_object(bystander()),
        ward.with_object(autoscaler("h1", [metric], "bystander")),
    ):
        assert ward.broken("h1").failure == "H1"


def test_a4_nobody_serves_the_metrics_api(ward: Ward) -> None:
    with ward.without(Ref.to(API_SERVICE, "v1beta2.custom.metrics.k8s.io")):
        bad = ward.broken()
    assert (bad.id, bad.failure) == (LinkId.METRIC_API, "A4")
    assert bad.command == "jetscale apply -f setup.yaml"
    ward.until_healthy()


def test_a8_an_api_without_its_backend(ward: Ward) -> None:
    with ward.without(Ref.to(SERVICE, ADAPTER, NAMESPACE)):
        # Until the API server has looked again, it is the adapter's link that is broken.
        bad = ward.until_broken("A8", "is not present")
        assert bad.id is LinkId.METRIC_API
    ward.until_healthy()


def test_a1_an_api_that_somebody_else_owns(ward: Ward) -> None:
    labels = {"app": "keda"}
    keda = bystander()
    keda["metadata"] = {"name": "keda", "namespace": "default"}
    keda["spec"]["selector"]["matchLabels"] = labels
    keda["spec"]["template"]["metadata"]["labels"] = labels
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "keda", "namespace": "default"},
        "spec": {"selector": labels, "ports": [{"port": 443}]},
    }
    api = Ref.to(API_SERVICE, "v1beta2.custom.metrics.k8s.io")

    def repoint(obj: Json) -> None:
        obj["spec"]["service"] = {"namespace": "default", "name": "keda", "port": 443}

    with ward.with_object(keda), ward.with_object(service), ward.changed(api, repoint):
        bad = ward.broken()
    assert (bad.id, bad.failure) == (LinkId.METRIC_API, "A1")
    assert "default/keda" in bad.detail
    ward.until_healthy()


def test_i1_and_i6_an_adapter_that_may_not_read(ward: Ward) -> None:
    cloud = ward.backend.cloud()
    assert cloud is not None
    project = QUICK.project_id
    granted = [b for b in cloud.policy(project).bindings if ADAPTER in b.member]
    cloud.remove_bindings(project, granted)
    ward.until_broken("I1")
    _restart_adapter(ward)
    bad = ward.until_broken("I1", "403")
    assert bad.id is LinkId.IDENTITY
    assert "gcloud projects add-iam-policy-binding" in bad.command
    cloud.add_bindings(project, granted)
    waiting = ward.until_broken("I6")
    assert "delete pods" in waiting.command
    _restart_adapter(ward)
    ward.until_healthy()


def _restart_adapter(ward: Ward) -> None:
    deployment = ward.cluster.get(Ref.to(DEPLOYMENT, ADAPTER, NAMESPACE))
    assert deployment is not None
    labels = deployment["spec"]["selector"]["matchLabels"]
    for pod in observe.pods(ward.cluster, NAMESPACE, labels):
        ward.cluster.delete(Ref.to(POD, observe.name_of(pod), NAMESPACE))


def test_s1_a_podmonitoring_that_selects_nothing(ward: Ward) -> None:
    ref = Ref.to(POD_MONITORING, "jetstream-podmonitoring", "default")

    def mislabel(obj: Json) -> None:
        obj["spec"]["selector"] = {"matchLabels": {"app": "jetstream"}}

    with ward.changed(ref, mislabel):
        bad = ward.broken()
    assert (bad.id, bad.failure) == (LinkId.SCRAPE, "S1")
    assert "other labels" in bad.why


def test_s1_a_port_name_that_no_container_has(ward: Ward) -> None:
    ref = Ref.to(POD_MONITORING, "jetstream-podmonitoring", "default")

    def as_printed(obj: Json) -> None:
        obj["spec"]["endpoints"][0]["port"] = "PROMETHEUS_PORT"

    with ward.changed(ref, as_printed):
        bad = ward.broken()
    assert bad.failure == "S1"
    assert "port PROMETHEUS_PORT; the server's metrics are on 9100" in bad.why


def test_s9_two_podmonitorings_over_one_port(ward: Ward) -> None:
    with ward.with_object(monitoring("another", {"app": "maxengine-server"})):
        assert ward.broken().failure == "S9"


def test_s5_no_collector_runs(ward: Ward) -> None:
    with ward.without(Ref.to(DAEMON_SET, "collector", "gmp-system")):
        bad = ward.broken()
        assert (bad.id, bad.failure) == (LinkId.SCRAPE, "S5")
        assert "--enable-managed-prometheus" in bad.command
    ward.until_healthy()


def test_p3_a_metric_by_a_name_the_server_no_longer_uses(ward: Ward) -> None:
    hpa = Ref.to(HPA, "jetstream-hpa", "default")

    def old_name(obj: Json) -> None:
        obj["spec"]["metrics"] = [pods_metric("jetstream_slots_available_percentage")]

    with ward.changed(hpa, old_name):
        bad = ward.broken()
    assert (bad.id, bad.failure) == (LinkId.PORT, "P3")
    assert "jetstream_slots_used_percentage" in bad.why
    ward.until_healthy()


def test_t2_a_replica_for_which_no_node_is_free(ward: Ward) -> None:
    hpa = Ref.to(HPA, "jetstream-hpa", "default")

    def three(obj: Json) -> None:
        obj["spec"] |= {"minReplicas": 3, "maxReplicas": 3}

    with ward.changed(hpa, three):
        bad = ward.until_broken("T2")
        assert bad.id is LinkId.SERVER
        assert "Insufficient google.com/tpu" in bad.why
    ward.until_healthy()


def test_c2_and_c3_no_way_into_the_cluster(ward: Ward) -> None:
    def refused() -> Cluster:
        raise AuthError("The credentials have expired.", fix="gcloud auth login")

    def silent() -> Cluster:
        raise Unreachable("The cluster does not answer.")

    for connect, failure in ((refused, "C2"), (silent, "C3")):
        bad = ward.broken(cluster=connect)
        assert (bad.id, bad.failure) == (LinkId.CLUSTER, failure)


def test_without_google_the_links_of_google_are_unknown_and_the_others_are_asked(
    ward: Ward,
) -> None:
    links = {link.id: link for link in ward.links("jetstream-hpa", cloud=lambda: None)}
    assert links[LinkId.DATA].health is Health.UNKNOWN
    assert links[LinkId.IDENTITY].health is Health.UNKNOWN
    assert links[LinkId.SERVER].health is Health.NOTE


def test_which_one_is_meant_is_only_guessed_where_there_is_no_doubt(ward: Ward) -> None:
    assert which_autoscaler(ward.cluster, SETUP, "default") == "jetstream-hpa"
    other = SETUP.model_copy(
        update={"scaling": SETUP.scaling.model_copy(update={"name": "another"})}
    )
    assert which_autoscaler(ward.cluster, other, "default") == "jetstream-hpa"
    with ward.with_object(autoscaler("second", [pods_metric("x")])), pytest.raises(UsageError):
        which_autoscaler(ward.cluster, other, "default")
