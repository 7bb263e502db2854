"""The doctor on screen: the chain as it is walked, and what to do about the broken link."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import OptionList, Static

from jetscale_tui.engine.doctor import TITLES, Health, LinkId, Remedy, examine, is_healthy
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.copying import copy
from jetscale_tui.tui.dialogs.confirm import ConfirmDialog
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.handing_terminal import hand_over
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.screens.frame import FrameScreen
from jetscale_tui.tui.widgets.link_list import LinkList, advice

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.engine.doctor import Link, Patient
    from jetscale_tui.errors import JetScaleError

_PLACEHOLDER = re.compile(r"\b[A-Z]{2,}(?:_[A-Z]+)*\b")
"""Something in a command that only a person knows: `POOL`, `CONTROL_PLANE_RANGE`."""
_RUN = ("kubectl", "gcloud")


class DoctorScreen(FrameScreen):
    """Walks the chain when opened and on demand; writes nothing by itself."""

    HELP = """
    A metric comes a long way: the server's port, a scrape, Cloud Monitoring, an adapter that may
    read it, the metrics API, the autoscaler. The doctor walks it the other way round and stops at
    the first link that is broken. ○ is a link that only passes on what it does not get.

    `{doctor.fix}` carries the fix out: JetScale's own plans and dialogs ask first, and so does a
    command before it is run. `{doctor.copy}` copies the command.
    """
    CSS_PATH = "../styles/doctor.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("doctor.fix", "fix"),
        bound("doctor.copy", "copy"),
        bound("doctor.again", "again"),
        bound("doctor.stop", "stop_asking"),
        bound("doctor.back", "dismiss"),
    ]

    class Found(Message):
        """A link has answered."""

        def __init__(self, link: Link) -> None:
            super().__init__()
            self.link = link

    class Ended(Message):
        """The walk is over."""

        def __init__(self, error: JetScaleError | None) -> None:
            super().__init__()
            self.error = error

    asking: reactive[bool] = reactive(True, repaint=False, bindings=True)
    stopped: reactive[bool] = reactive(False, repaint=False)
    """The person gave up the walk."""

    def __init__(
        self, subject: str, patient: Callable[[], Patient], mend: Callable[[Remedy], None]
    ) -> None:
        """A doctor for one autoscaler.

        Args:
            subject: its namespace and name.
            patient: makes what is examined; may block.
            mend: carries out a remedy that the screens know how to.
        """
        super().__init__()
        self._subject = subject
        self._patient = patient
        self._mend = mend
        self._links: list[Link] = []

    def compose_body(self) -> ComposeResult:
        """What is asked, the chain, what to do."""
        yield Static(id="verdict")
        with Container(id="chain"):
            yield LinkList()
            with VerticalScroll(id="advice", can_focus=False) as box:
                box.border_title = "This link"
                yield Static(id="said")

    def on_mount(self) -> None:
        """Walk at once."""
        self.query_one(LinkList).focus()
        self.set_interval(0.125, self._turn)
        self.action_again()

    def action_again(self) -> None:
        """Walk the chain from the start."""
        self.asking, self.stopped, self._links = True, False, []
        self._draw()
        patient = self._patient
        work.follow(self, "doctor", lambda: examine(patient()), self.Found, self.Ended)

    def action_stop_asking(self) -> None:
        """Walk no further; what has answered stays."""
        work.give_up(self, "doctor")
        self.asking, self.stopped = False, True
        self._draw()

    @on(Found)
    def _found(self, event: Found) -> None:
        self._links.append(event.link)
        self._draw()
        if event.link.health is Health.BROKEN:
            self.query_one(LinkList).highlighted = len(self._links) - 1

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        self.asking = False
        self._point_at_a_note()
        if event.error is not None:
            self.notify(event.error.what, severity="error", markup=False)
        self._draw()

    def _point_at_a_note(self) -> None:
        """Where nothing is broken, the first link worth knowing about is the one to read."""
        healths = [link.health for link in self._links]
        if Health.BROKEN not in healths and Health.NOTE in healths:
            self.query_one(LinkList).highlighted = healths.index(Health.NOTE)

    def _turn(self) -> None:
        if self.asking:
            self._draw()

    def _draw(self) -> None:
        self.query_one(LinkList).show(tuple(self._links), asking=self.asking)
        self.query_one("#verdict", Static).update(self._verdict())
        self._advise()

    def _verdict(self) -> Content:
        subject = shown(self._subject)
        if self.asking:
            at = TITLES[list(LinkId)[min(len(self._links), len(LinkId) - 1)]]
            return Content.assemble(f" {subject}: ", (f"asking {at}", "$text-primary"))
        bad = next((link for link in self._links if link.health is Health.BROKEN), None)
        if bad is not None:
            return Content.assemble(f" {subject}: ", (f"broken at {bad.title}", "$text-error"))
        if self.stopped:
            said = worded(self, "stopped, {doctor.again} asks again")
            return Content.assemble(f" {subject}: ", (said, "$text-warning"))
        if self._links and is_healthy(self._links):
            return Content.assemble(f" {subject}: ", ("every link works", "$text-success"))
        return Content(f" {subject}")

    @on(OptionList.OptionHighlighted)
    def _highlighted(self) -> None:
        self._advise()
        self.refresh_bindings()

    @property
    def _current(self) -> Link | None:
        index = self.query_one(LinkList).highlighted if self.is_mounted else None
        return self._links[index] if index is not None and index < len(self._links) else None

    def _advise(self) -> None:
        link = self._current
        said = Content("") if link is None else advice(link, glyphs_of(self))
        self.query_one("#said", Static).update(said)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Fix and copy only where there is something to."""
        del parameters
        link = self._current
        if action == "fix":
            return link is not None and (link.remedy is not None or bool(_runnable(link)))
        if action == "copy":
            return link is not None and bool(link.command)
        if action == "again":
            return not self.asking
        if action == "stop_asking":
            return self.asking
        return True

    def action_copy(self) -> None:
        """Copy the command."""
        if self._current is not None:
            copy(self, self._current.command)

    def action_fix(self) -> None:
        """Hand a remedy to the screens, or run the command once it is agreed to."""
        link = self._current
        if link is None:
            return
        if link.remedy is not None:
            self.dismiss()
            self._mend(link.remedy)
            return
        words = _runnable(link)

        def answered(yes: bool | None) -> None:
            if not yes:
                return
            if not hand_over(self.app, words):
                copy(self, link.command, because=f"{words[0]} cannot be run from here.")
                return
            self.action_again()

        question = f"{shlex.join(words)}\n\nIt is run as it stands, in this terminal, by you."
        self.app.push_screen(ConfirmDialog("Run this now?", question, "Run it", "No"), answered)


def _runnable(link: Link) -> list[str]:
    """The words of a link's command where it can be run as it stands; else none."""
    lines = link.command.splitlines()
    if len(lines) != 1 or _PLACEHOLDER.search(lines[0].partition(" --patch=")[0]):
        return []
    words = shlex.split(lines[0])
    return words if words and words[0] in _RUN else []
