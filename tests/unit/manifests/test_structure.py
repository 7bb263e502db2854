from __future__ import annotations

import copy
import itertools
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import Json, Ref, kind_of
from jetscale_tui.domain.spec import Google
from jetscale_tui.domain.validation import problems as setup_problems
from jetscale_tui.manifests.build import ObjectGroup, build, google_account, helm_release
from tests.unit.manifests.structure import problems
from tests.unit.manifests.variants import PROFILE, PROJECT, everything, variant

if TYPE_CHECKING:
    from jetscale_tui.domain.spec import Setup

EVERYTHING = dict(everything())


def objects(setup: Setup) -> list[Json]:
    return [item for group in build(setup, PROFILE, PROJECT) for item in group.objects]


@pytest.mark.parametrize("setup", EVERYTHING.values(), ids=EVERYTHING)
def test_every_object_of_every_variant_is_what_the_api_server_accepts(setup: Setup) -> None:
    assert {str(Ref.of(item)): problems(item) for item in objects(setup) if problems(item)} == {}


@pytest.mark.parametrize("setup", EVERYTHING.values(), ids=EVERYTHING)
def test_no_object_is_written_twice(setup: Setup) -> None:
    refs = [Ref.of(item) for item in objects(setup)]
    assert len(set(refs)) == len(refs)


@pytest.mark.parametrize("setup", EVERYTHING.values(), ids=EVERYTHING)
def test_groups_come_in_the_order_of_the_steps(setup: Setup) -> None:
    steps = [group.step for group in build(setup, PROFILE, PROJECT)]
    assert steps == ["scrape-server", "scrape-tpu", "adapter", "hpa"]


@pytest.mark.parametrize("setup", EVERYTHING.values(), ids=EVERYTHING)
def test_api_services_come_after_the_workload_they_point_at(setup: Setup) -> None:
    (adapter,) = (group for group in build(setup, PROFILE, PROJECT) if group.step == "adapter")
    kinds = [kind_of(item).name for item in adapter.objects]
    last_workload = max(i for i, kind in enumerate(kinds) if kind in ("Deployment", "Service"))
    assert all(i > last_workload for i, kind in enumerate(kinds) if kind == "APIService")


def test_a_step_with_nothing_to_apply_is_left_out() -> None:
    setup = variant("V1")
    scrape = setup.scrape.model_copy(
        update={
            "server": setup.scrape.server.model_copy(update={"enabled": False}),
            "tpu": setup.scrape.tpu.model_copy(update={"enabled": False}),
        }
    )
    groups = build(setup.model_copy(update={"scrape": scrape}), PROFILE, PROJECT)
    assert [group.step for group in groups] == ["adapter", "hpa"]


def test_building_twice_gives_equal_objects_that_share_nothing() -> None:
    setup = variant("V7-prometheus")
    first: tuple[ObjectGroup, ...] = build(setup, PROFILE, PROJECT)
    untouched = copy.deepcopy(first)
    second = build(setup, PROFILE, PROJECT)
    for group in first:
        for item in group.objects:
            _wreck(item)
    assert second == untouched


def _wreck(value: object) -> None:
    if isinstance(value, dict):
        for inner in value.values():
            _wreck(inner)
        value.clear()
    elif isinstance(value, list):
        for inner in value:
            _wreck(inner)
        value.clear()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "surprise"), 1),
        (("spec", "endpoints", 0, "port"), 9100.5),
        (("spec", "targetLabels", "metadata"), ["pod", "pod"]),
        (("spec", "targetLabels", "metadata"), ["namespace"]),
        (("spec", "endpoints"), "15s"),
    ],
)
def test_the_structural_check_itself_refuses_what_the_api_server_refuses(
    path: tuple[str | int, ...], value: object
) -> None:
    broken = copy.deepcopy(objects(variant("V1"))[0])
    place: Json = broken
    for key in path[:-1]:
        place = place[key]  # type: ignore[index]
    place[path[-1]] = value  # type: ignore[index]
    assert problems(broken) != []


def test_every_setup_without_problems_can_be_built() -> None:
    places = (None, "tpu-cluster"), (None, "us-central1"), (None, "my-project")
    for name, setup in everything():
        for cluster, location, project in itertools.product(*places):
            google = Google(project=project, location=location, cluster=cluster)
            placed = setup.model_copy(update={"google": google})
            if not setup_problems(placed, PROFILE):
                assert build(placed, PROFILE, None), name
                helm_release(placed, PROFILE)
                google_account(placed, None)
