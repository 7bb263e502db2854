from __future__ import annotations

from dataclasses import replace

from jetscale_tui.domain.forecast.facts import Fact, Facts
from jetscale_tui.domain.forecast.gauges import Across, Followed, Gauge
from jetscale_tui.domain.forecast.load import Ramp
from jetscale_tui.domain.forecast.unknowns import basis, unknowns
from tests.unit.domain.forecast.asking import TWO_FIT, ask

EVERYTHING = dict.fromkeys(Fact, "measured")


def said(*, facts: Facts = TWO_FIT, followed: Followed | None = None) -> str:
    question = ask(facts=facts) if followed is None else ask(facts=facts, followed=followed)
    return "\n".join(unknowns(question))


def test_assumed_numbers_are_named() -> None:
    assert "Assumed, not measured: start-up of a replica, " in said()
    assert "start-up of a node" not in said()
    assert "start-up of a node" in said(facts=Facts(fits_now=1, nodes_to_come=1))
    assert "Assumed" not in said(facts=Facts(fits_now=2, known=EVERYTHING))


def test_chips_nobody_counted_are_named() -> None:
    assert "is not known; here every one finds a node" in said(facts=Facts())
    assert "finds a node" not in said()


def test_metrics_the_model_lacks_are_named() -> None:
    assert "The model has no metric-0" in "\n".join(unknowns(ask(followed=None)))


def test_memory_comes_with_a_warning() -> None:
    memory = Followed(Gauge.HBM_BYTES, Across.SERIES)
    assert "HBM is modelled" in said(followed=memory)
    assert "HBM" not in said()


def test_rates_come_with_what_is_taken_for_granted_of_them() -> None:
    assert "independently of each other" in "\n".join(unknowns(ask(Ramp(1.0, 1.0))))
    assert "independently" not in said()
    assert "takes none of them over" in said()


def test_phases_are_given_as_a_span() -> None:
    assert "each reaction may come up to 15 s earlier or later" in said()


def test_notes_of_a_question_are_among_them() -> None:
    assert "Beware." in unknowns(replace(ask(), notes=("Beware.",)))


def test_each_fact_comes_with_its_source() -> None:
    facts = Facts(fits_now=2, nodes_to_come=1, known={Fact.START_UP: "measured on 2 pods"})
    rows = {fact: (value, source) for fact, value, source in basis(facts)}
    assert rows[Fact.START_UP] == ("75 s", "measured on 2 pods")
    assert rows[Fact.STEP] == ("0.1 s", "assumed")
    assert rows[Fact.CAPACITY] == ("2 now, 3 once the pool has grown", "assumed")
    assert {fact: value for fact, value, _ in basis(Facts())}[Fact.CAPACITY] == "all"
