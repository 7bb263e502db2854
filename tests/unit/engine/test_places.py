"""Contexts and clusters in one list; what cannot be listed is named and stops nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import GkeCluster, Project
from jetscale_tui.domain.spec import Google as GoogleNames
from jetscale_tui.domain.spec import Setup
from jetscale_tui.engine import places
from jetscale_tui.engine.ports import ContextInfo
from jetscale_tui.errors import AuthError, ConfigError, PermissionDenied
from tests.fakes import FakeBackend, FakeCloud, FakeCluster
from tests.unit.engine.scene import gke

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.errors import JetScaleError


def context(name: str, *, server: str = "https://1.2.3.4", current: bool = False) -> ContextInfo:
    return ContextInfo(name, name, "user", "default", server, current)


class Google(FakeCloud):
    """Several projects, some of which refuse."""

    def __init__(self, clusters: dict[str, GkeCluster | JetScaleError]) -> None:
        super().__init__()
        self.by_project = clusters
        self.asked: list[str] = []

    def projects(self) -> list[Project]:
        self._refuse("projects")
        return [Project(name, "1") for name in self.by_project]

    def clusters(self, project_id: str) -> list[GkeCluster]:
        self.asked.append(project_id)
        found = self.by_project.get(project_id)
        if isinstance(found, Exception):
            raise found
        return [found] if found else []


class Backend(FakeBackend):
    """One whose sides may be missing."""

    def __init__(
        self,
        cloud: FakeCloud | JetScaleError | None,
        contexts: Sequence[ContextInfo] | JetScaleError = (),
    ) -> None:
        super().__init__(FakeCluster())
        self._sides = (cloud, contexts)

    def contexts(self) -> list[ContextInfo]:
        contexts = self._sides[1]
        if isinstance(contexts, Exception):
            raise contexts
        return [*contexts]

    def cloud(self) -> FakeCloud | None:
        cloud = self._sides[0]
        if isinstance(cloud, Exception):
            raise cloud
        return cloud


def names(found: places.Places) -> list[str]:
    return [candidate.name for candidate in found.candidates]


def test_the_current_context_comes_first_and_clusters_without_one_last() -> None:
    google = Google({"my-project": gke(), "other": gke(project="other", endpoint="10.0.0.2")})
    contexts = [context("a"), context("mine", server="https://10.0.0.1", current=True)]
    found = places.find_places(Backend(google, contexts))
    assert names(found) == ["mine", "a", "gke_other_us-central1_tpu-cluster"]
    assert found.candidates[0].cluster == gke()
    assert found.candidates[1].cluster is None
    assert [project.project_id for project in found.projects] == ["my-project", "other"]
    assert found.lacks == ()


def test_two_contexts_may_lead_to_one_cluster() -> None:
    contexts = [context("a", server="https://10.0.0.1"), context("b", server="https://10.0.0.1")]
    found = places.find_places(Backend(Google({"my-project": gke()}), contexts))
    assert [candidate.cluster for candidate in found.candidates] == [gke(), gke()]


def test_without_a_kubeconfig_the_clusters_are_there_all_the_same() -> None:
    missing = ConfigError("No kubeconfig was found.", fix="Name a cluster.")
    found = places.find_places(Backend(Google({"my-project": gke()}), missing))
    assert names(found) == ["gke_my-project_us-central1_tpu-cluster"]
    (lack,) = found.lacks
    assert (lack.about, lack.what, lack.fix) == (
        "kubeconfig",
        "No kubeconfig was found.",
        "Name a cluster.",
    )


@pytest.mark.parametrize("why", [None, AuthError("They have expired.", fix="Run: gcloud")])
def test_without_google_the_contexts_are_there_all_the_same(why: AuthError | None) -> None:
    found = places.find_places(Backend(why, [context("a")]))
    assert names(found) == ["a"]
    (lack,) = found.lacks
    assert lack.about == "Google"
    assert "gcloud" in lack.fix


def test_a_project_that_refuses_is_named_beside_those_that_do_not() -> None:
    refusal = PermissionDenied("Cannot list the clusters.", why="You lack it.", fix="Ask.")
    google = Google({"closed": refusal, "my-project": gke()})
    found = places.find_places(Backend(google))
    assert names(found) == ["gke_my-project_us-central1_tpu-cluster"]
    (lack,) = found.lacks
    assert (lack.about, lack.why, lack.fix) == ("project closed", "You lack it.", "Ask.")


def test_where_projects_may_not_be_listed_an_id_can_be_typed() -> None:
    google = Google({"my-project": gke()})
    google.refusals["projects"] = PermissionDenied("Cannot list.", fix="Ask for access.")
    found = places.find_places(Backend(google), "my-project")
    assert names(found) == ["gke_my-project_us-central1_tpu-cluster"]
    (lack,) = found.lacks
    assert lack.about == "projects"
    assert lack.fix.startswith("Ask for access. Type the project's id")


def test_somebody_who_sees_no_project_is_told_to_type_one() -> None:
    (lack,) = places.find_places(Backend(Google({}))).lacks
    assert "no project" in lack.what
    assert "Type" in lack.fix


def test_a_project_that_was_typed_is_the_only_one_asked() -> None:
    google = Google({"a": gke(), "b": gke()})
    places.find_places(Backend(google), "elsewhere")
    assert google.asked == ["elsewhere"]


def test_of_very_many_projects_the_first_are_asked_and_the_rest_can_be_chosen() -> None:
    google = Google({f"p-{number:02}": gke() for number in range(25)})
    found = places.find_places(Backend(google))
    assert len(google.asked) == places.LOOKED_THROUGH
    assert len(found.projects) == 25
    (lack,) = found.lacks
    assert "first 20 of 25" in lack.what


class TestOnlyCluster:
    """Nobody named a cluster, and there is no kubeconfig."""

    MISSING = ConfigError("No kubeconfig was found.", fix="Make one.")

    def only(self, google: Google, **named: str) -> GkeCluster:
        setup = Setup(google=GoogleNames(**named))
        return places.only_cluster(Backend(google, self.MISSING), setup, self.MISSING)

    def test_the_only_one_is_meant(self) -> None:
        assert self.only(Google({"my-project": gke(), "empty": PermissionDenied("No.")})) == gke()

    def test_what_was_named_of_it_narrows_the_choice(self) -> None:
        other = gke(project="other", location="europe-west4")
        google = Google({"my-project": gke(), "other": other})
        assert self.only(google, location="europe-west4") == other
        assert self.only(google, project="my-project") == gke()
        assert self.only(google, cluster="tpu-cluster", location="us-central1") == gke()

    def test_several_are_named_to_choose_from(self) -> None:
        clusters = {f"p-{n:02}": gke(project=f"p-{n:02}") for n in range(12)}
        with pytest.raises(ConfigError, match="No kubeconfig was found") as caught:
            self.only(Google({**clusters}))
        assert "--project=p-03 --location=us-central1 --cluster=tpu-cluster" in caught.value.why
        assert "and 2 more" in caught.value.why
        assert caught.value.fix == "Name one of them."

    def test_two_are_both_named(self) -> None:
        with pytest.raises(ConfigError) as caught:
            self.only(Google({"a": gke(project="a"), "b": gke(project="b")}))
        assert "more" not in caught.value.why

    def test_where_there_is_none_it_is_said_why(self) -> None:
        with pytest.raises(ConfigError) as caught:
            self.only(Google({"closed": PermissionDenied("Cannot list the clusters.")}))
        assert caught.value.why == "No cluster is to be found either. Cannot list the clusters."
        assert caught.value.fix == "Make one."
