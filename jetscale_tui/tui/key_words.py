"""Commands named in sentences by the keys they have now, whatever the person's keys file says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.binding import Binding

from jetscale_tui.tui.commands import COMMANDS

if TYPE_CHECKING:
    from textual.dom import DOMNode

_PLACE = re.compile(r"\{([A-Za-z_.]+)\}")


def key_of(node: DOMNode, command: str) -> str:
    """The first key of a command, written as the line of keys writes it.

    Args:
        node: anything in the application; the application knows the keys in use.
        command: its id.

    Raises:
        KeyError: there is no such command.
    """
    usual, app = COMMANDS[command], node.app
    # Textual offers no public place for this.
    own = app._keymap.get(command)
    key = (own or usual.keys).split(",")[0]
    return app.get_key_display(Binding(key, "", key_display=None if own else usual.drawn))


def worded(node: DOMNode, sentence: str, **data: object) -> str:
    """A sentence with the keys and the data it has places for.

    `{review.save}` is the key of that command, `{Checks.next}` the same with a capital, `{path}`
    the data of that name. What is put in is not looked at again: data stays data.

    Args:
        node: anything in the application.
        sentence: our own words; never text from outside.
        data: what the other places stand for.

    Raises:
        KeyError: a place is neither a command nor data.
    """

    def put(place: re.Match[str]) -> str:
        name = place[1]
        if name in data:
            return str(data[name])
        key = key_of(node, name[:1].lower() + name[1:])
        return key.capitalize() if name[0].isupper() and len(key) > 1 else key

    return _PLACE.sub(put, sentence)
