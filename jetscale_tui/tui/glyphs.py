"""The signs the screens draw with, each with an ASCII twin for terminals that lack them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.dom import DOMNode


class Glyphs(NamedTuple):
    """One set of signs. Every sign stands beside a word, so none carries meaning alone."""

    ascii: bool
    ok: str
    failed: str
    warning: str
    current: str
    todo: str
    pointer: str
    path: str
    ellipsis: str
    dash: str
    dot: str
    times: str
    arrow: str
    up: str
    down: str
    opened: str
    closed: str
    add: str = "+"
    change: str = "~"
    remove: str = "-"
    keep: str = "="
    checked: str = "[x]"
    unchecked: str = "[ ]"
    paused: str = "="
    """Scaling is paused; a replay stands still."""
    playing: str = ">"
    spinner: str = r"-\|/"
    full: str = "#"
    empty: str = "."
    levels: str = " .:-=+*#%"
    """From empty to full, for one cell of a bar."""
    line: str = "-"
    rise: tuple[str, str] = ("+", "+")
    """Corners of a step upwards: at the old level, at the new one."""
    fall: tuple[str, str] = ("+", "+")
    """Corners of a step downwards: at the old level, at the new one."""
    wall: str = "|"
    tick: str = "+"
    dashed: str = "- "
    """Repeated along a level."""
    dots: str = "."
    """Repeated along a dotted line."""


UNICODE = Glyphs(
    ascii=False,
    ok="✓",
    failed="✗",
    warning="!",
    current="●",
    todo="○",
    pointer="▸",
    path="▸",
    ellipsis="…",
    dash="–",
    dot="·",
    times="×",
    arrow="→",
    up="▲",
    down="▼",
    opened="▾",
    closed="▸",
    paused="‖",
    playing="▶",
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
    full="■",
    empty="□",
    levels=" ▁▂▃▄▅▆▇█",
    line="─",
    rise=("╯", "╭"),
    fall=("╮", "╰"),
    wall="│",
    tick="┤",
    dashed="┄",
    dots="·",
)

ASCII = Glyphs(
    ascii=True,
    ok="ok",
    failed="no",
    warning="!",
    current="*",
    todo="o",
    pointer=">",
    path=">",
    ellipsis="..",
    dash="-",
    dot="-",
    times="x",
    arrow="->",
    up="^",
    down="v",
    opened="v",
    closed=">",
)


def detect(environ: Mapping[str, str], encoding: str) -> Glyphs:
    """The set a terminal can show.

    Args:
        environ: the process environment; `JETSCALE_ASCII=1` or a dumb `TERM` asks for ASCII.
        encoding: encoding of the terminal's output.
    """
    if environ.get("JETSCALE_ASCII", "") not in ("", "0"):
        return ASCII
    if environ.get("TERM", "") in ("dumb", "linux", "vt100"):
        return ASCII
    return UNICODE if encoding.lower().replace("-", "").replace("_", "") == "utf8" else ASCII


@runtime_checkable
class DrawsWith(Protocol):
    """An application that has chosen its set."""

    glyphs: Glyphs


def glyphs_of(node: DOMNode) -> Glyphs:
    """The set of the application a widget lives in."""
    app = node.app
    return app.glyphs if isinstance(app, DrawsWith) else UNICODE


def spinning(node: DOMNode, turn: int) -> str:
    """One picture of the spinner; always the same where nothing is to move."""
    glyphs = glyphs_of(node)
    still = node.app.animation_level == "none"
    return glyphs.spinner[0 if still else turn % len(glyphs.spinner)].ljust(len(glyphs.ok))
