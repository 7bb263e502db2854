"""A list of choices that narrows while one types."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.widgets.choice_list import Choice, ChoiceList
from jetscale_tui.tui.widgets.field import PlainField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType


class FilterField(PlainField):
    """What is typed narrows the list below; the arrows move through it meanwhile."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("filter.choose", "submit"),
        bound("filter.up", "step(-1)"),
        bound("filter.down", "step(1)"),
        bound("filter.close", "close"),
    ]

    class Stepped(Message):
        """The person wants the choice above or below."""

        def __init__(self, choices: int) -> None:
            super().__init__()
            self.choices = choices

    class Closed(Message):
        """The person wants the whole list again."""

    def __init__(self, placeholder: str, *, stays: bool) -> None:
        super().__init__(placeholder=placeholder, compact=True)
        self._stays = stays

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A field that is always there cannot be closed."""
        del parameters
        return not (action == "close" and self._stays)

    def action_step(self, choices: int) -> None:
        """To another choice."""
        self.post_message(self.Stepped(choices))

    def action_close(self) -> None:
        """The whole list again."""
        self.post_message(self.Closed())


class FilteredList(Vertical):
    """A field, if it was asked for, and the choices that hold every word in it."""

    class Chosen(Message):
        """Enter, in the field or on a choice."""

    def __init__(self, *, placeholder: str = "", asked: bool = False) -> None:
        """Empty; `offer` fills it.

        Args:
            placeholder: what may be typed.
            asked: the field is there from the beginning.
        """
        super().__init__()
        self._choices: tuple[Choice, ...] = ()
        self._placeholder = placeholder
        self._asked = asked

    def compose(self) -> ComposeResult:
        """Field, list, a word where nothing matches."""
        yield FilterField(self._placeholder, stays=self._asked)
        yield ChoiceList()
        yield Static(Content("Nothing matches."), classes="none")

    def on_mount(self) -> None:
        """The field hides until it is asked for."""
        self.query_one(FilterField).display = self._asked
        self.query_one(".none").display = False

    @property
    def typed(self) -> str:
        """What is in the field."""
        return self.query_one(FilterField).value.strip()

    @property
    def chosen(self) -> Choice | None:
        """The highlighted choice; None where nothing matches."""
        shown = self.query_one(ChoiceList)
        return shown.chosen if shown.display else None

    @property
    def typing(self) -> bool:
        """Whether the field is being typed in."""
        return self.query_one(FilterField).has_focus

    def offer(self, choices: Sequence[Choice], chosen: str | None = None) -> None:
        """Show these, as far as they match; `chosen` is highlighted, if it is among them."""
        self._choices = tuple(choices)
        self._narrow(chosen)

    def search(self) -> None:
        """Let the person type."""
        field = self.query_one(FilterField)
        field.display = True
        field.focus()

    def _narrow(self, chosen: str | None = None) -> None:
        words = self.typed.casefold().split()
        matching = [each for each in self._choices if _holds(each, words)]
        shown = self.query_one(ChoiceList)
        if matching:
            shown.offer(matching, chosen)
        shown.display = bool(matching)
        self.query_one(".none").display = bool(words) and not matching

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._narrow()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Chosen())

    @on(FilterField.Stepped)
    def _stepped(self, event: FilterField.Stepped) -> None:
        event.stop()
        shown = self.query_one(ChoiceList)
        if event.choices < 0:
            shown.action_cursor_up()
        else:
            shown.action_cursor_down()

    @on(FilterField.Closed)
    def _whole_list(self, event: FilterField.Closed) -> None:
        event.stop()
        field = self.query_one(FilterField)
        field.value = ""
        field.display = self._asked
        self.query_one(ChoiceList).focus()

    @on(ChoiceList.OptionSelected)
    def _selected(self, event: ChoiceList.OptionSelected) -> None:
        event.stop()
        self.post_message(self.Chosen())


def _holds(choice: Choice, words: Sequence[str]) -> bool:
    text = " ".join((choice.key, choice.title, choice.note, *choice.details)).casefold()
    return all(word in text for word in words)
