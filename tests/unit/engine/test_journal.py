from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.engine import journal
from jetscale_tui.engine.journal import Action, Journal, RunState, Write, open_journal, read, runs
from jetscale_tui.engine.plan import FieldChange, Plan, StepId
from jetscale_tui.errors import Conflict, JetScaleError
from tests.unit.engine.scene import SETUP

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import FullDisk

PLAN = Plan(SETUP, "context", "https://10.0.0.1", "my-project", "ana@example.com", ())
REF = Ref.to(HPA, "h", "default")
WRITE = Write(0, StepId.HPA, Action.CREATE, REF, {"spec": {"a": 1}})
GRANT = Write(
    0,
    StepId.ADAPTER_IDENTITY,
    Action.GRANT,
    project="my-project",
    bindings=(Binding("roles/a", "user:x"), Binding("roles/b", "user:x")),
)


@pytest.fixture
def opened(tmp_path: Path) -> Journal:
    return open_journal(PLAN, tmp_path)


def test_a_run_is_read_back_as_it_was_written(opened: Journal) -> None:
    update = replace(WRITE, action=Action.UPDATE, fields=(FieldChange("spec.a", 1, [2]),))
    first, second = opened.intent(WRITE), opened.intent(update)
    opened.done(first, uid="uid-1")
    opened.note(StepId.HPA, "done", "seen")
    opened.end(RunState.DONE)
    run = read(opened.path)
    assert run is not None
    assert (run.state, run.name, run.server) == (RunState.DONE, "jetstream", "https://10.0.0.1")
    assert run.writes == (
        replace(WRITE, number=1, uid="uid-1", done=True),
        replace(update, number=2),
    )
    assert run.in_doubt == (replace(second),)
    assert run.ended is not None
    assert run.ended >= run.began


def test_only_bindings_really_added_are_remembered(opened: Journal) -> None:
    opened.done(opened.intent(GRANT), bindings=GRANT.bindings[:1])
    run = read(opened.path)
    assert run is not None
    assert run.writes[0].bindings == GRANT.bindings[:1]


def test_a_write_that_did_not_happen_is_forgotten(opened: Journal) -> None:
    opened.dropped(opened.intent(WRITE))
    run = read(opened.path)
    assert run is not None
    assert run.writes == ()


def test_every_record_is_on_the_disk_before_the_next_thing_happens(opened: Journal) -> None:
    opened.intent(WRITE)
    other = os.open(opened.path, os.O_RDONLY)
    try:
        assert os.read(other, 1 << 20).count(b"\n") == 2
    finally:
        os.close(other)


def test_a_disk_that_takes_only_a_part_is_said(opened: Journal, full_disk: FullDisk) -> None:
    size = opened.path.stat().st_size
    with full_disk(size + 20), pytest.raises(JetScaleError, match="cannot be written") as refused:
        opened.intent(WRITE)
    assert str(opened.path) in refused.value.what
    assert refused.value.why
    assert refused.value.fix
    run = read(opened.path)
    assert run is not None
    assert run.writes == ()


def test_without_a_place_for_it_there_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(JetScaleError, match="cannot be written"):
        Journal(tmp_path / "file" / "run.jsonl")


def test_a_line_torn_by_a_crash_costs_only_itself(opened: Journal, tmp_path: Path) -> None:
    opened.intent(WRITE)
    opened.close()
    torn = opened.path.read_bytes() + b'{"record": "done", "num'
    opened.path.write_bytes(torn)
    resumed = open_journal(PLAN, tmp_path)
    assert resumed.path == opened.path
    (doubt,) = resumed.in_doubt()
    resumed.done(doubt, uid="uid-1")
    resumed.end(RunState.DONE)
    run = read(opened.path)
    assert run is not None
    assert run.writes[0].uid == "uid-1"


def test_every_prefix_of_a_journal_can_be_read(opened: Journal) -> None:
    opened.done(opened.intent(WRITE), uid="uid-1")
    opened.end(RunState.DONE)
    whole = opened.path.read_bytes()
    for length in range(0, len(whole), 23):
        opened.path.write_bytes(whole[:length])
        run = read(opened.path)
        assert run is None or run.server == "https://10.0.0.1"


def test_files_that_are_no_journal_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "odd.jsonl").write_text('[1]\n{"record": "end"}\n"x"\n')
    (tmp_path / "empty.jsonl").write_text("")
    assert runs(tmp_path) == ()


def test_a_done_line_without_its_intent_is_passed_over(opened: Journal) -> None:
    opened.done(replace(WRITE, number=7), uid="x")
    run = read(opened.path)
    assert run is not None
    assert run.writes == ()


class TestResuming:
    def test_a_run_that_ended_well_is_not_resumed(self, opened: Journal, tmp_path: Path) -> None:
        opened.end(RunState.DONE)
        opened.close()
        assert open_journal(PLAN, tmp_path).path != opened.path

    @pytest.mark.parametrize("state", [RunState.FAILED, RunState.STOPPED, None])
    def test_any_other_run_is(
        self, opened: Journal, tmp_path: Path, state: RunState | None
    ) -> None:
        if state is not None:
            opened.end(state)
        opened.close()
        resumed = open_journal(PLAN, tmp_path)
        assert resumed.path == opened.path
        run = read(resumed.path)
        assert run is not None
        assert len(runs(tmp_path)) == 1

    def test_numbers_of_writes_go_on(self, opened: Journal, tmp_path: Path) -> None:
        opened.done(opened.intent(WRITE))
        opened.close()
        assert open_journal(PLAN, tmp_path).intent(WRITE).number == 2

    @pytest.mark.parametrize(
        "plan",
        [
            replace(PLAN, server="https://10.9.9.9"),
            replace(
                PLAN,
                setup=SETUP.model_copy(
                    update={"metadata": SETUP.metadata.model_copy(update={"name": "other"})}
                ),
            ),
            replace(PLAN, undo_of="some-run"),
        ],
    )
    def test_another_setup_another_cluster_and_an_undo_begin_their_own(
        self, opened: Journal, tmp_path: Path, plan: Plan
    ) -> None:
        opened.close()
        assert open_journal(plan, tmp_path).path != opened.path

    def test_a_run_that_was_undone_is_not_resumed(self, opened: Journal, tmp_path: Path) -> None:
        opened.end(RunState.FAILED)
        opened.close()
        undoing = open_journal(replace(PLAN, undo_of=opened.run_id), tmp_path)
        undoing.end(RunState.DONE)
        undoing.close()
        assert [run.undone for run in runs(tmp_path)] == [True, False]
        assert open_journal(PLAN, tmp_path).path not in (opened.path, undoing.path)

    def test_a_run_going_on_elsewhere_is_not_touched(self, opened: Journal, tmp_path: Path) -> None:
        with pytest.raises(Conflict, match="another process"):
            open_journal(PLAN, tmp_path)


def test_journals_are_private_files_in_the_state_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JETSCALE_HOME", str(tmp_path))
    opened = open_journal(PLAN)
    assert opened.path.parent == journal.folder() == tmp_path / "state" / "runs"
    assert opened.path.stat().st_mode & 0o777 == 0o600
    assert [run.id for run in runs()] == [opened.run_id]
