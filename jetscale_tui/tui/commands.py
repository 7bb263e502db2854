"""The palette: every key that works here, by name, then what the application itself offers.

Nothing is listed twice: the bindings are the one list that footer, help and palette draw from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.command import Provider


def key_commands() -> type[Provider]:
    """The provider; imported when the palette first opens."""
    from jetscale_tui.tui.palette import PaletteProvider

    return PaletteProvider
