"""How the prerequisites are asked: side by side, in time, each error a finding."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import DEPLOYMENT, Ref
from jetscale_tui.engine import prerequisites
from jetscale_tui.engine.checks import (
    Check,
    CheckState,
    Finding,
    Scene,
    ok,
    run_check,
    run_checks,
)
from jetscale_tui.engine.prerequisites import CHECKS
from jetscale_tui.errors import (
    AuthError,
    JetScaleError,
    NotFound,
    PermissionDenied,
    Unreachable,
)
from tests.unit.engine.place import Place

if TYPE_CHECKING:
    from tests.fakes import FakeCloud, FakeCluster


@pytest.fixture
def place() -> Place:
    return Place()


def test_a_healthy_place_passes_every_check(place: Place) -> None:
    findings = list(run_checks(place.scene(), CHECKS))
    assert {finding.id for finding in findings} == {check.id for check in CHECKS}
    assert {f"{f.id}: {f.detail}" for f in findings if f.state is not CheckState.OK} == set()


def test_checking_writes_nothing(place: Place) -> None:
    list(run_checks(place.scene(), CHECKS))
    assert place.cluster.writes == []
    assert place.cloud is not None
    assert place.cloud.writes == []


def test_leaving_early_is_possible(place: Place) -> None:
    findings = run_checks(place.scene(), CHECKS)
    next(findings)
    findings.close()


def test_what_has_no_answer_in_time_is_not_reached(place: Place) -> None:
    held = threading.Event()

    def slow() -> FakeCloud | None:
        held.wait(30)
        return place.cloud

    scene = replace(place.scene(), cloud=slow)
    states = {found.id: found for found in run_checks(scene, CHECKS, seconds=5.0)}
    held.set()
    assert set(states) == {check.id for check in CHECKS}
    assert states["services"].state is CheckState.SKIP
    assert states["services"].detail == "no answer in time"
    assert states["services"].title == "Google services"
    assert states["server"].state is CheckState.OK


def test_questions_without_an_answer_hold_up_no_other_question(place: Place) -> None:
    silent, held = 5, threading.Event()

    def ask(scene: Scene) -> Finding:
        held.wait(30)
        return ok("at last")

    questions = [Check(f"silent-{n}", "", "", ask) for n in range(silent)]
    questions.append(Check("quick", "", "", lambda scene: ok("at once")))
    findings = run_checks(place.scene(), questions)
    assert next(findings).id == "quick"
    held.set()
    assert len(list(findings)) == silent


def test_a_defect_in_a_question_is_not_swallowed(place: Place) -> None:
    def broken(scene: Scene) -> Finding:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(run_checks(place.scene(), [replace(CHECKS[0], ask=broken)]))


def test_the_reason_of_a_failure_is_told_with_it(place: Place) -> None:
    def broken() -> FakeCloud:
        raise AuthError("It cannot be used.", why="no JSON\nat all", fix="Log in.")

    found = run_check(CHECKS[0], replace(place.scene(), cloud=broken))
    assert found.detail == "It cannot be used. no JSON"


def test_an_unreachable_cluster_fails_once_and_the_rest_is_not_reached(place: Place) -> None:
    def unreachable() -> FakeCluster:
        raise Unreachable("No answer.", fix="Start it.")

    scene = replace(place.scene(), cluster=unreachable)
    states = {finding.id: finding.state for finding in run_checks(scene, CHECKS)}
    assert states["kubernetes"] is CheckState.FAIL
    assert states["server"] is states["chips"] is CheckState.SKIP
    assert states["services"] is CheckState.OK


def test_every_check_says_why_it_matters() -> None:
    assert all(check.why and check.title for check in CHECKS)


def test_a_question_that_ends_in_an_error_is_a_failure(place: Place) -> None:
    def missing(scene: Scene) -> Finding:
        raise NotFound("It is not there.", fix="Make it.")

    found = run_check(replace(CHECKS[0], ask=missing), place.scene())
    assert (found.state, found.detail, found.fix) == (
        CheckState.FAIL,
        "It is not there.",
        "Make it.",
    )


@pytest.mark.parametrize("error", [NotFound, PermissionDenied, AuthError, Unreachable])
def test_a_cluster_that_cannot_be_opened_is_said_once(
    place: Place, error: type[JetScaleError]
) -> None:
    def closed() -> FakeCluster:
        raise error("Not opened.", fix="Ask for it.")

    scene = replace(place.scene(), cluster=closed)
    findings = {found.id: found for found in run_checks(scene, CHECKS)}
    assert findings["kubernetes"].state is CheckState.FAIL
    assert findings["kubernetes"].fix == "Ask for it."
    for which in ("same-cluster", "server", "chips", "metric-apis"):
        assert findings[which].state is CheckState.SKIP
        assert findings[which].fix == ""


def test_what_the_cluster_tells_by_itself_needs_no_google(place: Place) -> None:
    assert place.cloud is not None
    place.cloud.refusals["cluster"] = PermissionDenied("You may not read clusters.")
    assert place.find("chips").state is CheckState.OK
    assert place.find("managed-prometheus").state is CheckState.OK
    assert place.find("workload-identity").state is CheckState.WARN


def test_a_deployment_that_is_not_the_setups_does_not_count(place: Place) -> None:
    place.cluster.delete(Ref.to(DEPLOYMENT, "maxengine-server", "default"))
    assert place.find("server").state is CheckState.FAIL
    assert prerequisites.CHECKS
