"""The CEL rules of the custom kinds, each one written out in Python.

Evaluating CEL in general is outside the sandbox's purpose; a rule that is not in the table is a
rule nobody translated, and the test of this module says which.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jetscale_tui.sandbox.kube.objects import dig
from jetscale_tui.sandbox.kube.shapes.schema import ANYTHING, Node
from jetscale_tui.sandbox.kube.status import Cause, invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.domain.kinds import Json

_PROTECTED = (
    "project_id",
    "location",
    "cluster",
    "namespace",
    "job",
    "instance",
    "top_level_controller",
    "top_level_controller_type",
    "__address__",
)
_NO_SECRET_NAMESPACE = re.compile(
    r"self\.spec\.endpoints\.all\(e, .*!has\(e\.([\w.]+)\.__namespace__\)\)"
)
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}

_PREDICATES: dict[str, Callable[[Any], bool]] = {
    "!has(self.timeout) || self.timeout <= self.interval": lambda e: (
        "timeout" not in e or seconds(e["timeout"]) <= seconds(e["interval"])
    ),
    "((has(self.authorization) ? 1 : 0) + (has(self.basicAuth) ? 1 : 0)"
    " + (has(self.oauth2) ? 1 : 0)) <= 1": lambda e: (
        sum(method in e for method in ("authorization", "basicAuth", "oauth2")) <= 1
    ),
    "self != 'Basic'": lambda value: value != "Basic",
    "!has(self.action) ||  self.action != 'labeldrop' || has(self.regex)": lambda rule: (
        rule.get("action") != "labeldrop" or "regex" in rule
    ),
    " && ".join(f"self != '{label}'" for label in _PROTECTED): lambda v: v not in _PROTECTED,
    "isURL(self) && !self.matches('@')": lambda url: (
        bool(urlsplit(url).scheme and urlsplit(url).netloc) and "@" not in url
    ),
    "has(self.cert) == has(self.key)": lambda tls: ("cert" in tls) == ("key" in tls),
    "self != 0": lambda port: port != 0,
}
MESSAGES: dict[str, Callable[[Any], str]] = {
    "'scrape timeout (%s) must not be greater than scrape interval (%s)'"
    ".format([self.timeout, self.interval])": lambda e: (
        f"scrape timeout ({e['timeout']}) must not be greater than "
        f"scrape interval ({e['interval']})"
    ),
    "'cannot relabel onto protected label \"%s\"'.format([self])": lambda label: (
        f'cannot relabel onto protected label "{label}"'
    ),
}


def broken(value: Any, node: Node, path: str) -> Iterator[Cause]:
    """The rules a well-shaped object breaks."""
    for rule in node.constraints.get("x-kubernetes-validations", ()):
        if not predicate(rule["rule"])(value):
            yield _cause(rule, value, node, path)
    if isinstance(value, dict):
        for key, one in value.items():
            below = f"{path}.{key}" if path else key
            yield from broken(one, node.child(key) or ANYTHING, below)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from broken(item, node.item or ANYTHING, f"{path}[{index}]")


def predicate(rule: str) -> Callable[[Any], bool]:
    """The translation of a rule.

    Raises:
        KeyError: nobody translated it.
    """
    secret = _NO_SECRET_NAMESPACE.fullmatch(rule)
    if secret is None:
        return _PREDICATES[rule]
    place = secret[1].split(".")
    return lambda obj: all(
        dig(endpoint, *place, "namespace") is None for endpoint in obj["spec"]["endpoints"]
    )


def _cause(rule: Json, value: Any, node: Node, path: str) -> Cause:
    message = rule.get("message") or f"failed rule: {rule['rule']}"
    if "messageExpression" in rule:
        message = MESSAGES[rule["messageExpression"]](value)
    if rule.get("reason") == "FieldValueForbidden":
        return Cause("FieldValueForbidden", f"Forbidden: {message}", path or "<nil>")
    shape = "object" if node.shape == "struct" else node.scalar if node.scalar == "string" else ""
    return invalid(path or "<nil>", shape, message)


def seconds(duration: str) -> float:
    """A Go duration such as `1m30s` in seconds."""
    parts = re.findall(r"([\d.]+)(ns|us|µs|ms|s|m|h)", duration)
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
