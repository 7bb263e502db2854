"""The part of Cloud Monitoring's filter language that the sandbox understands.

Terms joined by AND; each compares one field with `=` or `starts_with`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc

from jetscale_tui.sandbox.google.status import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

_TERM = re.compile(
    r"\s*(?P<field>(?:metric|resource)\.(?:type|labels?\.\"?[\w.-]+\"?))\s*"
    r'(?:=\s*(?:"(?P<exact>(?:[^"\\]|\\.)*)"|starts_with\("(?P<prefix>(?:[^"\\]|\\.)*)"\)))\s*'
    r"(?P<more>AND\b|$)"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison."""

    field: str
    """`metric.type`, `resource.labels.cluster`."""
    value: str
    prefix: bool
    """Whether `starts_with` was asked."""

    def accepts(self, value: str | None) -> bool:
        """Whether a field's value passes; a field that is not there is the empty string."""
        present = value or ""
        return present.startswith(self.value) if self.prefix else present == self.value


def parse(text: str) -> tuple[Term, ...]:
    """The terms of a filter, none for an empty one.

    Raises:
        Refusal: INVALID_ARGUMENT, the filter is not one the sandbox understands.
    """
    terms: list[Term] = []
    position = 0
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None:
            raise Refusal(
                grpc.StatusCode.INVALID_ARGUMENT,
                f'Field filter had an invalid value of "{text}": Could not parse filter "{text}"',
            )
        prefix = found["prefix"]
        raw = found["exact"] if prefix is None else prefix
        name = found["field"].replace(".label.", ".labels.").replace('"', "")
        terms.append(Term(name, re.sub(r"\\(.)", r"\1", raw), prefix is not None))
        position = found.end()
    return tuple(terms)


def accepts_all(terms: tuple[Term, ...], field: Callable[[str], str | None]) -> bool:
    """Whether every term passes; `field` looks a field up by its name."""
    return all(term.accepts(field(term.field)) for term in terms)
