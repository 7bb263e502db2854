"""How fast the autoscaler may act: the defaults, fitted to the server's start-up, or typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static

from jetscale_tui.domain import behavior_text
from jetscale_tui.domain.behavior_text import DirectionText, NotABehavior
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.tui.widgets.field import AnswerField
from jetscale_tui.wizard.behaviors import fitted, source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.detect import StartUp

_DEFAULTS, _FITTED, _OWN = "defaults", "fitted", "own"
_FIELDS = (
    ("scaleUp", "rate", "Scale up, at most", "4 pods/15s or 100%/15s"),
    ("scaleUp", "window", "Scale up, window", "0"),
    ("scaleDown", "rate", "Scale down, at most", "100%/15s"),
    ("scaleDown", "window", "Scale down, window", "300"),
)


class Chosen(NamedTuple):
    """What was chosen."""

    behavior: Json | None
    """None: Kubernetes's defaults."""


class BehaviorDialog(ModalScreen["Chosen | None"]):
    """The highlighted choice fills the fields; what is typed there counts as one's own."""

    HELP = """
    A rate is `4 pods/15s or 100%/15s`, with `and` for the smaller of both, or `off`. A window is
    how many seconds the highest recommendation still counts before replicas are taken away (the
    lowest, before they are added). Empty leaves the controller's default, which stands there in
    grey.

    The tolerance is 10 % by default and stays as it is.
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("behavior.leave", "leave")]

    def __init__(self, behavior: Json | None, took: StartUp | None) -> None:
        """A dialog.

        Args:
            behavior: what is chosen now.
            took: the server's start-up time, if it could be measured.
        """
        super().__init__()
        self._before = behavior
        self._fitted = fitted(took) if took is not None else None
        self._choices = _choices(took)

    def compose(self) -> ComposeResult:
        """Choices, fields, what is wrong with them."""
        with Vertical(classes="dialog") as box:
            framed(box, "Behavior", "{choices.choose} takes it, {behavior.leave} leaves")
            yield ChoiceList(self._choices)
            for direction, part, label, default in _FIELDS:
                with Horizontal(classes="field"):
                    yield Label(label)
                    yield AnswerField(id=f"{direction}-{part}", placeholder=default, compact=True)
            yield Static(id="problem")

    def on_mount(self) -> None:
        """Point at what is chosen now."""
        before = self._before
        key = _DEFAULTS if before is None else _FITTED if before == self._fitted else _OWN
        self._fill(before)
        self.call_after_refresh(self.query_one(ChoiceList).point_at, key)

    def _fill(self, behavior: Mapping[str, Json] | None) -> None:
        for direction, part, _, _ in _FIELDS:
            text = behavior_text.written((behavior or {}).get(direction))
            field = self.query_one(f"#{direction}-{part}", Input)
            with self.prevent(Input.Changed):
                field.value = getattr(text, part)
        self._say("")

    @on(OptionList.OptionHighlighted)
    def _pointed(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        if event.option_id == _DEFAULTS:
            self._fill(None)
        elif event.option_id == _FITTED:
            self._fill(self._fitted)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one(ChoiceList).point_at(_OWN)
        self._say(self._problem())

    @on(OptionList.OptionSelected)
    @on(Input.Submitted)
    def _take(self) -> None:
        problem = self._problem()
        if problem:
            self._say(problem)
            return
        self.dismiss(Chosen(self._read()))

    def _problem(self) -> str:
        try:
            self._read()
        except NotABehavior as error:
            return f"A rate or window is not right: {error}."
        return ""

    def _read(self) -> Json | None:
        """What the fields stand for.

        Raises:
            NotABehavior: one of them is none.
        """
        behavior: Json = {}
        for direction in ("scaleUp", "scaleDown"):
            typed = DirectionText(self._text(direction, "window"), self._text(direction, "rate"))
            rules = behavior_text.read(typed, (self._before or {}).get(direction))
            if rules is not None:
                behavior[direction] = rules
        return behavior or None

    def _text(self, direction: str, part: str) -> str:
        return self.query_one(f"#{direction}-{part}", Input).value.strip()

    def _say(self, words: str) -> None:
        self.query_one("#problem", Static).update(Content(words))

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def _choices(took: StartUp | None) -> list[Choice]:
    measured = "no ready pod to measure it on" if took is None else source(took)
    return [
        Choice(_DEFAULTS, "Kubernetes's defaults", "adds fast, takes away after 5 min"),
        Choice(_FITTED, "Fitted to the start-up time", measured, disabled=took is None),
        Choice(_OWN, "Your own", "as typed below"),
    ]
