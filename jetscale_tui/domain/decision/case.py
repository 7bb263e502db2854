"""The last pass of one HPA, put through the controller's functions with what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jetscale_tui.domain.decision import inputs, passes
from jetscale_tui.domain.decision.reach import reach_of
from jetscale_tui.domain.decision.recall import Recall
from jetscale_tui.domain.decision.witness import Witness
from jetscale_tui.domain.hpa.behavior import Memory
from jetscale_tui.domain.hpa.loop import Branch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.decision.passes import Pass
    from jetscale_tui.domain.decision.reach import Reach
    from jetscale_tui.domain.hpa.loop import Decision
    from jetscale_tui.domain.hpa.readings import Flags, Pods
    from jetscale_tui.domain.hpa.spec import HpaSpec
    from jetscale_tui.domain.live import HpaHistory, HpaView, LiveSnapshot, PodRow


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the examination of one pass stands on. Times are seconds since the epoch."""

    spec: HpaSpec
    flags: Flags
    hpa: HpaView
    history: HpaHistory
    rows: tuple[PodRow, ...]
    """The target's pods as they are now."""
    blind: bool
    """Pods cannot be listed."""
    seen: Pass
    """What the controller wrote."""
    memory: Memory
    """What it remembered when the pass began, as far as it was seen."""
    pods: Pods
    """The target's pods in the pass."""
    decision: Decision
    """What the controller's own functions make of all that."""
    known_since: float | None
    """From when on everything it remembers was seen; None: all of it was."""

    @property
    def size(self) -> int:
        """Replicas after the pass."""
        if self.decision.branch in (Branch.GIVEN_UP, Branch.UNREADABLE):
            return self.seen.current
        return self.seen.desired

    @property
    def reach(self) -> Reach:
        """How far back the pass could look."""
        return reach_of(self.spec, self.flags)


def open_case(
    snapshot: LiveSnapshot,
    hpa: HpaView,
    spec: HpaSpec,
    now: float,
    flags: Flags,
    recall: Recall | None = None,
) -> Case:
    """The case of an HPA's last pass, as of now; `recall` is of the one before."""
    history, rows = snapshot.history(*hpa.key), snapshot.pods_of(hpa)
    seen = passes.last_pass(history, hpa, now)
    known_since = history.retargeted
    if known_since is None and not passes.from_birth(history, hpa.created):
        known_since = history.since
    start = max(seen.time - reach_of(spec, flags).longest, history.retargeted or 0.0)
    # The controller puts in a first recommendation when it meets an HPA.
    born = known_since is None and (history.since or 0.0) >= start
    earlier = passes.earlier_passes(history, start, seen.time, born=born)
    recall = recall or Recall()
    witness = recall.witness(
        Witness(
            spec=spec,
            flags=flags,
            rows=rows,
            blind=not rows and not snapshot.connection.link("pods").live,
            shrunk=_last_shrink(rows, earlier, seen),
        )
    )
    memory = recall.memory(witness, Memory(None if born else ()), earlier)
    pods = witness.pods(seen)
    decision = witness.decides(memory, seen, inputs.scale_of(hpa, seen.current, pods))
    return Case(
        spec, flags, hpa, history, rows, witness.blind, seen, memory, pods, decision, known_since
    )


def _last_shrink(rows: tuple[PodRow, ...], earlier: Sequence[Pass], last: Pass) -> float | None:
    """When pods were last taken away; None for a workload that does not have its pods at all."""
    left = sum(row.phase != inputs.TERMINATING for row in rows)
    if left < min(last.current, last.desired):
        return None
    return max((one.time for one in (*earlier, last) if one.shrank), default=None)
