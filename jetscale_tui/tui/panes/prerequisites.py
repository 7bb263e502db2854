"""Everything the setup stands on, asked side by side, each with its fix."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.message import Message

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.engine.checks import CheckState
from jetscale_tui.engine.remedies import Answer, EnableServices, InTerminal, OpenMetricsPort
from jetscale_tui.tui import work
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.copying import copy
from jetscale_tui.tui.dialogs.confirm import ConfirmDialog
from jetscale_tui.tui.format import shown
from jetscale_tui.tui.handing_terminal import hand_over
from jetscale_tui.tui.key_words import worded
from jetscale_tui.tui.messages import ReconnectRequested
from jetscale_tui.tui.panes.base import StepPane
from jetscale_tui.tui.widgets.check_list import CheckList, CheckRow
from jetscale_tui.wizard.checking import CHECKS, check, fix, with_open_port
from jetscale_tui.wizard.desk import Desk
from jetscale_tui.wizard.workloads import was_given_up

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.engine.checks import Finding
    from jetscale_tui.errors import JetScaleError


_OPENING = frozenset(each.id for each in CHECKS if each.opens)
"""Checks of the two sides themselves; what is known of them is kept with the connection."""


def _rows(instead: str = "") -> dict[str, CheckRow]:
    """A row for each, before it is answered."""
    return {each.id: CheckRow(each.id, each.title, each.why, instead=instead) for each in CHECKS}


class PrerequisitesPane(StepPane):
    """Only reads, unless a fix is asked for."""

    STEP = WizardStep.PREREQUISITES
    HELP: ClassVar[str] = """
    Each line is one question to the cluster or to Google, asked at the same time. Arrow keys open a
    line: why it is asked, what to do, and the command for it. `{checks.copy}` copies the command.

    `{checks.fix}` puts it right: it corrects an answer of yours, runs a login in this terminal, or,
    after a yes, enables a service. What installs or changes anything else is only copied.
    Everything is asked again after that. `{prerequisites.stop}` does without what takes too long.

    A failed check does not stop you: another cluster or Deployment may be the answer, and some
    things the plan puts right itself. {Checks.next} twice goes on.
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("prerequisites.again", "again"),
        bound("prerequisites.stop", "stop_asking"),
    ]
    LOOK_UPS = ("checks", "fix")
    STOP = "prerequisites.stop"

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
        self._news: list[Finding] = []
        self._began = 0.0
        self._fixing = ""
        self._around = self._not_now = False
        self._say()
        self.set_interval(0.125, self._turn)

    def look_up(self, desk: Desk) -> None:
        """Ask all of them, once the screen has found the cluster and its server."""
        if not self.display:
            return
        if desk.whereabouts is None or desk.servers is None:
            self._asked = None
            if not self._not_now:
                self._look_around(desk)
        elif self._not_now:
            # The person did not wait for that, so this is not the moment to ask more.
            self._not_now, self._asked = False, self.question_of(desk)
        else:
            super().look_up(desk)

    def _look_around(self, desk: Desk) -> None:
        if not (self.busy and self._around):
            self._began = desk.backend.clock.monotonic()
            self._around, self.stopped, self.busy = True, False, True
            self._rows = _rows("to be asked")
            self._say()

    def question_of(self, desk: Desk) -> object | None:
        """Everything the answers depend on."""
        return desk.draft, desk.choices

    def entered(self) -> None:
        """Ask, if the answers have changed since."""
        if self.desk is not None:
            self.look_up(self.desk)

    def ask(self, desk: Desk) -> None:
        """Ask all of them."""
        self._began = desk.backend.clock.monotonic()
        self._news, self._around = [], False
        self.post_message(self.Learned(lambda desk: replace(desk, findings=())))
        self._rows = _rows()
        self._say()
        work.follow(self, "checks", lambda: check(desk), self.Found, self.Ended)

    def action_again(self) -> None:
        """Ask again; where a side could not be opened, over a new connection."""
        rows, desk = self._rows.values(), self.desk
        if any(row.failed and row.key in _OPENING for row in rows):
            self.post_message(ReconnectRequested())
        elif desk is not None and was_given_up(desk):
            self.post_message(self.LookAround())
        else:
            super().action_again()

    def give_up(self) -> None:
        """Wait neither for the look around, nor for answers, nor for what Google enables."""
        super().give_up()
        if self._around:
            self._not_now = True
            self.post_message(self.LookAroundGivenUp())
        self._take_news()
        self._around, self._fixing = False, ""
        for key, row in self._rows.items():
            if row.finding is None:
                self._rows[key] = replace(row, instead="not answered")

    def draw(self, desk: Desk) -> None:
        """The rows draw what is found; the title only has to say that nothing is asked."""
        del desk
        if self.stopped:
            self._say()

    @on(Found)
    def _found(self, event: Found) -> None:
        # Shown with the next turn of the spinners: no key waits behind a dozen redraws.
        self._news.append(event.finding)

    @on(Ended)
    def _ended(self, event: Ended) -> None:
        if event.error is not None:
            self.notify(event.error.what, severity="error", markup=False)
        self._take_news()
        self.busy = False
        self._say()
        self.query_one(CheckList).point_at_trouble()

    def _turn(self) -> None:
        if self.busy and self.display and self.desk is not None:
            waited = self.desk.backend.clock.monotonic() - self._began
            for key, row in self._rows.items():
                if row.finding is None and not row.instead:
                    self._rows[key] = replace(row, waited=waited)
            self._take_news()
            self._say()

    def _take_news(self) -> None:
        news, self._news = self._news, []
        for finding in news:
            self._rows[finding.id] = replace(self._rows[finding.id], finding=finding)
        if news:
            self.post_message(self.Learned(lambda desk: reduce(Desk.with_finding, news, desk)))

    def _say(self) -> None:
        self.query_one(CheckList).show(tuple(self._rows.values()))
        counts = self._counts()
        found = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
        doing = self._doing()
        self.say_title(f"{doing}: {found}" if found else doing)

    def _doing(self) -> str:
        if self.stopped:
            return worded(self, "stopped, {prerequisites.again} asks again")
        if self._fixing:
            return self._fixing
        if self._around:
            return "looking for the cluster and its server"
        return f"asking {len(CHECKS)} questions" if self.busy else f"{len(CHECKS)} questions"

    def _counts(self) -> dict[str, int]:
        states = [row.finding.state for row in self._rows.values() if row.finding is not None]
        return {
            "ok": states.count(CheckState.OK),
            "to look at": states.count(CheckState.WARN),
            "failed": states.count(CheckState.FAIL),
            "not reached": states.count(CheckState.SKIP),
        }

    @on(CheckList.GoOn)
    def _go_on(self) -> None:
        self.post_message(self.Advance())

    @on(CheckList.FixRequested)
    def _fix(self, event: CheckList.FixRequested) -> None:
        remedy = event.finding.remedy
        match remedy:
            case Answer(said=said, give=give):
                self.notify(said, title="Answer changed", markup=False)
                self.post_message(self.Edited(give))
            case OpenMetricsPort():
                self.notify("The plan will open the metrics port.", markup=False)
                self.post_message(self.Learned(with_open_port))
            case InTerminal():
                self._run(remedy)
            case EnableServices():
                self._confirm(remedy)
            case None:
                pass

    def _run(self, remedy: InTerminal) -> None:
        """Run a login in this terminal; where that cannot be, copy it for another one."""
        if hand_over(self.app, remedy.words):
            self.post_message(ReconnectRequested())
        else:
            because = worded(
                self,
                "{program} cannot be run from here: run it in another terminal, then "
                "{prerequisites.again}.",
                program=shown(remedy.words[0]),
            )
            copy(self, remedy.command, because=because)

    def _confirm(self, remedy: EnableServices) -> None:
        """Enabling a service writes before the plan does, so it is asked about by itself."""
        services = "\n".join(f"  {service}" for service in remedy.services)

        def answered(yes: bool | None) -> None:
            desk = self.desk
            if yes and desk is not None:
                self._fixing = f"enabling in {shown(remedy.project)}"
                self.stopped, self.busy = False, True
                self._say()
                work.ask(self, "fix", lambda: fix(desk, remedy), self.Fixed, self.FixFailed)

        question = ConfirmDialog(
            f"Enable in {shown(remedy.project)} now?",
            f"{services}\n\nThis is done at once and not undone by JetScale; `apply` would do it "
            "too.",
            "Enable",
            "Not now",
        )
        self.app.push_screen(question, answered)

    @on(Fixed)
    def _fixed(self, event: Fixed) -> None:
        self._fixing = ""
        self.notify(event.said, markup=False)
        self.action_again()

    @on(FixFailed)
    def _fix_failed(self, event: FixFailed) -> None:
        self._fixing = ""
        self.busy = False
        self._say()
        self.notify(str(event.error), title="Not fixed", severity="error", markup=False)
