"""Everything the setup stands on, asked side by side, each with its fix."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.message import Message

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.engine.checks import CheckState
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import plural
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.check_list import CheckList, CheckRow
from jetscale_tui.wizard.checking import CHECKS, check, fix

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.engine.checks import Finding
    from jetscale_tui.errors import JetScaleError
    from jetscale_tui.wizard.desk import Desk


class PrerequisitesPane(StepPane):
    """Only reads, unless a fix is asked for."""

    STEP = WizardStep.PREREQUISITES
    HELP: ClassVar[str] = """
    Each line is one question to the cluster or to Google, asked at the same time. Arrow keys open
    a line: why it is asked, what to do, and the command for it.

    A failed check does not stop you: another cluster or Deployment may be the answer, and some
    things the plan puts right itself. Enter twice goes on.
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("prerequisites.again", "again")]

    class Found(Message):
        """One check has answered."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    class Ended(Message):
        """All have answered, or asking failed."""

        def __init__(self, error: JetScaleError | None) -> None:
            super().__init__()
            self.error = error

    class Fixed(Message):
        """A fix was carried out."""

        def __init__(self, said: str) -> None:
            super().__init__()
            self.said = said

    class FixFailed(Message):
        """A fix could not be carried out."""

        def __init__(self, error: JetScaleError) -> None:
            super().__init__()
            self.error = error

    def compose_answers(self) -> ComposeResult:
        """The list."""
        yield CheckList()

    def on_mount(self) -> None:
        """Keep the spinners turning while something is asked."""
        self._rows: dict[str, CheckRow] = {}
        self._began = monotonic()
        self._warned = False
        self._say()
        self.set_interval(0.125, self._turn)

    def question_of(self, desk: Desk) -> object | None:
        """Everything the answers depend on; asked once the cluster and its server are found."""
        if desk.whereabouts is None or desk.servers is None or not self.display:
            return None
        return desk.draft

    def entered(self) -> None:
        """Ask, if the answers have changed since."""
        if self.desk is not None:
            self.look_up(self.desk)

    def ask(self, desk: Desk) -> None:
        """Ask all of them."""
        self._began, self._warned = monotonic(), False
        self._rows = {each.id: CheckRow(each.id, each.title, each.why) for each in CHECKS}
        self._say()
        work.follow(self, "checks", lambda: check(desk), self.Found, self.Ended)

    @on(Found)
    def _found(self, event: Found) -> None:
        finding = event.finding
        self._rows[finding.id] = replace(self._rows[finding.id], finding=finding)
        self._say()

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        if event.error is not None:
            self.notify(event.error.what, severity="error", markup=False)
        self.busy = False
        self._say()

    def _turn(self) -> None:
        if self.busy and self.display:
            waited = monotonic() - self._began
            for key, row in self._rows.items():
                if row.finding is None:
                    self._rows[key] = replace(row, waited=waited)
            self._say()

    def _say(self) -> None:
        self.query_one(CheckList).show(tuple(self._rows.values()))
        counts = self._counts()
        asked = f"{len(CHECKS)} questions" if not self.busy else f"asking {len(CHECKS)} questions"
        found = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        self.say_title(f"{asked}: {found}" if found else asked)

    def _counts(self) -> dict[str, int]:
        states = [row.finding.state for row in self._rows.values() if row.finding is not None]
        return {
            "ok": states.count(CheckState.OK),
            "to look at": states.count(CheckState.WARN),
            "failed": states.count(CheckState.FAIL),
            "not reached": states.count(CheckState.SKIP),
        }

    def blocker(self) -> str:
        """Says once that something failed; never stops for good."""
        failed = self._counts()["failed"]
        if failed and not self._warned:
            self._warned = True
            return f"{plural(failed, 'check')} failed. Enter again goes on all the same."
        return super().blocker()

    @on(CheckList.GoOn)
    def _go_on(self) -> None:
        self.post_message(self.Advance())

    @on(CheckList.FixRequested)
    def _fix(self, event: CheckList.FixRequested) -> None:
        desk, chosen = self.desk, event.finding.fix_id
        if desk is None or chosen is None:
            return
        self.notify(f"{event.finding.title}: {event.finding.fix}", markup=False)
        work.ask(self, "fix", lambda: fix(desk, chosen), self.Fixed, self.FixFailed)

    @on(Fixed)
    def _fixed(self, event: Fixed) -> None:
        self.notify(event.said, markup=False)
        self.action_again()

    @on(FixFailed)
    def _fix_failed(self, event: FixFailed) -> None:
        self.notify(str(event.error), title="Not fixed", severity="error", markup=False)
