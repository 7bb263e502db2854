"""Recordings on disk: torn, foreign, damaged, missing, and in the way."""

from __future__ import annotations

import os
import resource
import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jetscale_tui.domain.kinds import HPA, POD
from jetscale_tui.domain.live import Changed, ChangeType, Link, LinkChanged, LinkState, Listed
from jetscale_tui.domain.recording import Header
from jetscale_tui.errors import ConfigError
from jetscale_tui.recording.files import LONGEST_LINE, Recorder, open_recording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.domain.recording import Entry

START = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = Header(START, "default")
LIVE = LinkChanged(Link(HPA.plural, LinkState.LIVE, START))


def added(name: str, size: int = 0) -> Changed:
    item = {"metadata": {"name": name, "namespace": "default"}, "status": {"note": "x" * size}}
    return Changed(HPA, ChangeType.ADDED, item)


def written(path: Path, *events: WatchEvent) -> Path:
    recorder = Recorder(path, HEADER)
    for number, event in enumerate(events):
        recorder.take(event, START + timedelta(seconds=number))
    recorder.close()
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.jsonl"


def test_what_was_written_is_read(path: Path) -> None:
    events = (LIVE, Listed(HPA, ()), added("web"), Listed(POD, ()))
    recording = open_recording(written(path, *events))
    assert (recording.header, recording.length, recording.torn) == (HEADER, 3.0, False)
    assert [(entry.at, entry.event) for entry in recording.entries()] == [
        *enumerate(
            (LIVE, Listed(HPA, ()), Changed(HPA, ChangeType.ADDED, added("web").object)
             , Listed(POD, ()))
        )
    ]  # fmt: skip


def test_a_recording_without_entries_has_no_length(path: Path) -> None:
    recording = open_recording(written(path))
    assert (recording.length, list(recording.entries())) == (0.0, [])


def test_long_lines_at_the_end_are_found(path: Path) -> None:
    assert open_recording(written(path, LIVE, added("big", 300_000))).length == 1.0


def test_a_torn_recording_is_played_up_to_the_tear(path: Path) -> None:
    written(path, LIVE, added("web"), added("other"))
    whole = path.read_bytes()
    for cut in range(len(whole) - 1, len(whole) - 40, -7):
        path.write_bytes(whole[:cut])
        recording = open_recording(path)
        assert recording.torn
        assert recording.length == 1.0
        assert len(list(recording.entries())) == 2


def test_a_recording_torn_in_its_first_line_is_none(path: Path) -> None:
    path.write_bytes(written(path).read_bytes()[:20])
    with pytest.raises(ConfigError, match="not a recording"):
        open_recording(path)


def test_a_damaged_line_is_named_when_it_is_reached(path: Path) -> None:
    lines = written(path, LIVE, added("web"), added("other")).read_text().splitlines()
    path.write_text("\n".join([*lines[:2], "{]", lines[3], ""]))
    seen: list[Entry] = []
    with pytest.raises(ConfigError, match=r"Line 3 of .* is damaged") as raised:
        seen.extend(open_recording(path).entries())
    assert raised.value.why == "It is not JSON."


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"kind: Setup\n", b"\xff\xfe\n"])
def test_other_files_are_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="not a recording that can be played") as raised:
        open_recording(path)
    assert raised.value.why
    assert "--record" in raised.value.fix


def test_a_last_line_that_is_no_entry_is_noticed_at_once(path: Path) -> None:
    path.write_text(written(path).read_text() + "some log\n")
    with pytest.raises(ConfigError, match="not a recording"):
        open_recording(path)


def test_endless_lines_are_not_read_to_their_end(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LONGEST_LINE * 4)
    with pytest.raises(ConfigError) as raised:
        open_recording(path)
    assert raised.value.why == "It has a line that is longer than any entry."


def test_an_endless_line_in_the_middle_is_damage(path: Path) -> None:
    written(path, LIVE, added("web"))
    last = path.read_bytes().splitlines()[-1]
    with path.open("r+b") as file:
        file.seek(LONGEST_LINE * 2)
        file.write(b"\n" + last + b"\n")
    recording = open_recording(path)
    with pytest.raises(ConfigError, match="Line 4"):
        list(recording.entries())


def test_an_endless_line_at_the_end_is_refused(path: Path) -> None:
    written(path, LIVE)
    with path.open("r+b") as file:
        file.truncate(LONGEST_LINE * 4)
    with pytest.raises(ConfigError) as raised:
        open_recording(path)
    assert raised.value.why == "Its last lines are longer than any entry."


def test_what_is_not_there_or_no_file_is_said(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read") as raised:
        open_recording(path)
    assert raised.value.why == "No such file or directory"
    with pytest.raises(ConfigError, match="cannot be read"):
        open_recording(tmp_path)


def test_a_recording_that_vanishes_is_said_to(path: Path) -> None:
    recording = open_recording(written(path, LIVE))
    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        list(recording.entries())


def test_no_file_is_ever_replaced(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(ConfigError, match="is there already"):
        Recorder(path, HEADER)
    assert path.read_text() == "mine"


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        Recorder(tmp_path / "no" / "folder.jsonl", HEADER)


def test_only_the_person_may_read_it(path: Path) -> None:
    assert written(path).stat().st_mode & 0o777 == 0o600


@pytest.fixture
def small_disk() -> Iterator[None]:
    """Files may not grow beyond a few kilobytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk_ends_the_recording_and_nothing_else(path: Path) -> None:
    recorder = Recorder(path, HEADER)
    recorder.take(LIVE, START)
    recorder.take(added("web", 10_000), START)
    recorder.take(LIVE, START)
    recorder.close()
    assert recorder.problem is not None
    recording = open_recording(path)
    assert recording.torn
    assert len(list(recording.entries())) == 1


def test_closing_twice_is_as_good_as_once(path: Path) -> None:
    recorder = Recorder(path, HEADER)
    recorder.close()
    recorder.close()
    recorder.take(LIVE, START)
    assert list(open_recording(path).entries()) == []
    assert os.path.getsize(path) > 0
