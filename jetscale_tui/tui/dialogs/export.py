"""Takes a plan along: which format, and the path to write it to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static

from jetscale_tui.errors import ConfigError
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.copying import copy
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.tui.widgets.field import AnswerField
from jetscale_tui.wizard.exports import Export, exports, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.plan import Plan
    from jetscale_tui.errors import JetScaleError


class ExportDialog(ModalScreen["tuple[Path, ...] | None"]):
    """The result is what was written. Never over what is there, unless Enter is pressed again."""

    HELP = """
    The same files as `jetscale export` and `jetscale plan --hand-over` write. None of them holds a
    secret. A path that begins neither with `/` nor `~` is below the directory JetScale was
    started in.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("export.leave", "leave"),
        bound("export.copy", "copy"),
    ]

    class Prepared(Message):
        """The files of all formats."""

        def __init__(self, exports: tuple[Export, ...]) -> None:
            super().__init__()
            self.exports = exports

    class NotPrepared(Message):
        """They cannot be made."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self,
        exports: Sequence[Export] = (),
        *,
        prepare: Callable[[], tuple[Export, ...]] | None = None,
    ) -> None:
        """A dialog.

        Args:
            exports: what can be written, where it is made already.
            prepare: makes it otherwise; called in a thread.
        """
        super().__init__()
        self._exports = tuple(exports)
        self._prepare = prepare
        self._typed = False
        self._refused = ""

    def compose(self) -> ComposeResult:
        """Formats, path, what stands in the way."""
        with Vertical(classes="dialog") as box:
            framed(
                box,
                "Export",
                "{choices.choose} writes it, {export.copy} copies it, {export.leave} leaves",
            )
            yield ChoiceList()
            with Horizontal(classes="path"):
                yield Label("Write to ")
                yield AnswerField(id="path", compact=True)
            yield Static(id="problem")

    def on_mount(self) -> None:
        """Make the files, which takes longer than a key press may."""
        self._offer()
        if self._prepare is not None:
            work.ask(self, "exports", self._prepare, self.Prepared, self.NotPrepared)

    @on(Prepared)
    def _prepared(self, event: Prepared) -> None:
        self._exports = event.exports
        self._offer()

    def _offer(self) -> None:
        self.query_one(ChoiceList).offer(
            [
                Choice(each.title, each.title, each.why_not or each.about, disabled=not each.files)
                for each in self._exports
            ]
        )

    @on(NotPrepared)
    def _not_prepared(self, event: NotPrepared) -> None:
        self._say(str(event.error))

    @property
    def _chosen(self) -> Export | None:
        choice = self.query_one(ChoiceList).chosen
        return next((e for e in self._exports if choice and e.title == choice.key), None)

    @on(OptionList.OptionHighlighted)
    def _propose(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if self._chosen is not None and not self._typed:
            path = self.query_one("#path", Input)
            with self.prevent(Input.Changed):
                path.value = self._chosen.where
        self._say("")

    @on(Input.Changed)
    def _another_path(self) -> None:
        self._typed = True
        self._say("")

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _write(self) -> None:
        chosen, where = self._chosen, self.query_one("#path", Input).value
        if chosen is None:
            return
        insisted = self._refused == f"{chosen.title} {where}"
        try:
            written = write(chosen, where, replace=insisted)
        except ConfigError as error:
            there = "exists already" in error.what
            again = worded(self, "{Choices.choose} again replaces it.")
            self._say(f"{error.what} {again if there else error.why}")
            self._refused = f"{chosen.title} {where}"
        else:
            self.dismiss(written)

    def action_copy(self) -> None:
        """Copy the text of a format that is one; whether it arrives is the terminal's doing."""
        chosen = self._chosen
        if chosen is None or not chosen.files:
            return
        if len(chosen.files) > 1:
            self._say("Several files: write them to a directory.")
            return
        (text,) = chosen.files.values()
        copy(self, text, worded(self, "{Choices.choose} writes a file."))

    def _say(self, words: str) -> None:
        self._refused = ""
        self.query_one("#problem", Static).update(Content.styled(shown(words), "$text-error"))

    def action_leave(self) -> None:
        """Write nothing."""
        self.dismiss(None)


def ask_where(pane: Widget, plan: Plan, profile: Profile) -> None:
    """Ask in which format and where to, write it, and say where it went."""

    def written(paths: tuple[Path, ...] | None) -> None:
        if paths:
            pane.notify("\n".join(str(path) for path in paths), title="Written", markup=False)

    pane.app.push_screen(ExportDialog(prepare=lambda: exports(plan, profile)), written)
