"""What can be chosen, in words: a title, and what is worth knowing before choosing it."""

from __future__ import annotations

from typing import NamedTuple


class Offer(NamedTuple):
    """One thing to choose. All text is data, never markup."""

    key: str
    title: str
    note: str = ""
    """A few words behind the title."""
    details: tuple[str, ...] = ()
    """Lines below the title."""
    warning: str = ""
    """What choosing it would break."""
