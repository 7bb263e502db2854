"""What every exported file says at its top, in lines that start with `#`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.manifests.corrections import in_force

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup


def commented(lines: Iterable[str]) -> str:
    """Lines as comments; a line break inside one cannot end the comment."""
    return "".join(f"# {one_line(line)}".rstrip() + "\n" for line in lines)


def one_line(text: str) -> str:
    """Text without line breaks or other control characters; leading spaces stay."""
    indent = text[: len(text) - len(text.lstrip(" "))]
    return indent + " ".join("".join(c if c.isprintable() else " " for c in text).split())


def heading(setup: Setup, profile: Profile, *notes: str) -> str:
    """Whose file this is, what to know about it, and where it differs from the guide."""
    about = (
        f"JetScale setup {setup.metadata.name}: {setup.adapter.kind} adapter, "
        f"guide {setup.guide}, profile {profile.name}."
    )
    return commented([about, *notes, *_differences(setup, profile)])


def _differences(setup: Setup, profile: Profile) -> Iterable[str]:
    corrections = in_force(setup, profile)
    if not corrections:
        return
    yield ""
    yield "Where this differs from the public guide:"
    for correction in corrections:
        yield f"  {correction.id}: {correction.ours}"
        yield f"    The guide: {correction.guide}"
        yield f"    Why: {correction.why}"
        yield f"    Source: {correction.source}"
