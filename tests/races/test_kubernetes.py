"""A short run of the race on a Kubernetes object."""

from __future__ import annotations

from tests.races.kubernetes import run
from tests.races.tally import Tally


def test_nothing_of_anybodys_is_lost_while_apply_and_undo_run() -> None:
    assert run(rounds=6, seed=3) == Tally(rounds=6)
