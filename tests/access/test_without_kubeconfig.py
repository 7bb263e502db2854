"""A GKE cluster reached by what the GKE API tells of it, with the Google login alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from jetscale_tui.clocks import WallClock
from jetscale_tui.cloud.connect import connect
from jetscale_tui.cluster import direct
from jetscale_tui.cluster.client import KubeCluster
from jetscale_tui.cluster.transport import Transport
from jetscale_tui.domain.google import ClusterName
from jetscale_tui.domain.kinds import DEPLOYMENT, Ref
from jetscale_tui.errors import (
    AuthError,
    ConfigError,
    ExitCode,
    NoCredentials,
    NotFound,
    Unreachable,
)
from jetscale_tui.wiring import RealBackend
from tests.cli.conftest import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.access.machine import Machine

NAME = ClusterName("sandbox-project", "us-central1", "tpu-cluster")
SERVER = Ref.to(DEPLOYMENT, "maxengine-server", "default")


def kubeconfig(machine: Machine, *contexts: str, current: str = "") -> Path:
    """A kubeconfig whose contexts all lead nowhere."""
    cluster = {"name": "nowhere", "cluster": {"server": "https://nowhere.invalid"}}
    named = [{"name": name, "context": {"cluster": "nowhere"}} for name in contexts]
    document = {"current-context": current, "contexts": named, "clusters": [cluster]}
    path = machine.folder / "kubeconfig"
    path.write_text(yaml.safe_dump(document))
    return path


def backend(path: Path | None = None, **options: Any) -> RealBackend:
    return RealBackend(path, cluster=NAME, **options)


def test_without_a_kubeconfig_the_cluster_named_is_reached_with_the_google_login(
    machine: Machine,
) -> None:
    machine.log_in()
    cluster = backend().cluster()
    assert cluster.context == "gke_sandbox-project_us-central1_tpu-cluster"
    assert cluster.server == machine.sandbox.kube_url
    assert cluster.get(SERVER) is not None
    assert machine.sandbox.kube_url.removeprefix("https://") in machine.proxy.asked


@pytest.mark.parametrize(
    "closed", [{"private_endpoint": True}, {"authorized_networks": ("203.0.113.0/24",)}]
)
def test_where_the_address_answers_some_only_the_dns_endpoint_is_the_way_in(
    machine: Machine, closed: dict[str, Any]
) -> None:
    """Everybody trusts its certificate: the machine's CAs are asked, not the cluster's own."""
    machine.log_in()
    google = machine.sandbox.google
    before = google.cluster
    name = before.endpoint.replace("127.0.0.1", "localhost")
    machine.proxy.others["localhost"] = int(name.partition(":")[2])
    bundle = machine.folder / "ca.pem"
    bundle.write_text(machine.google.ca_pem + machine.sandbox.ca_pem)
    elsewhere = replace(before, endpoint="192.0.2.1", dns_endpoint=name, **closed)
    google.change_cluster(elsewhere)
    try:
        cluster = backend().cluster()
        assert cluster.server == f"https://{name}"
        assert cluster.get(SERVER) is not None
        assert name in machine.proxy.asked
        assert cluster.list(DEPLOYMENT, "default")
    finally:
        google.change_cluster(before)


def test_its_context_is_the_one_gcloud_would_write(machine: Machine) -> None:
    (context,) = backend().contexts()
    assert (context.name, context.current) == (NAME.context, True)


def test_nobody_needs_a_kubeconfig_to_reach_a_cluster_by_the_name_of_its_context(
    machine: Machine,
) -> None:
    machine.log_in()
    assert RealBackend().cluster(NAME.context).get(SERVER) is not None


def test_a_context_gcloud_named_after_another_cluster_is_not_taken_for_it(
    machine: Machine,
) -> None:
    machine.log_in()
    path = kubeconfig(machine, "gke_other_us-central1_x", current="gke_other_us-central1_x")
    contexts = backend(path).contexts()
    assert [context.name for context in contexts if context.current] == [NAME.context]
    assert backend(path).cluster().get(SERVER) is not None


@pytest.mark.parametrize("current", ["mine", NAME.context])
def test_a_context_of_any_other_name_is_left_to_lead_where_it_leads(
    machine: Machine, current: str
) -> None:
    path = kubeconfig(machine, current, current=current)
    assert [context.name for context in backend(path).contexts()] == [current]
    assert backend(path).cluster().server == "https://nowhere.invalid"


def test_a_context_asked_for_wins_over_the_cluster_named(machine: Machine) -> None:
    path = kubeconfig(machine, "gke_other_us-central1_x", "mine", current="mine")
    assert backend(path, context="gke_other_us-central1_x").cluster().context.endswith("_x")


def test_the_clusters_own_name_may_be_asked_for_beside_any_current_context(
    machine: Machine,
) -> None:
    machine.log_in()
    path = kubeconfig(machine, "mine", current="mine")
    chosen = backend(path, context=NAME.context)
    assert NAME.context in [context.name for context in chosen.contexts()]
    assert chosen.cluster().get(SERVER) is not None


def test_a_kubeconfig_that_was_named_has_to_be_there(machine: Machine) -> None:
    missing = machine.folder / "missing"
    with pytest.raises(ConfigError, match="No kubeconfig"):
        backend(missing).contexts()
    with pytest.raises(ConfigError, match="No kubeconfig"):
        backend(missing).cluster()


def test_without_a_name_the_ways_to_get_a_cluster_are_told(machine: Machine) -> None:
    with pytest.raises(ConfigError) as caught:
        RealBackend().contexts()
    assert "--project, --location and --cluster" in caught.value.fix


def test_without_a_login_it_says_how_to_log_in(machine: Machine) -> None:
    with pytest.raises(NoCredentials) as caught:
        backend().cluster()
    assert caught.value.fix == "Run: gcloud auth application-default login"


def test_a_cluster_that_does_not_exist_is_not_found(machine: Machine) -> None:
    machine.log_in()
    with pytest.raises(NotFound, match="no-such-cluster"):
        RealBackend(cluster=replace(NAME, cluster="no-such-cluster")).cluster()


def test_a_cluster_without_an_address_yet_is_out_of_reach(machine: Machine) -> None:
    machine.log_in()
    google = machine.sandbox.google
    before = google.cluster
    google.change_cluster(replace(before, endpoint="", status="PROVISIONING"))
    try:
        with pytest.raises(Unreachable, match="no address yet") as caught:
            backend().cluster()
    finally:
        google.change_cluster(before)
    assert "PROVISIONING" in caught.value.why


def test_helm_is_told_to_need_a_kubeconfig(machine: Machine) -> None:
    machine.log_in()
    with pytest.raises(NotFound, match="Helm needs a kubeconfig") as caught:
        _ = backend().cluster().helm
    assert "get-credentials" in caught.value.fix


class TestToken:
    """The same login serves both sides, and ends on both."""

    def test_a_new_login_is_used_as_soon_as_the_old_one_is_refused(self, machine: Machine) -> None:
        machine.log_in()
        google = connect(None)
        endpoint = google.cluster(NAME.project, NAME.location, NAME.cluster).way_in
        assert endpoint is not None
        address = direct.Address(NAME.context, endpoint.host, endpoint.ca_certificate)
        login = direct.Login(address, google.access_token)
        at_any_age = Transport(address.server, login, least_renewal=timedelta(0))
        cluster = KubeCluster(address.info, at_any_age, WallClock(), helm=None)
        cluster.version()
        machine.log_in()
        assert cluster.version()
        assert google.clusters(NAME.project), "the Google side uses the new one as well"
        google.close()

    def test_a_login_that_has_ended_says_how_to_log_in(self, machine: Machine) -> None:
        machine.log_in()
        cluster = backend().cluster()
        cluster.version()
        machine.revoke()
        with pytest.raises(AuthError) as caught:
            cluster.version()
        assert caught.value.fix == "Run: gcloud auth application-default login"


def test_in_a_sandbox_the_sandboxs_own_google_tells_the_address(sandbox: Sandbox) -> None:
    reached = RealBackend(sandbox.kubeconfig, NAME.context)
    assert reached.label == "sandbox ×20"
    assert reached.cluster().get(SERVER) is not None


def test_a_plan_without_a_context_says_what_its_commands_need(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.log_in()
    result = Shell(capsys, machine.folder).run("plan", "-f", machine.setup())
    assert result.code == ExitCode.DONE
    assert f"Note: The kubeconfig has no context {NAME.context}" in result.out
