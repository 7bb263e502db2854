"""From the text of a PromQL expression to a tree; what is not understood is refused by name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

AGGREGATIONS = ("sum", "avg", "min", "max", "count")
_MATCHING = ("=", "!=", "=~", "!~")
_PRECEDENCE = {"or": 1, "+": 2, "-": 2, "*": 3, "/": 3, "%": 3, "^": 4}
_NOT_EVALUATED = ("and", "unless", "==", "!=", "<", ">", "<=", ">=", "[", "@", "offset", "bool")
_TOKEN = re.compile(
    r"""\s*(?:
      (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
    | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
    | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`)
    | (?P<sign>=~|!~|!=|==|<=|>=|[-+*/%^(){}\[\],=<>@])
    )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


class PromqlError(Exception):
    """The expression cannot be read or evaluated; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label."""

    label: str
    operator: str
    """`=`, `!=`, `=~` or `!~`."""
    value: str


@dataclass(frozen=True, slots=True)
class Number:
    """A scalar."""

    value: float


@dataclass(frozen=True, slots=True)
class Selector:
    """An instant vector; the metric's name is one of the matchers, `__name__`."""

    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class Aggregation:
    """`sum by (label) (expression)` and its kin."""

    operator: str
    labels: tuple[str, ...]
    without: bool
    """The labels are those that go; else those that stay."""
    of: Expression


@dataclass(frozen=True, slots=True)
class Vector:
    """`vector(scalar)`: one sample without labels."""

    of: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions and an operator between them."""

    operator: str
    left: Expression
    right: Expression


Expression = Number | Selector | Aggregation | Vector | Binary


class _Token(NamedTuple):
    kind: str
    """`number`, `name`, `text`, `sign` or `end`."""
    text: str
    at: int


def parse(text: str) -> Expression:
    """The tree of an expression.

    Raises:
        PromqlError: it is no PromQL, or uses what is not evaluated here.
    """
    parser = _Parser(text)
    tree = parser.expression(0)
    parser.expect_end()
    return tree


class _Parser:
    """Reads one expression from left to right, never looking back."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0

    def expression(self, floor: int) -> Expression:
        """An expression of operators that bind at least as tightly as `floor`."""
        left = self._operand()
        while (strength := _PRECEDENCE.get(self._seen.text.lower(), 0)) and strength >= floor:
            operator = self._take().text.lower()
            # Only exponentiation groups to the right.
            right = self.expression(strength if operator == "^" else strength + 1)
            left = Binary(operator, left, right)
        return left

    def expect_end(self) -> None:
        """Refuse whatever is left."""
        if self._seen.text.lower() in _NOT_EVALUATED:
            raise self._error(f'"{self._seen.text}" is not evaluated by the sandbox')
        if self._seen.kind != "end":
            raise self._error(f"unexpected {_shown(self._seen)}")

    @property
    def _seen(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._seen
        self._next += 1
        return token

    def _expect(self, text: str, where: str) -> None:
        if self._seen.text != text:
            raise self._error(f'unexpected {_shown(self._seen)} in {where}, expected "{text}"')
        self._take()

    def _error(self, message: str) -> PromqlError:
        return PromqlError(f"1:{self._seen.at + 1}: parse error: {message}")

    def _operand(self) -> Expression:
        token = self._seen
        match token.kind, token.text:
            case "number", number:
                self._take()
                return Number(float(number))
            case "sign", "-" | "+":
                self._take()
                # A sign binds less tightly than exponentiation only.
                operand = self.expression(_PRECEDENCE["^"])
                return Binary("*", Number(-1.0 if token.text == "-" else 1.0), operand)
            case "sign", "(":
                self._take()
                inside = self.expression(0)
                self._expect(")", "parentheses")
                return inside
            case "sign", "{":
                return Selector(self._matchers())
            case "name", name:
                self._take()
                return self._named(name)
            case _:
                raise self._error(f"unexpected {_shown(token)}")

    def _named(self, name: str) -> Expression:
        if name in AGGREGATIONS and self._seen.text in ("(", "by", "without"):
            return self._aggregation(name)
        if self._seen.text == "(":
            if name != "vector":
                raise self._error(f'the function "{name}" is not evaluated by the sandbox')
            return Vector(self._in_parentheses("vector"))
        own = Matcher("__name__", "=", name)
        return Selector((own, *(self._matchers() if self._seen.text == "{" else ())))

    def _aggregation(self, operator: str) -> Expression:
        grouping = self._grouping()
        inside = self._in_parentheses("aggregation")
        if grouping is None:
            grouping = self._grouping()
        without, labels = grouping or (False, ())
        return Aggregation(operator, labels, without, inside)

    def _in_parentheses(self, where: str) -> Expression:
        self._expect("(", where)
        inside = self.expression(0)
        self._expect(")", where)
        return inside

    def _grouping(self) -> tuple[bool, tuple[str, ...]] | None:
        if self._seen.text not in ("by", "without"):
            return None
        without = self._take().text == "without"
        self._expect("(", "grouping")
        labels = []
        while self._seen.text != ")":
            if self._seen.kind != "name":
                raise self._error(f"unexpected {_shown(self._seen)} in grouping, expected label")
            labels.append(self._take().text)
            if self._seen.text != ")":
                self._expect(",", "grouping")
        self._take()
        return without, tuple(labels)

    def _matchers(self) -> tuple[Matcher, ...]:
        """In braces; a comma may follow the last one but not precede the first."""
        self._expect("{", "label matching")
        found = []
        while self._seen.text != "}":
            if self._seen.kind != "name":
                raise self._error(
                    f"unexpected {_shown(self._seen)} in label matching, "
                    'expected identifier or "}"'
                )
            label = self._take().text
            if self._seen.text not in _MATCHING:
                raise self._error(f"unexpected {_shown(self._seen)} in label matching")
            operator = self._take().text
            if self._seen.kind != "text":
                raise self._error(f"unexpected {_shown(self._seen)} in label matching")
            found.append(Matcher(label, operator, _unquoted(self._take().text)))
            if self._seen.text != "}":
                self._expect(",", "label matching")
        self._take()
        return tuple(found)


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise PromqlError(f"1:{at + 1}: parse error: unexpected character: {text[at:][:1]!r}")
        kind = match.lastgroup or ""
        found.append(_Token(kind, match[kind], match.start(kind)))
        at = match.end()
    return [*found, _Token("end", "", len(text))]


def _unquoted(text: str) -> str:
    if text.startswith("`"):
        return text[1:-1]
    return re.sub(r"\\(.)", lambda escape: _ESCAPES.get(escape[1], escape[1]), text[1:-1])


def _shown(token: _Token) -> str:
    return "end of input" if token.kind == "end" else f'"{token.text}"'
