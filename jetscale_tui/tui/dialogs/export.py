"""Takes a plan along: which format, and the path to write it to."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static

from jetscale_tui.errors import ConfigError
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.wizard.exports import Export, exports, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.plan import Plan


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

    def __init__(self, exports: Sequence[Export]) -> None:
        super().__init__()
        self._exports = tuple(exports)
        self._typed = False
        self._refused = ""

    def compose(self) -> ComposeResult:
        """Formats, path, what stands in the way."""
        with Vertical(classes="dialog") as box:
            box.border_title = "Export"
            box.border_subtitle = "enter writes it, c copies it, esc leaves"
            yield ChoiceList(
                [
                    Choice(
                        each.title, each.title, each.why_not or each.about, disabled=not each.files
                    )
                    for each in self._exports
                ]
            )
            with Horizontal(classes="path"):
                yield Label("Write to ")
                yield Input(id="path", compact=True)
            yield Static(id="problem")

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
            self._say(f"{error.what} {'Enter again replaces it.' if there else error.why}")
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
        self.app.copy_to_clipboard(text)
        self.notify("Copied, if your terminal allows it.", markup=False)

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

    pane.app.push_screen(ExportDialog(exports(plan, profile)), written)
