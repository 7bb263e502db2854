"""Other numbers for an autoscaler that is there, with what they would come to now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from jetscale_tui.domain import behavior_text
from jetscale_tui.domain.behavior_text import DirectionText, NotABehavior
from jetscale_tui.domain.decision import lines as decision
from jetscale_tui.domain.decision.explain import Unexplained, explain
from jetscale_tui.domain.decision.words import metric_title
from jetscale_tui.domain.hpa.loop import Branch
from jetscale_tui.domain.live_rows import number, read_hpa
from jetscale_tui.engine.acts import Numbers, numbers_of, with_numbers
from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.format import fit, plural, shown
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.field import AnswerField

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.domain.live import HpaView
    from jetscale_tui.tui.glance import Glance

_DIRECTIONS = (("up", "scaleUp", "Scale up"), ("down", "scaleDown", "Scale down"))
_MOST = 2**31 - 1
_LABEL = 22


class EditDialog(ModalScreen[Numbers | None]):
    """Enter goes on to the plan; nothing is written here."""

    HELP = """
    Targets are Kubernetes quantities: `10`, `800m` for 0.8. A window is how long the highest (or
    lowest) recommendation still counts, in seconds. A rate is `4 pods/15s or 100%/15s`, with `and`
    for the smaller of both, or `off`; empty leaves the controller's default.

    Below stands what these numbers would make of the values of now. {Answer.take} shows the plan.
    """
    BINDINGS: ClassVar[list[BindingType]] = [bound("edit.leave", "leave")]

    def __init__(self, glance: Glance, hpa: HpaView, *, paused: bool) -> None:
        """A dialog.

        Args:
            glance: the picture that the outcome is worked out on.
            hpa: whose numbers.
            paused: its behavior waits for the end of a pause and is not to be touched.
        """
        super().__init__()
        self._glance = glance
        self._hpa = hpa
        self._spec: Json = hpa.raw["spec"]
        self._before = numbers_of(self._spec)
        self._paused = paused

    def compose(self) -> ComposeResult:
        """Fields with their problems, then the outcome."""
        with VerticalScroll(classes="dialog", can_focus=False) as box:
            framed(
                box,
                f"Edit {self._hpa.namespace}/{self._hpa.name}",
                "{answer.take} plans it, {edit.leave} leaves",
            )
            for key, label, value in self._fields():
                with Horizontal(classes="field"):
                    yield Label(Content(fit(shown(label), _LABEL)))
                    yield AnswerField(
                        value, id=key, placeholder="default", compact=True, max_length=60
                    )
                    yield Static(id=f"{key}-problem", classes="beside")
            if self._paused:
                yield Static("Paused: the behavior can be changed once it is resumed.", id="held")
            yield Static(id="outcome")

    def _fields(self) -> Iterator[tuple[str, str, str]]:
        before = self._before
        yield "min", "Minimum", str(before.min_replicas)
        yield "max", "Maximum", str(before.max_replicas)
        for index, (metric, target) in enumerate(
            zip(self._hpa.metrics, before.targets, strict=False)
        ):
            yield f"target-{index}", f"{metric_title(metric.name)} target", target
        if self._paused:
            return
        for key, direction, label in _DIRECTIONS:
            text = behavior_text.written((before.behavior or {}).get(direction))
            yield f"{key}-rate", f"{label}, at most", text.rate
            yield f"{key}-window", f"{label}, window", text.window

    def on_mount(self) -> None:
        """Begin with the first target: it is what is changed most."""
        first = "#target-0" if self._before.targets else "#max"
        self.query_one(first, Input).focus()
        self._judge()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._judge()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        numbers = self._judge()
        if numbers is not None:
            self.dismiss(numbers)
            return
        for field in self.query(Input):
            if field.has_class("-wrong"):
                field.focus()
                return

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    def _value(self, key: str) -> str:
        return self.query_one(f"#{key}", Input).value.strip()

    def _judge(self) -> Numbers | None:
        """Say beside each field what is wrong, and below what would come of it."""
        problems = dict(self._problems())
        for field in self.query(Input):
            said = problems.get(field.id or "", "")
            field.set_class(bool(said), "-wrong")
            self.query_one(f"#{field.id}-problem", Static).update(Content(said))
        numbers = None if problems else self._numbers()
        self.query_one("#outcome", Static).update(self._outcome(numbers))
        return numbers

    def _problems(self) -> Iterator[tuple[str, str]]:
        sizes = {key: self._value(key) for key in ("min", "max")}
        bad = [key for key, text in sizes.items() if not _is_size(text)]
        yield from ((key, "a number from 1") for key in bad)
        if not bad and int(sizes["max"]) < int(sizes["min"]):
            yield "max", "below the minimum"
        for index, metric in enumerate(self._hpa.metrics[: len(self._before.targets)]):
            amount = number(self._value(f"target-{index}"))
            if amount is None or amount <= 0:
                yield f"target-{index}", "a quantity above 0"
            elif metric.target_type == "Utilization" and amount != int(amount):
                yield f"target-{index}", "a whole percentage"
        if not self._paused:
            yield from self._behavior_problems()

    def _behavior_problems(self) -> Iterator[tuple[str, str]]:
        for key, _, _ in _DIRECTIONS:
            for part, read in (
                ("rate", behavior_text.read_rate),
                ("window", behavior_text.read_window),
            ):
                text = self._value(f"{key}-{part}")
                try:
                    if text and text != "off":
                        read(text)
                except NotABehavior as error:
                    yield f"{key}-{part}", str(error)

    def _numbers(self) -> Numbers:
        targets = tuple(
            self._value(f"target-{index}") for index in range(len(self._before.targets))
        )
        return Numbers(int(self._value("min")), int(self._value("max")), targets, self._behavior())

    def _behavior(self) -> Json | None:
        before = self._before.behavior
        if self._paused:
            return before
        typed: Json = {}
        changed = False
        for key, direction, _ in _DIRECTIONS:
            old = (before or {}).get(direction)
            text = DirectionText(self._value(f"{key}-window"), self._value(f"{key}-rate"))
            same = text == behavior_text.written(old)
            changed = changed or not same
            rules = old if same else behavior_text.read(text, old)
            if rules is not None:
                typed[direction] = rules
        if not changed:
            return before
        return typed or None

    def _outcome(self, numbers: Numbers | None) -> Content:
        if numbers is None:
            return Content.styled("Correct what is marked.", "$text-error")
        if numbers == self._before:
            return Content.styled("Nothing is changed yet.", "$foreground-muted")
        said = outcome_of(self._glance, self._hpa, with_numbers(self._spec, numbers))
        if glyphs_of(self).ascii:
            said = decision.ascii_of(said)
        return Content(shown(said))


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST


def outcome_of(glance: Glance, hpa: HpaView, spec: Json) -> str:
    """What the controller's own functions make of the values of now with another spec."""
    edited = read_hpa({**hpa.raw, "spec": spec})
    now_known = replace(edited, status_written=hpa.status_written)
    explained = explain(glance.snapshot, now_known, glance.moment)
    if isinstance(explained, Unexplained):
        return explained.reason
    decided = explained.case.decision
    if decided.branch in (Branch.GIVEN_UP, Branch.UNREADABLE):
        return "With the values of now: no decision, a metric is missing."
    word = plural(decided.desired, "replica")
    here = hpa.desired_replicas
    if decided.desired == here:
        return f"With the values of now: stays at {word}."
    # The controller has not seen these numbers yet: that it came to others says nothing.
    unseen = replace(explained, difference=None)
    lines = decision.lines_of(unseen, glance.moment.timestamp())
    why = next((f" ({line.label} {line.text})" for line in lines if line.decides), "")
    return f"With the values of now: {here} → {word}{why}."
