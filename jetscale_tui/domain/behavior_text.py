"""One direction of an HPA's behavior as a person types it: `4 pods/15s or 100%/15s`, `off`.

Pure, both ways. ` or ` takes the policy that allows the larger change, ` and ` the smaller one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.behavior_rules import MAX_PERIOD_SECONDS, MAX_WINDOW_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.kinds import Json

_POLICY = re.compile(
    r"(?:(?P<pods>\d+)\s*(?:pods?)?|(?P<percent>\d+)\s*%)\s*/\s*(?P<period>\d+)\s*s?", re.ASCII
)
_OFF = "off"
_EXAMPLE = "such as 4 pods/15s"
_LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class DirectionText:
    """What is typed for one direction; empty text leaves the default."""

    window: str = ""
    """Stabilization window, seconds."""
    rate: str = ""


class NotABehavior(ValueError):
    """A text is none; the message is a few words for the person who typed it."""


def written(rules: Mapping[str, Any] | None) -> DirectionText:
    """The text of a direction's rules, as the API has them."""
    if not rules:
        return DirectionText()
    window = rules.get("stabilizationWindowSeconds")
    if rules.get("selectPolicy") == "Disabled":
        rate = _OFF
    else:
        joint = " and " if rules.get("selectPolicy") == "Min" else " or "
        rate = joint.join(_policy_text(policy) for policy in rules.get("policies") or ())
    return DirectionText("" if window is None else str(window), rate)


def read(text: DirectionText, before: Mapping[str, Any] | None) -> Json | None:
    """The rules a text stands for; None where nothing is typed and nothing else was set.

    What has no text, the tolerance, stays as it was; so do the policies of a direction that is
    switched off.

    Raises:
        NotABehavior: the window or the rate.
    """
    old = dict(before or {})
    rules: Json = {"tolerance": old["tolerance"]} if "tolerance" in old else {}
    if window := text.window.strip():
        rules["stabilizationWindowSeconds"] = read_window(window)
    rate = text.rate.strip()
    if rate == _OFF:
        if old.get("policies"):
            rules["policies"] = old["policies"]
        return rules | {"selectPolicy": "Disabled"}
    if rate:
        rules |= read_rate(rate)
    return rules or None


def read_window(text: str) -> int:
    """Seconds of a window.

    Raises:
        NotABehavior: it is none.
    """
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_WINDOW_SECONDS:
        raise NotABehavior(f"0 to {MAX_WINDOW_SECONDS} seconds")
    return int(text)


def read_rate(text: str) -> Json:
    """`selectPolicy` and `policies` of a rate.

    Raises:
        NotABehavior: it is none.
    """
    joint = "and" if " and " in text else "or"
    if joint == "and" and " or " in text:
        raise NotABehavior("either or, or and")
    return {
        "selectPolicy": "Min" if joint == "and" else "Max",
        "policies": [_policy(part.strip()) for part in text.split(f" {joint} ")],
    }


def _policy(text: str) -> Json:
    match = _POLICY.fullmatch(text)
    if match is None:
        raise NotABehavior(_EXAMPLE)
    value, period = int(match["pods"] or match["percent"]), int(match["period"])
    if not 1 <= value <= _LARGEST:
        raise NotABehavior("1 or more")
    if not 1 <= period <= MAX_PERIOD_SECONDS:
        raise NotABehavior(f"a period is 1 to {MAX_PERIOD_SECONDS} s")
    return {
        "type": "Pods" if match["pods"] else "Percent",
        "value": value,
        "periodSeconds": period,
    }


def _policy_text(policy: Mapping[str, Any]) -> str:
    value, period = policy.get("value"), policy.get("periodSeconds")
    if policy.get("type") == "Percent":
        return f"{value}%/{period}s"
    return f"{value} {'pod' if value == 1 else 'pods'}/{period}s"
