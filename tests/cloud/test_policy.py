"""Editing a policy message: only what is asked for moves."""

from __future__ import annotations

from google.iam.v1 import policy_pb2
from hypothesis import given
from hypothesis import strategies as st

from jetscale_tui.cloud.policy import add, as_read, remove
from jetscale_tui.domain.google import Binding

VIEWER = "roles/monitoring.viewer"
ANA = "user:ana@example.com"
BOB = "user:bob@example.com"
GHOST = "deleted:serviceAccount:bob@p.iam.gserviceaccount.com?uid=1234"


def binding(role: str, *members: str, condition: str = "") -> policy_pb2.Binding:
    message = policy_pb2.Binding(role=role, members=members)
    if condition:
        message.condition.title = "until"
        message.condition.expression = condition
    return message


def policy(*bindings: policy_pb2.Binding) -> policy_pb2.Policy:
    message = policy_pb2.Policy(version=1, bindings=bindings, etag=b"etag")
    message.audit_configs.add(service="allServices")
    return message


def test_a_new_role_is_appended() -> None:
    message = policy(binding("roles/owner", BOB))
    assert add(message, [Binding(VIEWER, ANA)]) == (Binding(VIEWER, ANA),)
    assert list(message.bindings) == [binding("roles/owner", BOB), binding(VIEWER, ANA)]


def test_a_new_member_joins_the_roles_unconditional_binding() -> None:
    message = policy(binding(VIEWER, BOB, condition="x"), binding(VIEWER, BOB))
    add(message, [Binding(VIEWER, ANA)])
    assert list(message.bindings) == [
        binding(VIEWER, BOB, condition="x"),
        binding(VIEWER, BOB, ANA),
    ]


def test_a_conditional_grant_does_not_count_as_the_grant() -> None:
    message = policy(binding(VIEWER, ANA, condition="x"))
    assert add(message, [Binding(VIEWER, ANA)]) == (Binding(VIEWER, ANA),)
    assert as_read(message).bindings == {Binding(VIEWER, ANA)}
    assert as_read(message).conditional == 1


def test_a_grant_is_found_in_a_second_binding_of_the_same_role() -> None:
    message = policy(binding(VIEWER, BOB), binding(VIEWER, ANA))
    assert add(message, [Binding(VIEWER, ANA)]) == ()


def test_the_same_grant_given_twice_is_added_once() -> None:
    message = policy()
    assert add(message, [Binding(VIEWER, ANA)] * 2) == (Binding(VIEWER, ANA),)
    assert list(message.bindings) == [binding(VIEWER, ANA)]


def test_a_deleted_member_of_the_same_name_is_left_alone() -> None:
    message = policy(binding(VIEWER, GHOST))
    live = Binding(VIEWER, "serviceAccount:bob@p.iam.gserviceaccount.com")
    assert add(message, [live]) == (live,)
    assert list(message.bindings) == [binding(VIEWER, GHOST, live.member)]
    remove(message, [live])
    assert list(message.bindings) == [binding(VIEWER, GHOST)]


def test_taking_the_last_member_takes_the_binding() -> None:
    message = policy(binding(VIEWER, ANA), binding("roles/owner", ANA))
    assert remove(message, [Binding(VIEWER, ANA)]) == (Binding(VIEWER, ANA),)
    assert list(message.bindings) == [binding("roles/owner", ANA)]


def test_taking_back_does_not_touch_a_conditional_grant() -> None:
    message = policy(binding(VIEWER, ANA, condition="x"))
    assert remove(message, [Binding(VIEWER, ANA)]) == ()
    assert list(message.bindings) == [binding(VIEWER, ANA, condition="x")]


def test_a_grant_that_is_there_twice_is_taken_from_both() -> None:
    message = policy(binding(VIEWER, ANA, BOB), binding(VIEWER, ANA))
    remove(message, [Binding(VIEWER, ANA)])
    assert list(message.bindings) == [binding(VIEWER, BOB)]


def test_only_an_edited_policy_is_marked_as_version_3() -> None:
    message = policy(binding(VIEWER, ANA))
    untouched = message.SerializeToString(deterministic=True)
    add(message, [Binding(VIEWER, ANA)])
    remove(message, [Binding(VIEWER, BOB)])
    assert message.SerializeToString(deterministic=True) == untouched
    add(message, [Binding(VIEWER, BOB)])
    assert message.version == 3


members = st.sampled_from([ANA, BOB, GHOST, "group:all@example.com"])
roles = st.sampled_from([VIEWER, "roles/owner", "roles/editor"])
foreign = st.builds(
    lambda role, people, condition: binding(role, *people, condition=condition),
    roles,
    st.lists(members, min_size=1, max_size=3, unique=True),
    st.sampled_from(["", "", "request.time < x"]),
)
OURS = Binding(VIEWER, "principal://pool/subject/ns/custom-metrics/sa/adapter")
SECOND = Binding("roles/monitoring.metricWriter", OURS.member)


@given(st.lists(foreign, max_size=6))
def test_adding_and_taking_back_leaves_every_byte(bindings: list[policy_pb2.Binding]) -> None:
    message = policy(*bindings)
    before = [item.SerializeToString(deterministic=True) for item in message.bindings]
    assert add(message, [OURS, SECOND]) == (OURS, SECOND)
    assert remove(message, [OURS, SECOND]) == (OURS, SECOND)
    assert [item.SerializeToString(deterministic=True) for item in message.bindings] == before
    assert message.etag == b"etag"
    assert len(message.audit_configs) == 1


@given(st.lists(foreign, max_size=6))
def test_conditional_bindings_keep_every_byte(bindings: list[policy_pb2.Binding]) -> None:
    def bytes_of(message: policy_pb2.Policy) -> list[bytes]:
        return [
            item.SerializeToString(deterministic=True)
            for item in message.bindings
            if item.HasField("condition")
        ]

    message = policy(*bindings)
    before = bytes_of(message)
    add(message, [OURS, Binding(VIEWER, ANA)])
    assert bytes_of(message) == before
    remove(message, [OURS, Binding(VIEWER, ANA), Binding("roles/owner", BOB)])
    assert bytes_of(message) == before
