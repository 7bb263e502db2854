from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from jetscale_tui.manifests.build import build
from jetscale_tui.manifests.dump import document, manifests
from tests.unit.manifests.variants import PROFILE, PROJECT, everything, variant

TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=40)


@given(TEXT)
@example("y")
@example("1e3")
@example("0x1F")
@example("12:30")
@example("- a\n  b\n")
@example(" leading\nand trailing ")
@example("\x85next line\u2028")
def test_text_comes_back_as_it_was(text: str) -> None:
    assert yaml.safe_load(document({"key": text, text: "value"})) == {"key": text, text: "value"}


@pytest.mark.parametrize(
    "text",
    "y Y n N yes no on off true null ~ 10 1e3 1E3 0o17 0x1F 1_000 .5 +1 -.inf 12:30".split(),  # noqa: SIM905
)
def test_what_some_reader_takes_for_a_number_or_a_truth_is_quoted(text: str) -> None:
    assert document([text]).strip() == f"- '{text}'"


def test_the_same_setup_gives_the_same_bytes() -> None:
    for _, setup in everything():
        first, second = (
            manifests(item for group in build(setup, PROFILE, PROJECT) for item in group.objects)
            for _ in range(2)
        )
        assert first == second


def test_documents_come_in_apply_order() -> None:
    objects = [item for group in build(variant("V1"), PROFILE, PROJECT) for item in group.objects]
    assert list(yaml.safe_load_all(manifests(objects))) == objects


def test_a_value_used_twice_is_written_twice() -> None:
    shared = {"app": "x"}
    assert document({"a": shared, "b": shared}) == "a:\n  app: x\nb:\n  app: x\n"


def test_long_queries_stay_on_one_line() -> None:
    assert document({"query": "sum(" + "a " * 500 + ")"}).count("\n") == 1
