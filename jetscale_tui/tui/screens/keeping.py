"""Taking along what is seen: a recording, files of this HPA, what it would do. Mixed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.message import Message
from textual.reactive import reactive

from jetscale_tui.engine.playing import Recordable
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.screens.acting import Acting

if TYPE_CHECKING:
    from pathlib import Path

    from jetscale_tui.engine.playing import Tape
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.exports import Export
    from jetscale_tui.wizard.from_here import Foreseen


class TapeRuns(Message):
    """A recording has begun."""

    def __init__(self, tape: Tape) -> None:
        super().__init__()
        self.tape = tape


class ForeseenHere(Message):
    """The forecast is there."""

    def __init__(self, foreseen: Foreseen) -> None:
        super().__init__()
        self.foreseen = foreseen


class ExportsReady(Message):
    """The texts to choose from are there."""

    def __init__(self, exports: tuple[Export, ...]) -> None:
        super().__init__()
        self.exports = exports


class NotKept(Message):
    """It could not be done."""

    def __init__(self, title: str, error: JetScaleError) -> None:
        super().__init__()
        self.title = title
        self.error = error


class Keeping(Acting):
    """What a screen needs to record, export and forecast the HPA it shows."""

    recording: reactive[str] = reactive("", repaint=False)
    """What is said of a recording that goes on; empty while none does."""
    _tape: Tape | None = None
    _namespace: str | None

    @property
    def recordable(self) -> bool:
        """Whether what is watched can be recorded, and is not from the start to the end."""
        whole = bool(self.recording) and self._tape is None
        return isinstance(self.backend, Recordable) and not whole

    def action_record(self) -> None:
        """Ask for a file and record, or stop."""
        if self._tape is not None:
            self.stop_recording()
            return
        from jetscale_tui.tui.dialogs.record import RecordDialog

        now = self.backend.clock.now()

        def answered(path: Path | None) -> None:
            if path is not None:
                self._record(path)

        self.app.push_screen(RecordDialog(f"jetscale-{now:%Y%m%d-%H%M%S}.jsonl"), answered)

    def _record(self, path: Path) -> None:
        backend, context, namespace = self.backend, self.setup.kubernetes.context, self._namespace
        if isinstance(backend, Recordable):
            self.look_up(
                "dashboard.record",
                "opening the recording",
                lambda: backend.record(path, context, namespace),
                TapeRuns,
                lambda error: NotKept("Not recorded", error),
            )

    @on(TapeRuns)
    def _tape_runs(self, event: TapeRuns) -> None:
        self._tape = event.tape
        self.refresh_bindings()
        self.recording = worded(self, "recording, {dashboard.record} stops")

    def stop_recording(self) -> None:
        """End the recording, if there is one."""
        tape, self._tape = self._tape, None
        self.recording = ""
        if tape is None:
            return
        tape.stop()
        if tape.problem:
            said = f"The recording in {tape.path} is not complete: {tape.problem}."
            self.app.notify(said, severity="warning", markup=False)
        else:
            self.app.notify(f"Recorded to {tape.path}: jetscale replay plays it.", markup=False)

    def action_forecast(self) -> None:
        """What this HPA would do under the guide's burst, and what would do better."""
        hpa = self.glance.hpa
        if hpa is None:
            return
        backend, setup, key = self.backend, self.setup, hpa.key

        def foresee() -> Foreseen:
            from jetscale_tui.wizard.from_here import foresee_here

            return foresee_here(backend, setup, *key)

        self.look_up(
            "dashboard.forecast",
            "foreseeing what a load would do",
            foresee,
            ForeseenHere,
            lambda error: NotKept("No forecast", error),
        )

    @on(ForeseenHere)
    def _foreseen(self, event: ForeseenHere) -> None:
        from jetscale_tui.tui.dialogs.advice import AdviceDialog

        foreseen, hpa = event.foreseen, self.glance.hpa

        def answered(index: int | None) -> None:
            if index is None or hpa is None:
                return
            numbers = foreseen.numbers(index)
            if numbers is None:
                said = "That changes more than this autoscaler: {dashboard.setup} opens the wizard."
                self.notify(worded(self, said), severity="warning", markup=False)
            else:
                self.change_numbers(hpa, numbers)

        self.app.push_screen(AdviceDialog(foreseen.advised), answered)

    def action_export(self) -> None:
        """This HPA, and the setup nearest to it, as files."""
        hpa = self.glance.hpa
        if hpa is None:
            return
        backend, setup, key = self.backend, self.setup, hpa.key

        def found() -> tuple[Export, ...]:
            from jetscale_tui.wizard.from_here import exports_here

            return exports_here(backend, setup, *key)

        self.look_up(
            "dashboard.export",
            "reading what to export",
            found,
            ExportsReady,
            lambda error: NotKept("No export", error),
        )

    @on(ExportsReady)
    def _export(self, event: ExportsReady) -> None:
        from jetscale_tui.tui.dialogs.export import ExportDialog

        def written(paths: tuple[Path, ...] | None) -> None:
            if paths:
                said = "\n".join(shown(str(path)) for path in paths)
                self.notify(said, title="Written", markup=False)

        self.app.push_screen(ExportDialog(event.exports), written)

    @on(NotKept)
    def _not_kept(self, event: NotKept) -> None:
        from jetscale_tui.tui.dialogs.refusal import RefusalDialog

        self.app.push_screen(RefusalDialog(event.title, event.error))
