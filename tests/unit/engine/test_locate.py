from __future__ import annotations

import pytest

from jetscale_tui.domain.google import Project
from jetscale_tui.domain.spec import Google, Setup
from jetscale_tui.engine import locate
from jetscale_tui.engine.ports import ContextInfo
from jetscale_tui.errors import ConfigError
from tests.fakes import FakeCloud
from tests.unit.engine.scene import SETUP, gke, setup_with

OWN = "gke_my-project_us-central1_tpu-cluster"


def context(name: str, *, server: str = "https://1.2.3.4", current: bool = False) -> ContextInfo:
    return ContextInfo(name, name, "user", "default", server, current)


def test_the_context_the_setup_names_is_used() -> None:
    setup = setup_with(kubernetes={"context": "mine"})
    assert locate.choose_context(setup, [context(OWN), context("mine")]) == "mine"


def test_a_context_that_does_not_exist_is_refused_with_those_that_do() -> None:
    setup = setup_with(kubernetes={"context": "mine"})
    with pytest.raises(ConfigError, match="no context 'mine'") as caught:
        locate.choose_context(setup, [context("a"), context("b")])
    assert "a, b" in caught.value.why


def test_without_a_named_context_the_clusters_own_is_found_by_gclouds_name() -> None:
    assert locate.choose_context(SETUP, [context("x", current=True), context(OWN)]) == OWN


def test_otherwise_the_current_context_is_used_if_there_is_one() -> None:
    assert locate.choose_context(SETUP, [context("x"), context("y", current=True)]) == "y"
    assert locate.choose_context(SETUP, []) is None


def test_gclouds_name_of_a_context_says_which_cluster_is_meant() -> None:
    google = locate.in_context(Setup(), OWN).google
    assert (google.project, google.location, google.cluster) == (
        "my-project",
        "us-central1",
        "tpu-cluster",
    )
    assert locate.in_context(Setup(), OWN).kubernetes.context == OWN


def test_a_context_never_overrules_the_setup() -> None:
    setup = Setup(google=Google(project="p", location="l", cluster="c"))
    assert locate.in_context(setup, OWN).google == setup.google
    assert locate.in_context(setup, None) is setup


def test_a_named_cluster_is_asked_for() -> None:
    assert locate.find_cluster(FakeCloud(gke()), [], SETUP) == gke()


@pytest.mark.parametrize("project", [None, "my-project"])
def test_a_cluster_is_found_by_the_address_of_the_context(project: str | None) -> None:
    setup = Setup(google=Google(project=project))
    setup = locate.in_context(setup, "mine")
    contexts = [context("mine", server="https://10.0.0.1/")]
    assert locate.find_cluster(FakeCloud(gke()), contexts, setup) == gke()


def test_a_context_without_an_address_leads_nowhere() -> None:
    assert not locate.leads_to("", gke(dns_endpoint=None))


def test_a_setup_that_leaves_something_open_names_no_cluster() -> None:
    assert locate.cluster_name(setup_with(google={"location": None})) is None
    named = locate.cluster_name(SETUP)
    assert named is not None
    assert named.context == OWN


def test_only_a_context_named_after_another_cluster_is_known_to_lead_elsewhere() -> None:
    named = locate.cluster_name(SETUP)
    assert named is not None
    assert locate.lacks_context(named, [])
    assert locate.lacks_context(named, [context("gke_other_us-central1_x", current=True)])
    assert not locate.lacks_context(named, [context("mine", current=True)])
    assert not locate.lacks_context(named, [context(OWN), context("gke_o_l_c", current=True)])


def test_a_cluster_google_does_not_know_is_none() -> None:
    setup = locate.in_context(Setup(), "mine")
    cloud = FakeCloud(gke())
    assert locate.find_cluster(cloud, [context("mine")], setup) is None
    assert locate.find_cluster(cloud, [], setup) is None


def test_somebody_who_sees_very_many_projects_has_to_say_which() -> None:
    class Many(FakeCloud):
        def projects(self) -> list[Project]:
            return [Project(f"p-{number}", "1") for number in range(100)]

    setup = locate.in_context(Setup(), "mine")
    contexts = [context("mine", server="https://10.0.0.1")]
    assert locate.find_cluster(Many(gke()), contexts, setup) is None


def test_the_names_of_a_found_cluster_fill_the_setup_where_it_has_none() -> None:
    assert locate.with_cluster(Setup(), gke()).google.cluster == "tpu-cluster"
    assert locate.with_cluster(SETUP, gke(name="other")) is SETUP
    assert locate.with_cluster(SETUP, None) is SETUP
