from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.engine import exposition
from jetscale_tui.engine.exposition import Sample

PAGE = """\
# HELP backlog Size of the prefill queue
# TYPE backlog gauge
backlog{id="a",idx="0"} 3.0
backlog{id="a",idx="1"} 4 1700000000000
plain 1e3
path{dir="C:\\\\x\\"y\\n"} 1
not a sample at all, sorry
broken{ 1
bad_value nope
"""


def test_samples_are_read_with_labels_values_and_escapes() -> None:
    samples = exposition.parse(PAGE)
    assert samples[:3] == (
        Sample("backlog", {"id": "a", "idx": "0"}, 3.0),
        Sample("backlog", {"id": "a", "idx": "1"}, 4.0),
        Sample("plain", {}, 1000.0),
    )
    assert samples[3].labels == {"dir": 'C:\\x"y\n'}


def test_lines_that_are_no_samples_are_passed_over() -> None:
    assert exposition.names(exposition.parse(PAGE)) == ("backlog", "path", "plain")


def test_all_series_of_a_metric_are_added_up() -> None:
    samples = exposition.parse(PAGE)
    assert exposition.total(samples, "backlog") == 7.0
    assert exposition.total(samples, "absent") is None


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    exposition.parse(text)
