from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.domain.forecast.facts import Facts
from jetscale_tui.domain.forecast.load import Burst, Ramp
from jetscale_tui.domain.forecast.result import answer
from tests.unit.domain.forecast.asking import SLOTS, ask, hpa

if TYPE_CHECKING:
    from jetscale_tui.domain.forecast.simulate import Question


def lines(question: Question) -> list[str]:
    return [("! " if line.warning else "") + line.text for line in answer(question).headlines]


def test_the_guides_burst() -> None:
    assert lines(ask()) == [
        "first new replica after 95 s",
        "max is reached after 20 s; the metric asks for 7; a third replica needs a node",
        "! 36 of 100 requests wait longer than 30 s, the longest 70 s",
    ]


def test_a_maximum_below_what_fits_needs_no_node() -> None:
    _, maximum, _ = lines(ask(facts=Facts(fits_now=4)))
    assert maximum == "max is reached after 20 s; the metric asks for 7"


def test_a_maximum_that_is_enough_is_only_named() -> None:
    question = ask(Burst(30), hpa("15", most=3), Facts(fits_now=4))
    assert "max" not in " ".join(lines(question))
    exact = ask(Burst(50), hpa("10", most=2))
    assert "max is reached after 20 s; a third replica needs a node" in lines(exact)


def test_a_load_below_the_target() -> None:
    assert lines(ask(Ramp(0.2, 0.2, 900.0))) == [
        "no replica is added: the load stays below the target"
    ]


def test_a_target_that_is_never_met_although_requests_wait() -> None:
    assert lines(ask(spec=hpa("80"), followed=SLOTS))[0] == (
        "! no replica is added, although requests wait: the target is not met"
    )


def test_a_size_that_cannot_change() -> None:
    assert lines(ask(spec=hpa(least=2, most=2), limit=60.0)) == ["always 2 replicas: min is max"]


def test_a_maximum_the_pool_cannot_hold() -> None:
    found = lines(ask(Burst(300), hpa(most=4), Facts(fits_now=2)))
    assert "! replica 3 and on stay Pending: the pool holds 2 at most" in found


def test_replicas_that_wait_for_a_node() -> None:
    found = lines(ask(Burst(300), hpa(most=3), Facts(fits_now=2, nodes_to_come=1)))
    assert "replica 3 and on wait for a node, 2 min 30 s each" in found


def test_replicas_that_come_too_late_to_be_seen() -> None:
    question = ask(facts=Facts(fits_now=2, start_seconds=2000.0))
    assert lines(question)[0] == "! more replicas are asked for after 20 s, none becomes ready"


def test_flapping_and_what_it_costs() -> None:
    question = ask(Ramp(2.5, 2.5, 3600.0), hpa(most=4), Facts(fits_now=4))
    found = lines(question)
    assert any("requests are cut off with the replicas" in line for line in found)
    assert any("wanted again within ten minutes" in line for line in found)
    once = answer(replace(question, load=Ramp(2.5, 2.5, 1100.0)))
    assert once.figures.flaps == 1
    assert once.headlines[-1].text.endswith("within ten minutes, once")
