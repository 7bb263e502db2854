"""The HPA's pods, what they are waiting for, and the TPU chips under them."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from textual.content import Content

from jetscale_tui.domain.live import LinkState
from jetscale_tui.tui.format import State, bar, duration, fit, fit_middle, plural, shown, sign
from jetscale_tui.tui.glyphs import glyphs_of
from jetscale_tui.tui.widgets.panel import GlancePanel

if TYPE_CHECKING:
    from jetscale_tui.domain.live import NodeRow, PodRow
    from jetscale_tui.tui.glance import Glance
    from jetscale_tui.tui.glyphs import Glyphs

_NAME = 22
_BAR = 8


class PodsPanel(GlancePanel):
    """One line a pod, one line a node, then the sum of chips."""

    TITLE = "Pods and chips"
    HELP = """
    Each replica needs all its TPU chips on one node. A pod that stays Pending has no node with
    enough free chips: the node pool is at its maximum, out of quota, or still growing.
    """

    def drawn(self, glance: Glance) -> Content:
        """The lines."""
        glyphs = glyphs_of(self)
        lines = [_pod_line(pod, glance, glyphs, self.text_width) for pod in glance.pods]
        link = glance.snapshot.connection.link("pods")
        if not lines:
            word = "pods may not be listed" if link.state is LinkState.FORBIDDEN else "no pods"
            lines.append(Content.styled(word, "$foreground-muted"))
        nodes = glance.snapshot.nodes
        if glance.snapshot.connection.link("nodes").state is LinkState.FORBIDDEN:
            lines.append(Content.styled("nodes may not be listed", "$foreground-muted"))
        lines += [_node_line(node, glyphs) for node in nodes]
        if nodes:
            chips = sum(node.chips for node in nodes)
            free = sum(node.free for node in nodes)
            lines.append(
                Content.styled(
                    f"{plural(len(nodes), 'TPU node')} {glyphs.dot} {chips} chips "
                    f"{glyphs.dot} {free} free",
                    "$foreground-muted",
                )
            )
        return Content("\n").join(lines)


def pod_state(pod: PodRow, glance: Glance) -> tuple[State, str]:
    """How a pod stands, in words."""
    if pod.is_ready:
        return State.OK, f"{shown(pod.phase)} {pod.ready}/{pod.containers}"
    if pod.phase in ("Running", "ContainerCreating", "PodInitializing"):
        return State.CURRENT, f"{_starting(pod, glance)}, {pod.ready}/{pod.containers}"
    waits = pod.reason or pod.phase
    state = State.WARNING if pod.phase == "Pending" else State.FAILED
    return state, shown(waits)


def _starting(pod: PodRow, glance: Glance) -> str:
    """`starting 41 of ~74 s`: how long it took the others, where that is known."""
    since = glance.seconds_since(pod.scheduled)
    if since is None:
        return "starting"
    usual = usual_start(glance.pods)
    if usual is None:
        return f"starting {duration(since)}"
    return f"starting {since:.0f} of ~{usual:.0f} s"


def usual_start(pods: tuple[PodRow, ...]) -> float | None:
    """Seconds from being given a node to being ready: the median of those that never restarted."""
    took = [
        (pod.became_ready - pod.scheduled).total_seconds()
        for pod in pods
        if pod.became_ready and pod.scheduled and not pod.restarts
    ]
    measured = [seconds for seconds in took if seconds > 0]
    return median(measured) if measured else None


def _pod_line(pod: PodRow, glance: Glance, glyphs: Glyphs, width: int) -> Content:
    state, words = pod_state(pod, glance)
    longest = max(_NAME, min(width - 40, max(len(pod.name) for pod in glance.pods)))
    name = fit_middle(shown(pod.name), longest, glyphs.ellipsis)
    restarts = f"  {plural(pod.restarts, 'restart')}" if pod.restarts else ""
    node = shown(pod.node) or "no node"
    words = fit(words, max(width - longest - 14, 16), glyphs.ellipsis)
    room = max(width - longest - max(len(words), 16) - 5, 8)
    line = Content.assemble(
        sign(state, glyphs),
        f" {name:<{longest}} {words:<16} ",
        (fit_middle(node, room, glyphs.ellipsis), "$foreground-muted"),
        (restarts, "$text-warning"),
    )
    if not pod.is_ready and pod.message:
        line = Content.assemble(
            line, "\n    ", (fit(shown(pod.message), max(width - 5, 8)), "$foreground-muted")
        )
    return line


def _node_line(node: NodeRow, glyphs: Glyphs) -> Content:
    words = "" if node.ready else "  not ready"
    words += "" if node.schedulable else "  cordoned"
    drawn = bar(node.used, node.chips, _BAR, glyphs)
    return Content.assemble(
        ("  ", ""),
        f"{fit_middle(shown(node.name), _NAME, glyphs.ellipsis):<{_NAME}} ",
        (drawn, "$text-primary"),
        f" {node.used}/{node.chips} chips ",
        (shown(node.topology), "$foreground-muted"),
        (words, "$text-warning"),
    )
