"""What was worked out for an earlier look at an HPA, so that the next one costs what is new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.hpa.behavior import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jetscale_tui.domain.decision.passes import Pass
    from jetscale_tui.domain.decision.witness import Witness

_KEPT = 4
"""How many of the last memories are kept: of the passes last seen only the newest ones change."""


class Recall:
    """Remembers one HPA's passes between explanations. Results are those without it.

    Not thread-safe; another HPA, other pods or another spec begin anew.
    """

    def __init__(self) -> None:
        self._witness: Witness | None = None
        self._first = Memory()
        self._passes: tuple[Pass, ...] = ()
        self._memories: dict[int, Memory] = {}
        self.replayed = 0
        """Passes put through the controller's functions for the last answer."""

    def witness(self, witness: Witness) -> Witness:
        """The one known already, with what it worked out, where it saw the same."""
        if self._witness is None or self._witness != witness:
            self._witness, self._passes, self._memories = witness, (), {}
        return self._witness

    def memory(self, witness: Witness, first: Memory, earlier: Sequence[Pass]) -> Memory:
        """What the controller remembers after passes, beginning with a memory."""
        passes = tuple(earlier)
        begin = self._known(passes) if first == self._first else 0
        memory = self._memories[begin] if begin else first
        memories = {begin: memory} if begin else {}
        for index in range(begin, len(passes)):
            memory = witness.remembers(memory, passes[index])
            if index + 1 > len(passes) - _KEPT:
                memories[index + 1] = memory
        kept = {count: each for count, each in self._memories.items() if 0 < count <= begin}
        self._first, self._passes, self._memories = first, passes, kept | memories
        self.replayed = len(passes) - begin
        return memory

    def _known(self, passes: tuple[Pass, ...]) -> int:
        """After how many of the passes the memory is known; 0: after none."""
        fitting = (
            count
            for count in sorted(self._memories, reverse=True)
            if passes[:count] == self._passes[:count] and count <= len(passes)
        )
        return next(fitting, 0)
