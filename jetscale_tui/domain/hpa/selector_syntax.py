"""Whether the text of a label selector can be parsed, and the label parser's words if not.

Only the grammar is checked: a scale's selector was made from labels the API server accepted.
"""

from __future__ import annotations

import re
from functools import lru_cache

_TOKEN = re.compile(r"==|!=|[=!()<>,]|[^\s=!()<>,]+")
_SPECIAL = frozenset(("==", "!=", "=", "!", "(", ")", "<", ">", ",", ""))
_OPERATORS = ("in", "notin", "=", "==", "!=", "gt", "lt")
_COMPARISONS = frozenset(("=", "==", "!=", "<", ">"))
_END = ""


class _SyntaxError(Exception):
    """The label parser's words."""


@lru_cache(maxsize=256)
def syntax_error(selector: str) -> str:
    """Why the selector cannot be parsed; empty: it can.

    `app=web,tier in (a, b),!canary` is the grammar: requirements with commas between.
    """
    try:
        _Parser(selector).parse()
    except _SyntaxError as error:
        return str(error)
    return ""


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[str] = [*_TOKEN.findall(text), _END]
        self._next = 0

    def parse(self) -> None:
        if self._peek() == _END:
            return
        while True:
            if not _starts_requirement(self._peek()):
                raise _SyntaxError(
                    f"found '{self._peek()}', expected: !, identifier, or 'end of string'"
                )
            try:
                self._requirement()
            except _SyntaxError as error:
                raise _SyntaxError(f"unable to parse requirement: {error}") from None
            separator = self._take()
            if separator == _END:
                return
            if separator != ",":
                raise _SyntaxError(f"found '{separator}', expected: ',' or 'end of string'")
            if not _starts_requirement(self._peek()):
                raise _SyntaxError(f"found '{self._peek()}', expected: identifier after ','")

    def _requirement(self) -> None:
        absent = self._peek() == "!"
        if absent:
            self._take()
        self._identifier()
        if absent or self._peek() in (_END, ","):
            return
        operator = self._take()
        if operator in ("in", "notin"):
            self._values()
        elif operator not in _COMPARISONS:
            raise _SyntaxError(f"found '{operator}', expected: {', '.join(_OPERATORS)}")
        elif self._peek() not in (_END, ","):
            self._identifier()

    def _identifier(self) -> None:
        token = self._take()
        if token in _SPECIAL:
            raise _SyntaxError(f"found '{token}', expected: identifier")

    def _values(self) -> None:
        token = self._take()
        if token != "(":
            raise _SyntaxError(f"found '{token}' expected: '('")
        while (token := self._take()) != ")":
            if token in _SPECIAL and token != ",":
                raise _SyntaxError(f"found '{token}', expected: ',', ')' or identifier")
            if token != "," and self._peek() not in (",", ")"):
                raise _SyntaxError(f"found '{self._peek()}', expected: ',' or ')'")

    def _peek(self) -> str:
        return self._tokens[self._next]

    def _take(self) -> str:
        token = self._tokens[self._next]
        # The end is never left behind.
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token


def _starts_requirement(token: str) -> bool:
    return token == "!" or token not in _SPECIAL
