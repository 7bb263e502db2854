"""Everything about a step that a plan's short form leaves out: objects, rights, commands, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.engine.plan import Create
from jetscale_tui.manifests import dump

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jetscale_tui.domain.corrections import Correction
    from jetscale_tui.engine.plan import Change, Step


def of_change(change: Change) -> Iterator[str]:
    """A new object in full, one added line after the other; nothing for other changes."""
    if isinstance(change, Create):
        for line in dump.document(change.manifest).splitlines():
            yield f"      + {line}"


def of_step(step: Step) -> Iterator[str]:
    """What a step needs, what does the same by hand, how it is seen to work and taken back."""
    if not step.writes:
        return
    yield from _section("Needs the rights", (str(right) for right in step.rights))
    yield from _section("Does the same as", step.commands)
    yield from _section("Works when", [step.verify] if step.verify else [])
    yield from _section("Undo", [step.undo] if step.undo else [])


def of_correction(correction: Correction) -> Iterator[str]:
    """What the guide says, why JetScale differs, and who says so."""
    yield f"    the guide: {correction.guide}"
    yield f"    why: {correction.why}"
    yield f"    source: {correction.source}"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0:
            yield f"  {title}"
        yield from (f"    {part}" for part in line.splitlines())
