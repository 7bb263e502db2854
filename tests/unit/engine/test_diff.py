from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.engine import diff
from jetscale_tui.engine.plan import FieldChange

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


def obj(**spec: Any) -> Json:
    return {"apiVersion": "v1", "kind": "X", "metadata": {"name": "x"}, "spec": spec}


def test_what_only_the_server_writes_is_no_difference() -> None:
    before = {**obj(a=1), "metadata": {"name": "x", "uid": "1", "resourceVersion": "5"}}
    after = {
        **obj(a=1),
        "metadata": {"name": "x", "uid": "2", "managedFields": [], "generation": 3},
        "status": {"ready": True},
    }
    assert diff.same(before, after)


def test_a_difference_names_its_field_and_both_values() -> None:
    found = diff.compare(obj(minReplicas=1), obj(minReplicas=2))
    assert found == (FieldChange("spec.minReplicas", 1, 2),)


def test_fields_that_come_and_go_have_none_on_the_other_side() -> None:
    found = diff.compare(obj(a=1), obj(b=2))
    assert found == (FieldChange("spec.a", 1, None), FieldChange("spec.b", None, 2))


def test_entries_of_lists_are_told_apart_by_name_where_they_have_one() -> None:
    before = obj(containers=[{"name": "web", "image": "a"}, {"name": "side", "image": "s"}])
    after = obj(containers=[{"name": "side", "image": "s"}, {"name": "web", "image": "b"}])
    assert diff.compare(before, after) == (FieldChange("spec.containers.web.image", "a", "b"),)


def test_lists_of_one_length_are_compared_entry_by_entry() -> None:
    found = diff.compare(obj(metrics=[{"type": "Pods"}]), obj(metrics=[{"type": "External"}]))
    assert found == (FieldChange("spec.metrics[0].type", "Pods", "External"),)


def test_lists_of_different_length_are_compared_as_a_whole() -> None:
    found = diff.compare(obj(args=["a"]), obj(args=["a", "b"]))
    assert found == (FieldChange("spec.args", ["a"], ["a", "b"]),)


def test_names_that_repeat_tell_nothing_apart() -> None:
    ports = [{"name": "p", "port": 1}, {"name": "p", "port": 2}]
    changed = [{"name": "p", "port": 1}, {"name": "p", "port": 3}]
    found = diff.compare(obj(ports=ports), obj(ports=changed))
    assert found == (FieldChange("spec.ports[1].port", 2, 3),)


def test_wanted_fields_are_compared_and_what_only_the_server_has_is_not() -> None:
    live = obj(a=1, defaulted=True, containers=[{"name": "web", "image": "a", "tty": False}])
    assert diff.compare_wanted(live, obj(a=1, containers=[{"name": "web", "image": "a"}])) == ()
    assert diff.compare_wanted(live, obj(a=2, new=3)) == (
        FieldChange("spec.a", 1, 2),
        FieldChange("spec.new", None, 3),
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "metrics", 0, "type"), "spec.metrics[0].type"),
        (
            ("metadata", "labels", "app.kubernetes.io/name"),
            'metadata.labels["app.kubernetes.io/name"]',
        ),
        (("data", 'a"]b'), 'data["a\\"]b"]'),
    ],
)
def test_paths_read_as_people_write_them(path: diff.Path, text: str) -> None:
    assert diff.format_path(path) == text
    assert diff.parse_path(text) == path


@given(st.lists(st.one_of(st.text(min_size=1), st.integers(0, 99)), min_size=1))
def test_every_path_can_be_read_back(parts: list[str | int]) -> None:
    path = ("spec", *parts)
    assert diff.parse_path(diff.format_path(path)) == path


def test_a_value_is_found_by_its_path() -> None:
    live = obj(containers=[{"name": "web", "args": ["x", "y"]}])
    assert diff.value_at(live, "spec.containers.web.args[1]") == "y"
    for nowhere in ("spec.containers.none.args", "spec.containers.web.args[7]", "spec.a.b"):
        assert diff.value_at(live, nowhere) is None
    assert diff.value_at(live, "spec.containers.web.args[0].deeper") is None


def test_reversing_restores_old_values_and_drops_what_was_added() -> None:
    applied = obj(
        numbers=[7, 9], a=2, added={"x": 1}, containers=[{"name": "web", "args": ["x", "y"]}]
    )
    changes = (
        FieldChange("spec.a", 1, 2),
        FieldChange("spec.added", None, {"x": 1}),
        FieldChange("spec.containers.web.args", ["x"], ["x", "y"]),
        FieldChange("spec.gone.deep", "back", None),
        FieldChange("spec.numbers[1]", 8, 9),
        FieldChange("spec.containers.side", {"name": "side", "image": "s"}, None),
        FieldChange("spec.containers.third.image", "t", None),
    )
    assert diff.reverse(applied, changes) == obj(
        a=1,
        containers=[
            {"name": "web", "args": ["x"]},
            {"name": "side", "image": "s"},
            {"name": "third", "image": "t"},
        ],
        gone={"deep": "back"},
        numbers=[7, 8],
    )


def test_reversing_leaves_alone_what_the_manifest_never_said() -> None:
    changes = (FieldChange("spec.other.field", None, 1), FieldChange("spec.list[4]", None, 1))
    assert diff.reverse(obj(a=1, list=[]), changes) == obj(a=1, list=[])


JSON = st.recursive(
    st.one_of(st.booleans(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.dictionaries(st.text("abc./", min_size=1, max_size=3), inner, max_size=3),
        st.lists(st.integers(0, 3), max_size=3),
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=2), JSON, max_size=4),
    st.dictionaries(st.text("abc", min_size=1, max_size=2), JSON, max_size=4),
)
def test_reversing_a_difference_of_whole_objects_gives_the_old_one_back(
    before: Json, after: Json
) -> None:
    old, new = obj(**before), obj(**after)
    assert diff.reverse(new, diff.compare(old, new)) == diff.meaning(old)
