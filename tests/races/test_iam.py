"""A short run of the races; the long one is `python -m tests.races --rounds 1000`."""

from __future__ import annotations

from google.iam.v1 import policy_pb2

from tests.races.iam import entries_of, run
from tests.races.tally import Tally


def test_nothing_of_anybodys_is_lost_while_apply_and_undo_run() -> None:
    assert run(rounds=25, seed=7) == Tally(rounds=25)


def test_the_judge_sees_a_condition_that_changed_by_one_byte() -> None:
    binding = policy_pb2.Binding(role="roles/owner", members=["user:ana@example.com"])
    binding.condition.expression = "request.time < 1"
    before = entries_of(binding)
    binding.condition.expression = "request.time < 2"
    assert entries_of(binding) != before
