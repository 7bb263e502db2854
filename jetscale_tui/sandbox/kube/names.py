"""What names, label keys and label values may look like, and the words for those that do not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_START_AND_END = "must start and end with an alphanumeric character"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of name."""

    pattern: str
    words: str
    """What is said of a name that does not match."""
    longest: int
    """Bytes."""

    def problems(self, name: str) -> Iterator[str]:
        """What is wrong with a name."""
        if len(name.encode()) > self.longest:
            yield f"must be no more than {self.longest} bytes"
        if not re.fullmatch(self.pattern, name):
            yield self.words


def _words(what: str, pattern: str, *examples: str) -> str:
    listed = " or ".join(f"'{example}', " for example in examples)[:-2]
    return f"{what} (e.g. {listed}, regex used for validation is '{pattern}')"


DNS_LABEL = Rule(
    _LABEL,
    _words(
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
        + _START_AND_END,
        _LABEL,
        "my-name",
        "123-abc",
    ),
    63,
)
DNS_SUBDOMAIN = Rule(
    rf"{_LABEL}(\.{_LABEL})*",
    _words(
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        f"'.', and {_START_AND_END}",
        rf"{_LABEL}(\.{_LABEL})*",
        "example.com",
    ),
    253,
)
DNS_1035_LABEL = Rule(
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    _words(
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
        "alphabetic character, and end with an alphanumeric character",
        "[a-z]([-a-z0-9]*[a-z0-9])?",
        "my-name",
        "abc-123",
    ),
    63,
)
LABEL_VALUE = Rule(
    f"({_QUALIFIED})?",
    _words(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
        f"'.', and {_START_AND_END}",
        f"({_QUALIFIED})?",
        "MyValue",
        "my_value",
        "12345",
    ),
    63,
)
_QUALIFIED_NAME = Rule(
    _QUALIFIED,
    _words(
        f"must consist of alphanumeric characters, '-', '_' or '.', and {_START_AND_END}",
        _QUALIFIED,
        "MyName",
        "my.name",
        "123-abc",
    ),
    63,
)


def label_key_problems(key: str) -> Iterator[str]:
    """What is wrong with the key of a label or annotation."""
    prefix, *rest = key.split("/")
    if len(rest) > 1:
        yield (
            f"a qualified name {_QUALIFIED_NAME.words} with an optional DNS subdomain prefix and "
            "'/' (e.g. 'example.com/MyName')"
        )
        return
    if rest and not prefix:
        yield "prefix part must be non-empty"
    elif rest:
        yield from (f"prefix part {problem}" for problem in DNS_SUBDOMAIN.problems(prefix))
    name = rest[0] if rest else key
    if not name:
        yield "name part must be non-empty"
    yield from (f"name part {problem}" for problem in _QUALIFIED_NAME.problems(name))


def resource_name_problems(name: str) -> Iterator[str]:
    """What is wrong with the name of something a container consumes, such as `google.com/tpu`."""
    problems = list(label_key_problems(name))
    yield from problems
    if "/" not in name and not re.fullmatch("cpu|memory|ephemeral-storage|hugepages-.+", name):
        if not problems:
            yield "must be a standard resource type or fully qualified"
        yield "must be a standard resource for containers"
