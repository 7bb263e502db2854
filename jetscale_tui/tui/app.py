"""The application: chooses the first screen, connects in the background, changes screens.

Nothing of Kubernetes, Google or pydantic is imported before the first screen is painted.
"""

from __future__ import annotations

import logging
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import App
from textual.message import Message

from jetscale_tui.errors import ExitCode, JetScaleError
from jetscale_tui.paths import keys_file
from jetscale_tui.tui import messages, themes, work
from jetscale_tui.tui.ascii_filter import AsciiFilter
from jetscale_tui.tui.commands import bound, key_commands
from jetscale_tui.tui.glyphs import detect
from jetscale_tui.tui.messages import Watched
from jetscale_tui.tui.promptness import (
    GARBAGE_EVERY,
    begin_to_collect,
    clear_garbage,
    favouring_the_screen,
)
from jetscale_tui.tui.screens.frame import FrameScreen
from jetscale_tui.tui.screens.too_small import TooSmallScreen, too_small
from jetscale_tui.tui.watching import Watching

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.binding import Binding, BindingType
    from textual.command import Provider
    from textual.events import Key, Resize
    from textual.filter import LineFilter
    from textual.geometry import Size

    from jetscale_tui.engine.ports import Backend
    from jetscale_tui.wizard.opening import Given, Opening

_log = logging.getLogger(__name__)
_STYLES = Path(__file__).parent / "styles"
_LEAVING = "leaving"
"""Name of the question that leaving asks."""
_KEY_NAMES = {"enter": "enter", "escape": "esc"}


class Start(StrEnum):
    """Which screen opens first."""

    WIZARD = "wizard"
    DASHBOARD = "dashboard"


class JetScaleApp(Watching):
    """Returns the process's exit code."""

    TITLE = "JetScale"
    HELP = "JetScale sets up autoscaling for JetStream on GKE TPUs and shows it working."
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it
        (0, "-narrow"),
        (100, "-wide"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it
        (0, "-low"),
        (36, "-tall"),
    ]
    COMMANDS: ClassVar[set[Callable[[], type[Provider]]]] = {key_commands}  # type: ignore[assignment]
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("app.help", "help"),
        bound("app.commands", "command_palette", priority=True, system=True),
        bound("app.quit", "request_quit", priority=True),
    ]

    class Opened(Message):
        """The backend is there."""

        def __init__(self, opening: Opening) -> None:
            super().__init__()
            self.opening = opening

    class OpenFailed(Message):
        """The backend cannot be had."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    class Reopened(Message):
        """The backend is there anew."""

        def __init__(self, opening: Opening) -> None:
            super().__init__()
            self.opening = opening

    class ReopenFailed(Message):
        """The backend cannot be had anew; the old one stays."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    def __init__(
        self,
        connect: Callable[[], Backend],
        *,
        answers: Callable[[], Given] | None = None,
        start: Start = Start.WIZARD,
        watched: Watched | None = None,
    ) -> None:
        """An application on one backend.

        Args:
            connect: makes the backend; called once, in a thread, after the first paint.
            answers: what the command line and its file answer; called after the first paint.
            start: first screen.
            watched: what the dashboard follows when it is the first screen.
        """
        self.glyphs = detect(os.environ, getattr(sys.__stdout__, "encoding", None) or "utf-8")
        # Textual loads a screen's own styles when it is pushed, which the first one never is.
        first = [_STYLES / "wizard.tcss"] if start == Start.WIZARD else []
        super().__init__(css_path=[_STYLES / "app.tcss", *first])
        for theme in (themes.DARK, themes.LIGHT):
            self.register_theme(theme)
        if os.environ.get("TEXTUAL_THEME") is None:
            # Before any style is read: changing it later reads all of them again.
            self.set_reactive(App.theme, themes.DARK.name)
            self.stylesheet.set_variables(self.get_css_variables())
        self._ascii = AsciiFilter()
        self._connect = connect
        self._answers = answers
        self._start = start
        self._watched = watched or Watched()
        self.demo_wanted = False
        """The person left for the demo; whoever started this opens it."""

    def run(self, *arguments: Any, **options: Any) -> int:
        """Run until the person leaves; the process's exit code, 1 after a mistake of ours.

        Raises:
            ConfigError: the person's keys file cannot be used.
        """
        if (own_keys := keys_file()).exists():
            from jetscale_tui.tui.keys_file import load

            self.set_keymap(load(own_keys))
        with favouring_the_screen():
            result: int | None = super().run(*arguments, **options)
        return result if result is not None else self.return_code or ExitCode.DONE

    def _fatal_error(self) -> None:
        """A mistake of ours: the log has the traceback, the person gets three plain lines.

        Textual offers no public place for this; its own prints a traceback with all locals.
        """
        error = self._exception or RuntimeError("unknown")
        _log.error("the screen failed", exc_info=error)
        self.panic(Text(str(work.unexpected(error))))

    def get_default_screen(self) -> FrameScreen:
        """The first screen, painted before anything is asked; it stays below all others."""
        if self._start == Start.DASHBOARD:
            from jetscale_tui.tui.screens.connecting import ConnectingScreen

            return ConnectingScreen()
        from jetscale_tui.tui.screens.wizard import WizardScreen

        return WizardScreen()

    def get_css_variables(self) -> dict[str, str]:
        """The theme's colours, all of them readable; our own are as they are."""
        variables = super().get_css_variables()
        ours = self.theme in (themes.DARK.name, themes.LIGHT.name)
        return variables if ours else themes.readable(variables)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """In an ASCII terminal, the one that leaves nothing else."""
        filters = super().get_line_filters()
        return [*filters, self._ascii] if self.glyphs.ascii else filters

    def on_mount(self) -> None:
        """Fit the terminal."""
        self.set_class(self.glyphs.ascii, "-ascii")
        self._cover(self.size)

    def on_key(self, event: Key) -> None:
        """Nothing is written for a key that was typed before it was seen what would be."""
        from jetscale_tui.tui.widgets.action_button import ApplyButton

        # Here and not in the button: a key may be on its way when the button gets the focus.
        if isinstance(self.focused, ApplyButton) and self.focused.turns_away(event):
            event.prevent_default()

    def on_ready(self) -> None:
        """Connect, now that there is something on screen."""
        self._style_the_rest()
        begin_to_collect()
        self.set_interval(GARBAGE_EVERY, clear_garbage)
        self.call_after_refresh(self._open)

    def _style_the_rest(self) -> None:
        """Read the styles that the first picture did without."""
        for name in ("panes", "dialogs"):
            self.stylesheet.read(_STYLES / f"{name}.tcss")
        self.stylesheet.parse()

    def _open(self) -> None:
        work.ask(self, "connect", self._connected, self.Opened, self.OpenFailed)

    def _connected(self) -> Opening:
        import jetscale_tui.wizard.interview  # noqa: F401 - in this thread; the screen needs it
        from jetscale_tui.wizard.opening import nothing_given, open_backend

        return open_backend(self._connect, self._answers or nothing_given)

    @on(messages.DemoRequested)
    def _leave_for_the_demo(self) -> None:
        self.demo_wanted = True
        self.exit(0)

    @on(messages.ReconnectRequested)
    def _reconnect(self) -> None:
        """A new login, or another kubeconfig, counts only for a new connection."""
        work.ask(self, "connect", self._connected, self.Reopened, self.ReopenFailed)

    @on(Reopened)
    def _reopened(self, event: Reopened) -> None:
        from jetscale_tui.tui.screens.wizard import WizardScreen

        self._opening = event.opening
        frame = self.frame
        if isinstance(frame, WizardScreen):
            frame.reopen(event.opening)

    @on(ReopenFailed)
    def _not_reopened(self, event: ReopenFailed) -> None:
        self.notify(str(event.error), title="Not connected", severity="error", markup=False)

    @on(Opened)
    def _opened(self, event: Opened) -> None:
        from jetscale_tui.tui.screens.wizard import WizardScreen

        self._opening = event.opening
        frame = self.frame
        work.run(self, "prepare", frame.prepare)
        if isinstance(frame, WizardScreen):
            frame.open(event.opening)
        else:
            self.open_dashboard(self._watched, event.opening.setup)

    def connect_again(self) -> None:
        """From the start, where even the kubeconfig could not be read."""
        if self._opening is None:
            self._open()
        else:
            super().connect_again()

    @on(OpenFailed)
    def _open_failed(self, event: OpenFailed) -> None:
        self.frame.fail(event.error)

    @on(messages.SetupRequested)
    def _set_up(self, event: messages.SetupRequested) -> None:
        """From the dashboard to the wizard: the one that led here, with its answers, if any."""
        from jetscale_tui.tui.screens.wizard import WizardScreen

        screen = self.screen_stack[0]
        if isinstance(screen, WizardScreen):
            self.show_above(None)
        else:
            self.show_above(screen := WizardScreen())
            if self._opening is not None:
                screen.call_after_refresh(screen.open, self._opening)
        if event.planned is not None:
            screen.call_after_refresh(
                screen.post_message, messages.ReviewRequested(None, event.planned)
            )

    def on_resize(self, event: Resize) -> None:
        """The terminal has another size; the first word of it comes before the first screen."""
        if any(isinstance(screen, FrameScreen) for screen in self.screen_stack):
            self._cover(event.size)

    def _cover(self, size: Size) -> None:
        """Cover the screens while they do not fit."""
        cover = next((s for s in self.screen_stack if isinstance(s, TooSmallScreen)), None)
        if too_small(size):
            if cover is None:
                self.push_screen(TooSmallScreen())
        elif cover is not None:
            cover.dismiss()

    def get_key_display(self, binding: Binding) -> str:
        """Keys as they are written everywhere: by name where the sign is not on every keyboard."""
        drawn = binding.key_display or _KEY_NAMES.get(binding.key)
        return drawn or super().get_key_display(binding)

    def action_help(self) -> None:
        """Help on what is focused."""
        from jetscale_tui.tui.dialogs.help import HelpDialog, help_text, key_table

        active = self.screen.active_bindings
        shown_as = {key: self.get_key_display(entry.binding) for key, entry in active.items()}
        text = help_text(self.screen.focused, self.screen)
        self.push_screen(HelpDialog(text, key_table(active.values(), shown_as)))

    def action_request_quit(self) -> None:
        """Leave; ask once where something goes on or was answered, and save what was answered."""
        from jetscale_tui.tui.dialogs.confirm import ConfirmDialog

        question = self.frame.leaving
        asked = isinstance(self.screen, ConfirmDialog) and self.screen.name == _LEAVING
        if not question or asked:
            self._leave()
            return

        dialog = ConfirmDialog("Leave now?", question, "Leave", "Stay", name=_LEAVING)
        self.push_screen(dialog, lambda yes: self._leave() if yes else None)

    def _leave(self) -> None:
        frame = self.frame
        try:
            frame.keep()
        except (JetScaleError, OSError):
            _log.exception("the answers were not saved")
        self.exit(ExitCode.INTERRUPTED if frame.running else ExitCode.DONE)
