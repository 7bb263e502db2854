"""The record of one run: what was about to be written, and what was written.

One file a run, one JSON object a line, on disk before anything else happens (fsync). Every write
has an intent line before it and a done line after it, so a process killed at any instant leaves at
most one write in doubt, and the cluster answers that one (`settle`). Manifests, labels and role
bindings go in; credentials never do.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from jetscale_tui import __version__, paths
from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import Ref
from jetscale_tui.engine.plan import (
    FieldChange,
    StepId,
)
from jetscale_tui.errors import Conflict, JetScaleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.plan import Plan


class RunState(StrEnum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    """It never said how: killed, or still running."""


class Action(StrEnum):
    """What a write does."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    GRANT = "grant"
    REVOKE = "revoke"
    ENABLE = "enable"
    CREATE_ACCOUNT = "create-account"
    DELETE_ACCOUNT = "delete-account"
    INSTALL = "install"
    ROLL_BACK = "roll-back"
    UNINSTALL = "uninstall"


@dataclass(frozen=True, slots=True)
class Write:
    """One write of a run, as journalled."""

    number: int
    step: StepId
    action: Action
    ref: Ref | None = None
    manifest: Json = field(default_factory=dict)
    """What was applied; for a deletion, what was there."""
    fields: tuple[FieldChange, ...] = ()
    """What an update changed."""
    uid: str = ""
    """Of the object or account written, or the release's new revision; empty until the write is
    known to have happened, but for an account that is to be brought back."""
    project: str = ""
    account: str = ""
    """E-mail of the Google service account that is made, deleted, or whose policy is written."""
    release: tuple[str, str] | None = None
    """Namespace and name of a Helm release."""
    revision: int = 0
    """Of that release before the write; 0 when there was none."""
    bindings: tuple[Binding, ...] = ()
    """Intended; once done, those that were really added or removed, or came with an account."""
    services: tuple[str, ...] = ()
    done: bool = False
    """False: not known to have happened."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run as read back from its journal."""

    id: str
    path: Path
    began: datetime
    setup: Json
    """The setup document as plain data."""
    context: str
    server: str
    project: str | None
    undo_of: str | None = None
    ended: datetime | None = None
    state: RunState = RunState.INTERRUPTED
    error: str = ""
    writes: tuple[Write, ...] = ()
    undone: bool = False
    """A later run took it back."""
    act: str = ""
    """What it did beside the setup; empty for a whole setup."""

    @property
    def name(self) -> str:
        """Name of the setup."""
        return str(self.setup.get("metadata", {}).get("name", ""))

    @property
    def in_doubt(self) -> tuple[Write, ...]:
        """Writes that were begun and not confirmed."""
        return tuple(write for write in self.writes if not write.done)


class Journal:
    """Appends to one run's file. Holds a lock on it, so that a run has one writer."""

    def __init__(self, path: Path) -> None:
        """Open for appending; a line torn by a crash is closed off first.

        Raises:
            Conflict: another process is running this run.
            JetScaleError: the file cannot be written.
        """
        self.path = path
        self.run_id = path.stem
        with _kept_in(path):
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise Conflict(
                f"Run {self.run_id} is going on in another process.",
                fix="Wait until it has ended, or stop it there.",
            ) from error
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            self._write(b"\n")
        known = read(path)
        self._doubtful = known.in_doubt if known else ()
        self._writes = max((write.number for write in known.writes), default=0) if known else 0

    def in_doubt(self) -> tuple[Write, ...]:
        """Writes an earlier process began here and did not confirm."""
        return self._doubtful

    def begin(self, plan: Plan) -> None:
        """What the run is about; on resuming, that it goes on."""
        self._append(
            {
                "record": "begin",
                "jetscale": __version__,
                "setup": plan.setup.model_dump(mode="json", by_alias=True),
                "context": plan.context,
                "server": plan.server,
                "project": plan.project,
                "identity": plan.identity,
                "undoOf": plan.undo_of,
                "act": plan.act,
            }
        )

    def intent(self, write: Write) -> Write:
        """Before a write; the write with its number."""
        self._writes += 1
        numbered = replace(write, number=self._writes)
        self._append({"record": "intent", **_packed(numbered)})
        return numbered

    def done(
        self, write: Write, *, uid: str = "", bindings: tuple[Binding, ...] | None = None
    ) -> None:
        """After a write: the object's uid, or the bindings really added or removed."""
        kept = write.bindings if bindings is None else bindings
        self._append(
            {
                "record": "done",
                "number": write.number,
                "uid": uid,
                "bindings": [asdict(binding) for binding in kept],
            }
        )

    def dropped(self, write: Write) -> None:
        """The write is known not to have happened."""
        self._append({"record": "dropped", "number": write.number})

    def note(self, step: StepId, state: str, detail: str) -> None:
        """Where a step got to."""
        self._append({"record": "step", "step": step.value, "state": state, "detail": detail})

    def end(self, state: RunState, error: str = "") -> None:
        """How the run ended."""
        self._append({"record": "end", "state": state.value, "error": error})

    def close(self) -> None:
        """Release the file; the record stays."""
        os.close(self._file)

    def _append(self, record: dict[str, object]) -> None:
        line = {**record, "time": datetime.now(UTC).isoformat(timespec="milliseconds")}
        self._write(json.dumps(line).encode() + b"\n")

    def _write(self, content: bytes) -> None:
        """Raises JetScaleError unless all of it is on disk."""
        with _kept_in(self.path):
            while content:
                # A disk that is nearly full takes a part and says so in the number only.
                content = content[os.write(self._file, content) :]
            os.fsync(self._file)


@contextmanager
def _kept_in(path: Path) -> Iterator[None]:
    """What the disk refuses ends as an error that names the file."""
    try:
        yield
    except OSError as error:
        raise JetScaleError(
            f"The journal {path} cannot be written, and nothing is written without it.",
            why=error.strerror or str(error),
            fix="Free some space, or make it writable; JETSCALE_HOME names another place.",
        ) from error


def folder() -> Path:
    """Where journals are kept.

    Raises:
        ConfigError: there is no place for them.
    """
    return paths.made(paths.state_dir() / "runs")


def open_journal(plan: Plan, directory: Path | None = None) -> Journal:
    """The journal for running a plan: of the interrupted run it finishes, else a new one.

    Raises:
        Conflict: that run is going on in another process.
        ConfigError, JetScaleError: there is no place for it on disk.
    """
    where = directory or folder()
    unfinished = None if plan.undo_of or plan.act else resumable(runs(where), plan)
    journal = Journal(unfinished.path if unfinished else where / f"{_new_id()}.jsonl")
    journal.begin(plan)
    return journal


def resumable(known: Sequence[Run], plan: Plan) -> Run | None:
    """The last run of this setup on this server, if it did not end well and was not undone."""
    same = [
        run
        for run in known
        if run.server == plan.server
        and run.name == plan.setup.metadata.name
        and run.undo_of is None
        and not run.undone
        and not run.act
    ]
    last = max(same, key=lambda run: run.id, default=None)
    return None if last is None or last.state is RunState.DONE else last


def runs(directory: Path | None = None) -> tuple[Run, ...]:
    """All runs, oldest first; files that are no journal are passed over."""
    where = directory or folder()
    read_back = [run for path in sorted(where.glob("*.jsonl")) if (run := read(path)) is not None]
    taken_back = {run.undo_of for run in read_back if run.state is RunState.DONE}
    return tuple(replace(run, undone=run.id in taken_back) for run in read_back)


def read(path: Path) -> Run | None:
    """A run from its journal; torn or foreign lines are passed over. None without a beginning."""
    run: Run | None = None
    writes: dict[int, Write] = {}
    for record in _records(path):
        match record["record"]:
            case "begin":
                run = _begun(path, record, run)
            case "intent":
                write = _unpacked(record)
                writes[write.number] = write
            case "done" if record["number"] in writes:
                writes[record["number"]] = _confirmed(writes[record["number"]], record)
            case "dropped":
                writes.pop(record["number"], None)
            case "end" if run is not None:
                run = replace(
                    run,
                    state=RunState(record["state"]),
                    error=record["error"],
                    ended=datetime.fromisoformat(record["time"]),
                )
    return None if run is None else replace(run, writes=tuple(writes.values()))


def _records(path: Path) -> list[dict[str, Any]]:
    found = []
    for line in path.read_bytes().splitlines():
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict) and "record" in record:
            found.append(record)
    return found


def _begun(path: Path, record: dict[str, Any], earlier: Run | None) -> Run:
    began = earlier.began if earlier else datetime.fromisoformat(record["time"])
    return Run(
        id=path.stem,
        path=path,
        began=began,
        setup=record["setup"],
        context=record["context"],
        server=record["server"],
        project=record["project"],
        undo_of=record["undoOf"],
        act=record.get("act", ""),
    )


def _confirmed(write: Write, record: dict[str, Any]) -> Write:
    bindings = tuple(Binding(**binding) for binding in record["bindings"])
    return replace(write, done=True, uid=record["uid"], bindings=bindings)


def _packed(write: Write) -> dict[str, object]:
    return {**asdict(write), "step": write.step.value, "action": write.action.value}


def _unpacked(record: dict[str, Any]) -> Write:
    return Write(
        number=record["number"],
        step=StepId(record["step"]),
        action=Action(record["action"]),
        ref=Ref(**record["ref"]) if record["ref"] else None,
        manifest=record["manifest"],
        fields=tuple(FieldChange(**change) for change in record["fields"]),
        project=record["project"],
        bindings=tuple(Binding(**binding) for binding in record["bindings"]),
        services=tuple(record["services"]),
        uid=record.get("uid", ""),
        account=record.get("account", ""),
        release=(release[0], release[1]) if (release := record.get("release")) else None,
        revision=record.get("revision", 0),
    )


def _new_id() -> str:
    """Ids sort by time; two runs of one person do not begin in the same microsecond."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
