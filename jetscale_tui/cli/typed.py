"""What is typed at a prompt, checked: in its final form, or why it cannot be used.

Raises ValueError with a sentence for the person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.wizard.offers import server_key

if TYPE_CHECKING:
    from collections.abc import Callable

NONE = "none"
"""What leaves a name open."""


def named(rule: Callable[[str], str | None]) -> Callable[[str], str]:
    """A check of a name that may be left open."""

    def check(text: str) -> str:
        wrong = None if text == NONE else rule(text)
        if wrong:
            raise ValueError(f"{text!r} {wrong}. Write {NONE} to leave it open.")
        return text

    return check


def deployment(text: str) -> str:
    """A Deployment by its name, in the default namespace where none is said."""
    from jetscale_tui.domain import names

    namespace, _, name = text.rpartition("/")
    namespace = namespace or "default"
    wrong = names.dns_label(namespace) or (names.dns_subdomain(name) if name else "is empty")
    if wrong:
        raise ValueError(f"{text!r} {wrong}. Write NAMESPACE/NAME.")
    return server_key(namespace, name)


def whole(least: int, most: int | None = None) -> Callable[[str], str]:
    """A check of a whole number between limits."""

    def check(text: str) -> str:
        beyond = most is not None and text.isdigit() and int(text) > most
        if not text.isdigit() or int(text) < least or beyond:
            upper = "or more" if most is None else f"to {most}"
            raise ValueError(f"Write a whole number, {least} {upper}.")
        return str(int(text))

    return check
