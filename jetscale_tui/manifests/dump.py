"""Objects as YAML text: same objects, same bytes, read alike by every YAML reader.

Kubernetes' tools follow YAML 1.1 more widely than PyYAML does: they take a bare `y` for true and
`1e3` for a number. Text that any reader could take for something else is quoted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json

_AMBIGUOUS = re.compile(r"[yYnN]|[-+]?\.?[0-9][0-9a-fA-FxXoOeE_.:,+-]*|[-+]?\.(inf|nan)", re.I)


class _Dumper(yaml.SafeDumper):
    """Writes every value in full (no anchors), lists indented, long lines unbroken."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 (PyYAML's signature)
        return True

    def increase_indent(
        self,
        flow: bool = False,
        indentless: bool = False,  # noqa: ARG002 (PyYAML's signature)
    ) -> None:
        super().increase_indent(flow, False)


_LINE_BREAKS = re.compile("[\r\x85\u2028\u2029]")
"""Breaks that some readers fold or normalise; they survive as escapes only."""


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = None
    if _LINE_BREAKS.search(value):
        style = '"'
    elif "\n" in value:
        style = "|"
    elif _AMBIGUOUS.fullmatch(value):
        style = "'"
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def document(value: object) -> str:
    """One YAML document, keys in the order given."""
    return yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        default_flow_style=False,
        width=2**16,
        allow_unicode=True,
    )


def manifests(objects: Iterable[Json]) -> str:
    """Several objects as one multi-document stream, in the order given."""
    return "---\n".join(document(manifest) for manifest in objects)
