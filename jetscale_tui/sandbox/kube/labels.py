"""Label selectors: read as the real parser reads them, refused in its words, and written."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from jetscale_tui.sandbox.kube.names import LABEL_VALUE, label_key_problems
from jetscale_tui.sandbox.kube.status import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json

Matcher = Callable[["Json"], bool]

_TOKEN = re.compile(r"\s*(?:([=!<>]+|[(),])|([^\s=!<>(),]+)|$)")
_SYMBOLS = ("==", "=", "!=", "!", ">", "<", "(", ")", ",")
_OPERATORS = ("in", "notin", "=", "==", "!=", "gt", "lt")
_COMPARISONS = ("=", "==", "!=", ">", "<")
_END = ""


class Unreadable(ValueError):
    """A selector that does not parse; the message is the parser's."""


def requirements(text: str) -> list[Matcher]:
    """What each part of a selector asks of an object.

    Raises:
        Unreadable: it does not parse.
    """
    tokens, found = _Tokens(text), []
    while tokens.ahead != _END:
        if tokens.ahead in _SYMBOLS and tokens.ahead != "!":
            raise Unreadable(f"found '{tokens.ahead}', expected: !, identifier, or 'end of string'")
        try:
            found.append(_requirement(tokens))
        except Unreadable as error:
            raise Unreadable(f"unable to parse requirement: {error}") from None
        separator = tokens.next()
        if separator not in (",", _END):
            raise Unreadable(f"found '{separator}', expected: ',' or 'end of string'")
        if separator == "," and tokens.ahead in (_END, *_SYMBOLS) and tokens.ahead != "!":
            raise Unreadable(f"found '{tokens.ahead}', expected: identifier after ','")
    return found


class _Tokens:
    """The words and symbols of a selector; the empty string is its end."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_split(text))
        self._at = 0

    @property
    def ahead(self) -> str:
        """The next one, which stays the next."""
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def next(self) -> str:
        """The next one."""
        token = self.ahead
        self._at += 1
        return token


def _split(text: str) -> Iterable[str]:
    at = 0
    while match := _TOKEN.match(text, at):
        at = match.end()
        run, word = match.groups()
        if word:
            yield word
        while run:
            symbol = next(each for each in _SYMBOLS if run.startswith(each))
            yield symbol
            run = run.removeprefix(symbol)
        if at >= len(text):
            return


def _requirement(tokens: _Tokens) -> Matcher:
    absent = tokens.ahead == "!"
    if absent:
        tokens.next()
    key = tokens.next()
    if key == _END or key in _SYMBOLS:
        raise Unreadable(f"found '{key}', expected: identifier")
    _check("<nil>", key, label_key_problems(key))
    if absent or tokens.ahead in (_END, ","):
        return lambda obj: (_label(obj, key) is None) is absent
    operator = tokens.next()
    if operator in ("in", "notin"):
        values, wanted = _values(tokens), operator == "in"
        _check_values(key, values)
        return lambda obj: (_label(obj, key) in values) is wanted
    if operator not in _COMPARISONS:
        raise Unreadable(f"found '{operator}', expected: {', '.join(_OPERATORS)}")
    value = _exact_value(tokens)
    if operator in (">", "<"):
        _check_number(value)
        return lambda obj: _ordered(_label(obj, key), operator, value)
    _check_values(key, [value])
    equal = operator != "!="
    return lambda obj: (_label(obj, key) == value) is equal


def _values(tokens: _Tokens) -> list[str]:
    opening = tokens.next()
    if opening != "(":
        raise Unreadable(f"found '{opening}' expected: '('")
    values, expected = [], True
    while tokens.ahead not in (")", _END):
        token = tokens.next()
        if token == ",":
            # Between and around commas, nothing is the empty value.
            values += [""] if expected else []
            expected = True
        elif expected and token not in _SYMBOLS:
            values.append(token)
            expected = False
        else:
            raise Unreadable(f"found '{token}', expected: ',', or ')'")
    if values and expected:
        values.append("")
    closing = tokens.next()
    if closing != ")":
        raise Unreadable(f"found '{closing}', expected: ',', or ')'")
    if not values:
        words = "for 'in', 'notin' operators, values set can't be empty"
        raise Unreadable(f"values: {invalid('', values, words).message}")
    return sorted(set(values))


def _exact_value(tokens: _Tokens) -> str:
    if tokens.ahead in (_END, ","):
        return ""
    value = tokens.next()
    if value in _SYMBOLS:
        raise Unreadable(f"found '{value}', expected: identifier")
    return value


def _check(field: str, value: str, problems: Iterable[str]) -> None:
    told = "; ".join(problems)
    if told:
        raise Unreadable(f"{field}: {invalid(field, value, told).message}")


def _check_values(key: str, values: list[str]) -> None:
    for index, value in enumerate(values):
        _check(f"values[{index}][{key}]", value, LABEL_VALUE.problems(value))


def _check_number(value: str) -> None:
    if not re.fullmatch(r"[+-]?\d+", value):
        _check("values[0]", value, ["for 'Gt', 'Lt' operators, the value must be an integer"])


def _ordered(label: str | None, operator: str, value: str) -> bool:
    try:
        difference = int(label or "") - int(value)
    except ValueError:
        return False
    return difference > 0 if operator == ">" else difference < 0


def _label(obj: Json, key: str) -> str | None:
    labels = obj["metadata"].get("labels")
    return labels.get(key) if labels else None


def selector_text(selector: Json | None) -> str:
    """The label selector of an object as query strings have it: `app=web,tier in (a,b)`."""
    chosen = selector or {}
    terms = [(key, f"{key}={value}") for key, value in (chosen.get("matchLabels") or {}).items()]
    for rule in chosen.get("matchExpressions") or ():
        key, values = rule["key"], ",".join(sorted(rule.get("values") or ()))
        text = {"Exists": key, "DoesNotExist": f"!{key}"}.get(rule["operator"])
        terms.append((key, text or f"{key} {rule['operator'].lower()} ({values})"))
    return ",".join(text for _, text in sorted(terms))
