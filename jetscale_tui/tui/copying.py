"""Copying: to the clipboard if the terminal lets it, and for sure into a file of JetScale's own."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from jetscale_tui.errors import JetScaleError
from jetscale_tui.paths import state_dir

if TYPE_CHECKING:
    from textual.dom import DOMNode

_log = logging.getLogger(__name__)
COPIED = "copied.txt"
"""Below the state directory; holds what was copied last."""


def copy(node: DOMNode, text: str, more: str = "", *, because: str = "") -> None:
    """Copy, and say where it is; no terminal tells whether it took what it was sent.

    Args:
        node: what it is copied from.
        text: may hold anything; half surrogates, which no clipboard takes, become `?`.
        more: a sentence to go on with.
        because: a sentence to begin with, where something else was asked for.
    """
    text = text.encode(errors="replace").decode()
    node.app.copy_to_clipboard(text)
    said = "Copied, if your terminal allows it."
    try:
        path = state_dir() / COPIED
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        said += f" It is in {path} in any case."
    except (JetScaleError, OSError):
        _log.warning("what was copied could not be written down", exc_info=True)
    node.app.notify(f"{because} {said} {more}".strip(), markup=False)
