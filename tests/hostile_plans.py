"""Plans and errors whose every foreign word is somebody's malice."""

from __future__ import annotations

from dataclasses import replace

from jetscale_tui.domain.google import Binding
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.domain.rights import KubernetesRight
from jetscale_tui.engine.plan import (
    Create,
    Delete,
    EnableService,
    Grant,
    Plan,
    Revoke,
    Risk,
    RollBackRelease,
    Step,
    StepId,
    UninstallRelease,
)
from jetscale_tui.errors import JetScaleError, Rejected
from tests.hostile import poisoned
from tests.tui import live
from tests.tui.dialogs import hostile_plan


def failure(tail: str) -> JetScaleError:
    """What a server may answer."""
    return Rejected(f"No{tail}.", why=f"Because{tail}.", fix=f"Run: kubectl get x{tail}")


def plan(tail: str) -> Plan:
    """Something of every kind of change, each named by somebody without scruples."""
    hpa, binding = poisoned(live.hpa(), tail), Binding(f"roles/x{tail}", f"user:ana{tail}")
    ref = Ref.to(HPA, f"h{tail}", f"default{tail}")
    right = KubernetesRight("get", f"g{tail}", f"r{tail}", f"n{tail}")
    adapter = Step(
        StepId.ADAPTER,
        (
            Create(ref, hpa),
            Delete(ref, hpa),
            Grant(f"p{tail}", binding),
            Revoke(f"p{tail}", binding, account=f"a{tail}"),
            EnableService(f"p{tail}", f"s{tail}"),
            RollBackRelease(f"r{tail}", f"n{tail}", 2, 1),
            UninstallRelease(f"r{tail}", f"n{tail}", 2),
        ),
        rights=(right,),
        missing=(right,),
        commands=(f"kubectl get x{tail}",),
        undo=f"Back{tail}.",
        risks=(Risk("X-2", f"Stuck{tail}.", f"Mend{tail}.", blocking=True),),
        handed_over=True,
    )
    small = hostile_plan(tail)
    return replace(small, steps=(adapter, *small.steps), notes=(f"Note{tail}.",))
