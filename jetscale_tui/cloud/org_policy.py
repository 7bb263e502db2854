"""Refusals by what an organisation forbids all its projects, named so that somebody can lift them.

Sources: Google Cloud's documentation of the Organization Policy Service and of VPC Service
Controls, troubleshooting.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from google.rpc import error_details_pb2

from jetscale_tui.errors import PermissionDenied, Rejected

if TYPE_CHECKING:
    from google.api_core import exceptions as api

    from jetscale_tui.cloud.calls import Call
    from jetscale_tui.errors import JetScaleError

_NAMED = re.compile(r"constraints/([A-Za-z][\w.]*\w)")
_PERIMETER = "vpcServiceControlsUniqueIdentifier"
_IDENTIFIER = re.compile(rf"{_PERIMETER}:?\s*([\w-]+)")


def refusal(error: api.GoogleAPICallError, call: Call) -> JetScaleError | None:
    """What to say if it is an organisation that forbids the call; None if it is not."""
    words = error.message or ""
    if error.reason == "SECURITY_POLICY_VIOLATED" or _PERIMETER in words:
        return _perimeter(error, call)
    constraint, description = _constraint(error)
    if not constraint:
        return None
    return Rejected(
        f"Cannot {call.doing}.",
        why=f"The organisation policy constraint {constraint} forbids it: {description or words}",
        fix="Ask an administrator of the organisation for an exception to "
        f"constraints/{constraint} in project {call.project}, or choose another "
        "adapter.identity.",
    )


def _constraint(error: api.GoogleAPICallError) -> tuple[str, str]:
    """Name and description of the constraint that is violated; empty when none is."""
    for detail in error.details:
        if isinstance(detail, error_details_pb2.PreconditionFailure):
            for violation in detail.violations:
                name = violation.type.removeprefix("constraints/")
                if name != violation.type:
                    return name, violation.description
    named = _NAMED.search(error.message or "")
    return (named[1], "") if named else ("", "")


def _perimeter(error: api.GoogleAPICallError, call: Call) -> PermissionDenied:
    words = error.message or ""
    found = _IDENTIFIER.search(words)
    number = dict(error.metadata or {}).get("uid", "") or (found[1] if found else "")
    about = f" {number}" if number else ""
    return PermissionDenied(
        f"Cannot {call.doing}.",
        why=f"A VPC Service Controls perimeter keeps this machine out. Google's answer: {words}",
        fix=f"Run JetScale from inside the perimeter, or show the identifier{about} to an "
        "administrator of the organisation: the access logs say which rule refused.",
    )
