"""JetScale's two themes, the only colours written as numbers; and any theme made readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.color import Color

GROUNDS = ("background", "surface", "panel")
"""What text is drawn on."""
TEXTS = (
    "foreground", "foreground-muted", "footer-key-foreground", "text-primary", "text-success",
    "text-warning", "text-error", "text-accent",
)  # fmt: skip
"""What text is drawn in."""
READABLE = 4.5
"""Contrast between both: level AA of the Web Content Accessibility Guidelines."""
_STEPS = 20

DARK = Theme(
    name="jetscale-dark",
    primary="#5fb8e0",
    secondary="#8fa9c4",
    accent="#f0b35e",
    success="#74c991",
    warning="#e9b84e",
    error="#f4817f",
    foreground="#dde5ee",
    background="#10161d",
    surface="#161e27",
    panel="#202b37",
    dark=True,
    variables={
        "block-cursor-background": "#2d5266",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#25333f",
        "block-cursor-blurred-foreground": "#dde5ee",
        "footer-background": "#202b37",
        "footer-key-foreground": "#f0b35e",
        "border": "#5fb8e0",
        "border-blurred": "#3a4a5a",
        "foreground-muted": "#93a1af",
        "input-selection-background": "#5fb8e0 35%",
    },
)

LIGHT = Theme(
    name="jetscale-light",
    primary="#0b6590",
    secondary="#47627c",
    accent="#8f4f00",
    success="#1c6f37",
    warning="#7d5200",
    error="#ab231c",
    foreground="#1b2530",
    background="#f6f8fa",
    surface="#ffffff",
    panel="#e6ebf1",
    dark=False,
    variables={
        "block-cursor-background": "#cfe4f0",
        "block-cursor-foreground": "#0b2a3c",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#e1e8ef",
        "block-cursor-blurred-foreground": "#1b2530",
        "footer-background": "#e6ebf1",
        "footer-key-foreground": "#8f4f00",
        "border": "#0b6590",
        "border-blurred": "#a9b7c5",
        "foreground-muted": "#58646f",
        "input-selection-background": "#0b6590 25%",
    },
)


def readable(variables: Mapping[str, str]) -> dict[str, str]:
    """A theme's variables with its texts moved towards black or white until they can be read.

    Themes are made for the grounds their authors had in mind; some of their texts vanish on others.
    Colours that the terminal decides on are left alone.
    """
    from textual.color import BLACK, WHITE, Color

    fixed = dict(variables)
    if any("ansi" in variables[name] for name in GROUNDS):
        return fixed
    grounds = [Color.parse(variables[name]) for name in GROUNDS]
    end = max(BLACK, WHITE, key=lambda colour: min(contrast(g, colour) for g in grounds))
    for name in TEXTS:
        written = variables.get(name, "auto")
        if written.startswith("auto"):
            continue
        colour = Color.parse(written)
        for step in range(_STEPS + 1):
            moved = colour.blend(end, step / _STEPS, alpha=max(colour.a, step / _STEPS))
            if min(contrast(ground, ground + moved) for ground in grounds) >= READABLE:
                break
        if step:
            fixed[name] = moved.css
    return fixed


def contrast(one: Color, other: Color) -> float:
    """How far two colours stand apart, from 1 to 21, as WCAG counts."""
    darker, lighter = sorted(_luminance(colour) for colour in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    parts = [part / 255 for part in colour.rgb]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
