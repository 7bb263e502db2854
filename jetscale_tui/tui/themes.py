"""JetScale's two themes, and the only colours written as numbers."""

from __future__ import annotations

from textual.theme import Theme

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
