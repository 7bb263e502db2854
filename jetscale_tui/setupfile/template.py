"""A commented setup document, made from the model so that it cannot drift from it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel

from jetscale_tui.domain.spec import Setup, Workload
from jetscale_tui.setupfile.save import to_document

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from jetscale_tui.domain.profile import Profile

_HEAD = """\
# A JetScale setup. A minimal one names google.project, google.location and google.cluster;
# everything else has the default shown here. `jetscale config validate -f FILE` checks it.
"""


def setup_for(profile: Profile) -> Setup:
    """The setup a profile suggests: its usual names and ports, every other field at its default."""
    return Setup(
        workload=Workload(
            profile=profile.name,
            deployment=profile.deployment,
            selector=profile.selector,
            service=profile.service,
            http_port=profile.http_port,
            metrics_port=profile.metrics_port,
            chips_per_replica=profile.chips_per_replica,
        )
    )


def template(profile: Profile) -> str:
    """The commented document of `setup_for`, with the profile's metrics listed."""
    setup = setup_for(profile)
    lines = [_HEAD.rstrip()]
    lines += _fields(setup, to_document(setup), "")
    text = "\n".join(lines) + "\n"
    marker = "  behavior:"
    listed = "".join(
        f"    # {metric.name}: {metric.unit}, {metric.why}\n"
        for metric in profile.metrics
        if metric.scalable
    )
    return text.replace(marker, listed + marker, 1)


def _fields(model: BaseModel, document: dict[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for name, info in type(model).model_fields.items():
        key = info.alias or name
        value, plain = getattr(model, name), document[key]
        if isinstance(value, BaseModel):
            lines.append(f"{indent}{key}:{_comment(value.__doc__)}")
            lines += _fields(value, plain, indent + "  ")
        else:
            lines += _entry(key, plain, _note(info), indent)
    return lines


def _entry(key: str, value: Any, note: str, indent: str) -> list[str]:
    style = None if isinstance(value, dict | list) else False
    text = yaml.safe_dump({key: value}, sort_keys=False, default_flow_style=style, width=100)
    first, *rest = text.splitlines()
    return [f"{indent}{first}{_comment(note)}", *(f"{indent}{line}" for line in rest)]


def _note(info: FieldInfo) -> str:
    choices = ""
    if isinstance(info.annotation, type) and issubclass(info.annotation, Enum):
        choices = " | ".join(str(member.value) for member in info.annotation)
    return ": ".join(part for part in (info.description or "", choices) if part)


def _comment(text: str | None) -> str:
    return f"  # {text.splitlines()[0]}" if text else ""
