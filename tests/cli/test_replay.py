"""`jetscale watch --record` and `jetscale replay`, as a shell sees them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cluster import connect
from jetscale_tui.domain.kinds import HPA, POD, Ref
from jetscale_tui.domain.live import Changed, ChangeType, Listed
from jetscale_tui.domain.recording import Header
from jetscale_tui.errors import ExitCode
from jetscale_tui.recording.files import Recorder, open_recording
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.sandbox.environment import Sandbox
    from tests.cli.conftest import Shell

START = datetime(2026, 1, 1, tzinfo=UTC)


def hpa(name: str, version: int, maximum: int = 2) -> Json:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "server"}
    return {
        "metadata": {
            "name": name,
            "namespace": "default",
            "resourceVersion": str(version),
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"scaleTargetRef": target, "maxReplicas": maximum, "minReplicas": 1},
        "status": {"currentReplicas": 1, "desiredReplicas": 1},
    }


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two HPAs; one is changed after a minute, the other deleted after two."""
    path = tmp_path / "small.jsonl"
    recorder = Recorder(path, Header(START, "default"))
    for seconds, event in (
        (0, Listed(HPA, (hpa("one", 1), hpa("two", 2)))),
        (1, Listed(POD, ())),
        (60, Changed(HPA, ChangeType.MODIFIED, hpa("one", 3, 5))),
        (120, Changed(HPA, ChangeType.DELETED, hpa("two", 4))),
        (180, Changed(HPA, ChangeType.MODIFIED, hpa("one", 5, 6))),
    ):
        recorder.take(event, START + timedelta(seconds=seconds))
    recorder.close()
    return path


def cells(text: str) -> list[list[str]]:
    """Name, maximum and age of each row."""
    return [[row.split()[index] for index in (0, 4, 6)] for row in text.splitlines()[1:]]


def test_rows_are_those_that_were_printed_with_the_ages_of_then(
    shell: Shell, recording: Path
) -> None:
    result = shell.run("replay", str(recording))
    assert result.code == ExitCode.DONE
    assert result.out.startswith("NAME ")
    assert cells(result.out) == [
        ["one", "2", "0s"],
        ["two", "2", "0s"],
        ["one", "5", "60s"],
        ["two", "2", "2m"],
        ["one", "6", "3m"],
    ]


def test_a_later_beginning_lists_first_what_was_there(shell: Shell, recording: Path) -> None:
    assert cells(shell.run("replay", str(recording), "--from", "90").out) == [
        ["one", "5", "90s"],
        ["two", "2", "90s"],
        ["two", "2", "2m"],
        ["one", "6", "3m"],
    ]
    late = shell.run("replay", str(recording), "--from", "1000").out
    assert cells(late) == [["one", "6", "16m"]]


def test_json_has_the_objects_and_the_recorded_times(shell: Shell, recording: Path) -> None:
    lines = shell.run("replay", str(recording), "--json").out.splitlines()
    changes = [json.loads(line) for line in lines]
    assert [change["time"] for change in changes][-1] == "2026-01-01T00:03:00.000Z"
    assert [change["type"] for change in changes] == [
        "ADDED", "ADDED", "MODIFIED", "DELETED", "MODIFIED",
    ]  # fmt: skip


def test_with_a_speed_rows_come_at_that_pace(shell: Shell, recording: Path) -> None:
    began = datetime.now(UTC)
    assert cells(shell.run("replay", str(recording), "--speed", "600").out)[-1][0] == "one"
    assert datetime.now(UTC) - began >= timedelta(seconds=0.3)


def test_a_recording_of_one_hpa_shows_that_one(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    recorder = Recorder(path, Header(START, "default", "one"))
    recorder.take(Listed(HPA, (hpa("one", 1), hpa("two", 2))), START)
    recorder.take(Changed(HPA, ChangeType.MODIFIED, hpa("two", 3)), START)
    recorder.close()
    assert [row[0] for row in cells(shell.run("replay", str(path)).out)] == ["one"]


def test_a_torn_recording_is_played_and_said_to_be_torn(shell: Shell, recording: Path) -> None:
    recording.write_bytes(recording.read_bytes()[:-30])
    result = shell.run("replay", str(recording))
    assert result.code == ExitCode.DONE
    assert "ends in the middle of an entry" in result.err
    assert len(cells(result.out)) == 4


@pytest.mark.parametrize("content", ["", "kind: Setup\n"])
def test_another_file_is_refused(shell: Shell, content: str) -> None:
    result = shell.run("replay", shell.file(content))
    assert result.code == ExitCode.USAGE
    assert "is not a recording that can be played" in result.err
    assert "jetscale watch --record FILE" in result.err


def test_a_speed_of_nothing_is_refused(shell: Shell, recording: Path) -> None:
    assert shell.run("replay", str(recording), "--speed", "0").code == ExitCode.USAGE


def test_a_watch_leaves_a_recording_that_replays_its_rows(quick: Sandbox, tmp_path: Path) -> None:
    cluster = connect.connect(quick.kubeconfig)
    web = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": hpa("web", 1)["spec"],
    }
    cluster.apply(web)
    path = tmp_path / "watched.jsonl"
    command = [sys.executable, "-m", "jetscale_tui"]
    options = ["--kubeconfig", str(quick.kubeconfig)]
    with subprocess.Popen(
        [*command, "watch", "--plain", "--record", str(path), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        printed = [process.stdout.readline() for _ in range(2)]
        # A change is a row whether the watch or a new list tells of it; a deletion is not.
        cluster.apply({**web, "spec": {**web["spec"], "maxReplicas": 7}})
        printed.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        rest, narration = process.communicate(timeout=PATIENCE)
    cluster.delete(Ref.of(web))
    assert f"Recorded to {path}." in narration
    assert open_recording(path).header.context
    again = subprocess.run(
        [*command, "replay", str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert again.stdout.splitlines(keepends=True) == printed + rest.splitlines(keepends=True)


def test_a_recording_replaces_nothing(quick: Sandbox, operator: Shell) -> None:
    result = operator.run("watch", "--plain", "--record", operator.file("mine"))
    assert result.code == ExitCode.USAGE
    assert "is there already" in result.err
