"""Sets of field paths: their encoding, and how objects differ in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.domain.kinds import DEPLOYMENT, HPA
from jetscale_tui.sandbox.kube.ownership import apply, fieldset
from jetscale_tui.sandbox.kube.shapes import schema
from tests.sandbox.kube.recording import EXCHANGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json

ELEMENTS = st.sampled_from(["f:a", "f:b", 'k:{"name":"c"}', 'v:"d"'])
PATHS = st.frozensets(st.lists(ELEMENTS, min_size=1, max_size=4).map(tuple), max_size=12)
SCALARS = st.one_of(st.integers(0, 3), st.sampled_from(["x", "y"]), st.booleans())
FREE_FORM = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(PATHS)
def test_a_set_survives_its_encoding(paths: frozenset[fieldset.Path]) -> None:
    assert fieldset.decode(fieldset.encode(paths)) == paths


def test_recorded_sets_survive_decoding() -> None:
    recorded = list(_fields(EXCHANGES))
    assert len(recorded) > 20
    for fields in recorded:
        assert fieldset.encode(fieldset.decode(fields)) == fields


def _fields(value: Any) -> Iterator[Json]:
    if isinstance(value, dict):
        if "fieldsV1" in value:
            yield value["fieldsV1"]
        for one in value.values():
            yield from _fields(one)
    elif isinstance(value, list):
        for one in value:
            yield from _fields(one)


@given(
    st.dictionaries(st.sampled_from("abc"), FREE_FORM),
    st.dictionaries(st.sampled_from("abc"), FREE_FORM),
)
def test_objects_differ_nowhere_exactly_when_they_are_equal(old: Json, new: Json) -> None:
    difference = fieldset.compare(old, new, schema.ANYTHING)
    unequal = json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True)
    if not unequal:
        assert not difference.set | difference.removed
    elif old != new:
        assert difference.set | difference.removed


@given(
    st.dictionaries(st.sampled_from("abc"), FREE_FORM),
    st.dictionaries(st.sampled_from("abc"), FREE_FORM),
)
def test_a_merge_says_what_the_configuration_says(live: Json, config: Json) -> None:
    merged = apply.merge(live, config, schema.ANYTHING)
    assert apply.merge(merged, config, schema.ANYTHING) == merged
    assert not fieldset.compare(merged, config, schema.ANYTHING).modified


def test_removing_a_path_takes_what_it_leaves_empty() -> None:
    spec = {"spec": {"behavior": {"scaleDown": {"selectPolicy": "Max"}}, "maxReplicas": 2}}
    path = ("f:spec", "f:behavior", "f:scaleDown", "f:selectPolicy")
    assert fieldset.remove(spec, schema.of(HPA), [path]) == {"spec": {"maxReplicas": 2}}


def test_paths_are_shown_as_messages_show_them() -> None:
    containers = ("f:spec", "f:template", "f:spec", "f:containers", 'k:{"name":"c"}')
    assert fieldset.text((*containers, "f:image")) == (
        '.spec.template.spec.containers[name="c"].image'
    )
    assert fieldset.text(("f:a", 'k:{"containerPort":80,"protocol":"TCP"}', 'v:"x"')) == (
        '.a[containerPort=80,protocol="TCP"][="x"]'
    )


def test_items_of_an_associative_list_are_told_apart_by_all_their_keys() -> None:
    node: schema.Node | None = schema.of(DEPLOYMENT)
    for key in ("spec", "template", "spec", "containers"):
        assert node is not None
        node = node.child(key)
    assert node is not None
    assert node.item is not None
    ports = node.item.fields["ports"].node
    assert fieldset.item_element({"containerPort": 80}, ports) == (
        'k:{"containerPort":80,"protocol":"TCP"}'
    )
