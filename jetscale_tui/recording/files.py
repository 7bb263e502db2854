"""Recordings on disk: written line by line as things happen, read without loading them whole."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from jetscale_tui.domain import recording
from jetscale_tui.domain.recording import Header, NotARecording
from jetscale_tui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.domain.recording import Entry

LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; a page of a list is far below that, so a longer line is no entry."""
_TAIL = 64 * 1024
"""Bytes read first to find the last line; twice as many each time after that."""


class Recorder:
    """Writes a recording; `take` may be called from any thread and raises nothing.

    A process that is killed loses what it heard in the last instant: at most one torn line.
    """

    def __init__(self, path: Path, header: Header) -> None:
        """Begin a new file.

        Raises:
            ConfigError: there is one already, or it cannot be made.
        """
        self.path = path
        self.problem: OSError | None = None
        """Why the recording ended before its time."""
        self._header = header
        self._lock = threading.Lock()
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            self._file: IO[str] | None = os.fdopen(descriptor, "w", encoding="utf-8")
            self._write(recording.header_line(header))
        except FileExistsError:
            raise ConfigError(
                f"{path} is there already.",
                why="A recording never replaces a file.",
                fix="Choose another name, or remove the file.",
            ) from None
        except OSError as error:
            raise ConfigError(f"{path} cannot be written.", why=error.strerror or "") from error

    def take(self, event: WatchEvent, now: datetime) -> None:
        """Keep one event, as of the cluster's time."""
        with self._lock:
            if self._file is None:
                return
            try:
                self._write(recording.entry_line(self._header, event, now))
            except OSError as error:
                self.problem = error
                self._shut()

    def close(self) -> None:
        """End the recording; does nothing the second time."""
        with self._lock:
            self._shut()

    def _write(self, line: str) -> None:
        assert self._file is not None
        self._file.write(line)
        self._file.flush()

    def _shut(self) -> None:
        if self._file is not None:
            # Every line was flushed; what is left over belongs to one that failed.
            with suppress(OSError):
                self._file.close()
            self._file = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that can be played."""

    path: Path
    header: Header
    length: float
    """Seconds from the start to the last whole entry."""
    torn: bool
    """The last entry is cut off: the recording process was killed."""

    def entries(self) -> Iterator[Entry]:
        """All whole entries, read as they are asked for.

        Raises:
            ConfigError: something in the middle is not an entry, or the file is gone.
        """
        try:
            with self.path.open("rb") as file:
                _line_of(file)
                number = 2
                while line := _line_of(file):
                    if not line.endswith(b"\n"):
                        return
                    yield recording.read_entry(line.decode())
                    number += 1
        except OSError as error:
            raise _unreadable(self.path, error) from error
        except (NotARecording, UnicodeDecodeError) as error:
            raise ConfigError(
                f"Line {number} of {self.path} is damaged.",
                why=_sentence(error),
                fix="What is before that line can be played.",
            ) from error


def open_recording(path: Path) -> Recording:
    """A recording by its file; only its first and last lines are read.

    Raises:
        ConfigError: it cannot be read, or is not a recording.
    """
    try:
        with path.open("rb") as file:
            header = recording.read_header(_line_of(file).decode())
            last, torn = _last_line(file)
            length = recording.read_entry(last.decode()).at if last else 0.0
    except OSError as error:
        raise _unreadable(path, error) from error
    except (NotARecording, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path} is not a recording that can be played.",
            why=_sentence(error),
            fix="`jetscale watch --record FILE` makes one.",
        ) from error
    return Recording(path, header, max(length, 0.0), torn)


def _line_of(file: IO[bytes]) -> bytes:
    line = file.readline(LONGEST_LINE)
    if len(line) == LONGEST_LINE:
        raise NotARecording("it has a line that is longer than any entry")
    return line


def _last_line(file: IO[bytes]) -> tuple[bytes, bool]:
    """The last whole line after the first one, and whether a torn one follows it."""
    begin, end = file.tell(), file.seek(0, os.SEEK_END)
    size = _TAIL
    while True:
        start = max(begin, end - size)
        file.seek(start)
        tail = file.read(end - start)
        if start == begin or tail.count(b"\n") > 1:
            break
        if size > LONGEST_LINE:
            raise NotARecording("its last lines are longer than any entry")
        size *= 2
    whole, _, rest = tail.rpartition(b"\n")
    return whole.rpartition(b"\n")[2], bool(rest)


def _unreadable(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"{path} cannot be read.", why=error.strerror or type(error).__name__)


def _sentence(error: Exception) -> str:
    text = str(error) if isinstance(error, NotARecording) else "it is not UTF-8 text"
    return f"{text[:1].upper()}{text[1:]}."
