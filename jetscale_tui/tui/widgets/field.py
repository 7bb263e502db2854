"""A one-line field that says in the line of keys what Enter does."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import Input


class Field(Input):
    """Enter takes the answers as they are and goes on."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "submit",
            "Next",
            key_display="enter",
            id="field.next",
            tooltip="Take the answers as they are and go on",
        )
    ]
