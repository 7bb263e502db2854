"""Help on what is focused, and the keys that work there."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from jetscale_tui.tui.commands import bound
from jetscale_tui.tui.dialogs.framing import framed
from jetscale_tui.tui.format import shown, shown_lines
from jetscale_tui.tui.key_words import worded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult
    from textual.binding import ActiveBinding, BindingType
    from textual.dom import DOMNode
    from textual.screen import Screen


class HelpDialog(ModalScreen[None]):
    """Shows a help text above a table of keys."""

    HELP = "This is the help."
    BINDINGS: ClassVar[list[BindingType]] = [bound("help.close", "dismiss")]

    def __init__(self, text: str, keys: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self._text = text
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Text, then keys."""
        width = max((len(key) for key, _ in self._keys), default=0)
        keys = Content("\n").join(
            Content.assemble((key.ljust(width), "bold $text-accent"), f"  {shown(what)}")
            for key, what in self._keys
        )
        with VerticalScroll(classes="dialog") as box:
            framed(box, "Help", "{help.close} closes")
            yield Static(Content(shown_lines(self._text)))
            yield Static("Keys here", classes="heading", markup=False)
            yield Static(keys)


def help_text(start: DOMNode | None, screen: Screen[object]) -> str:
    """The help of the node, of its nearest ancestor that has some, or of the screen."""
    node = start
    while node is not None:
        text = getattr(node, "HELP", None)
        if isinstance(text, str) and text:
            return worded(screen, _flowing(text))
        node = node.parent
    return worded(screen, _flowing(getattr(screen, "HELP", "") or ""))


def _flowing(text: str) -> str:
    """Paragraphs as one line each, to be wrapped for the width there is."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def key_table(
    bindings: Iterable[ActiveBinding], display: dict[str, str]
) -> tuple[tuple[str, str], ...]:
    """Keys and what they do, for every binding that works now.

    Args:
        bindings: the screen's active bindings.
        display: how each binding's key is written, by key.
    """
    rows: dict[str, tuple[list[str], str]] = {}
    for active in bindings:
        binding = active.binding
        if not binding.id or not active.enabled:
            continue
        keys, _ = rows.setdefault(binding.action, ([], binding.tooltip or binding.description))
        keys.append(display.get(binding.key, binding.key))
    return tuple((" ".join(dict.fromkeys(keys)), what) for keys, what in rows.values())
