"""A list to choose one of: the highlighted line is the choice, Enter goes on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.widgets.option_list import Option

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.format import shown, wrapped
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.drawn_list import DrawnList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.binding import BindingType

_INDENT = "  "


class Choice(NamedTuple):
    """One line, with more about it below. All text is data, never markup."""

    key: str
    title: str
    note: str = ""
    """Behind the title, muted."""
    details: tuple[str, ...] = ()
    """Lines below the title."""
    warning: str = ""
    """A last line that stands out."""
    disabled: bool = False


class ChoiceList(DrawnList):
    """Choices with a pointer in front of the highlighted one, so colour is not needed to see it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("choices.choose", "select"),
    ]

    def __init__(self, choices: Sequence[Choice] = (), *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._choices: tuple[Choice, ...] = ()
        self._pointed: int | None = None
        self._initial = tuple(choices)

    def on_mount(self) -> None:
        """Fill it once it can tell which glyphs to draw with."""
        self.offer(self._initial)

    @property
    def chosen(self) -> Choice | None:
        """The highlighted choice."""
        index = self.highlighted
        return self._choices[index] if index is not None and index < len(self._choices) else None

    def offer(self, choices: Sequence[Choice], chosen: str | None = None) -> bool:
        """Show these, with `chosen` highlighted; else keep the choice, else take the first.

        False when they are shown already.
        """
        if tuple(choices) == self._choices:
            return False
        keep = chosen or (self.chosen.key if self.chosen else None)
        self._choices = tuple(choices)
        self._pointed = None
        self.set_options([Option(self._drawn(choice), choice.key, choice.disabled)
                          for choice in self._choices])  # fmt: skip
        if not self.point_at(keep):
            self.action_first()
        return True

    def point_at(self, key: str | None) -> bool:
        """Highlight a choice by key; False when it is not there."""
        for index, choice in enumerate(self._choices):
            if choice.key == key and not choice.disabled:
                self.highlighted = index
                return True
        return False

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Move the pointer along with the highlight."""
        super().watch_highlighted(highlighted)
        for index in {self._pointed, highlighted}:
            if index is not None and index < len(self._choices):
                prompt = self._drawn(self._choices[index], pointed=index == highlighted)
                self.redraw(index, prompt)
        self._pointed = highlighted

    def on_click(self, event: events.Click) -> None:
        """A click only highlights; a double click goes on."""
        if event.chain < 2:
            event.prevent_default()
            index = event.style.meta.get("option")
            if isinstance(index, int) and not self._choices[index].disabled:
                self.highlighted = index

    def on_resize(self) -> None:
        """Wrap for the new width."""
        for index, choice in enumerate(self._choices):
            prompt = self._drawn(choice, pointed=index == self.highlighted)
            self.redraw(index, prompt)

    def _drawn(self, choice: Choice, *, pointed: bool = False) -> Content:
        glyphs = glyphs_of(self)
        width = max(self.room - len(_INDENT) - 1, 20)
        muted = "" if pointed else "$foreground-muted"
        lead = f"{glyphs.pointer} " if pointed else _INDENT
        title, note = shown(choice.title), shown(choice.note)
        lines = [Content.assemble((lead, "bold $text-primary"), (title, "bold"))]
        details = list(choice.details)
        if note and cell_len(title) + cell_len(note) + 2 <= width:
            lines[0] = Content.assemble(lines[0], (f"  {note}", muted))
        elif note:
            details.insert(0, choice.note)
        for detail in details:
            lines += [
                Content.styled(_INDENT + part, muted) for part in wrapped(shown(detail), width)
            ]
        if choice.warning:
            parts = wrapped(f"{glyphs.warning} {shown(choice.warning)}", width)
            lines += [Content.styled(_INDENT + part, "$text-warning") for part in parts]
        return Content("\n").join(lines)
