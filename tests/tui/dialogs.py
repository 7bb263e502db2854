"""One of every dialog, with some text behind every word that could come from outside.

A dialog that is not in `DIALOGS` fails the tests of all dialogs.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any

from textual.screen import ModalScreen

import jetscale_tui.tui
from jetscale_tui.domain.forecast.advice import Advice, Search
from jetscale_tui.domain.forecast.changes import Change, Concern
from jetscale_tui.domain.google import Project
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.domain.live_rows import read_hpa
from jetscale_tui.engine.detect import StartUp
from jetscale_tui.engine.forecast_facts import facts_of
from jetscale_tui.engine.forecasting import forecast
from jetscale_tui.engine.plan import FieldChange, Plan, Risk, Step, StepId, Update
from jetscale_tui.errors import JetScaleError
from jetscale_tui.tui.dialogs.advice import AdviceDialog
from jetscale_tui.tui.dialogs.behavior import BehaviorDialog
from jetscale_tui.tui.dialogs.burst import BurstDialog, Strength
from jetscale_tui.tui.dialogs.confirm import ConfirmDialog
from jetscale_tui.tui.dialogs.edit import EditDialog
from jetscale_tui.tui.dialogs.export import ExportDialog
from jetscale_tui.tui.dialogs.help import HelpDialog
from jetscale_tui.tui.dialogs.name_server import NameServerDialog
from jetscale_tui.tui.dialogs.open_setup import OpenSetupDialog
from jetscale_tui.tui.dialogs.pick_namespace import PickNamespaceDialog
from jetscale_tui.tui.dialogs.pick_project import PickProjectDialog
from jetscale_tui.tui.dialogs.plan import PlanDialog
from jetscale_tui.tui.dialogs.record import RecordDialog
from jetscale_tui.tui.dialogs.refusal import RefusalDialog
from jetscale_tui.tui.glance import Glance
from jetscale_tui.tui.screens.too_small import TooSmallScreen
from jetscale_tui.wizard.exports import Export
from jetscale_tui.wizard.forecasts import BURST, Advised
from tests.hostile import poisoned
from tests.tui import live
from tests.unit.engine.scene import PROFILE, SETUP

if TYPE_CHECKING:
    from collections.abc import Callable

Dialog = ModalScreen[Any]


def hostile_plan(tail: str) -> Plan:
    hpa = poisoned(live.hpa(), tail)
    fields = (FieldChange(f"spec.a{tail}", f"old{tail}", {f"key{tail}": f"new{tail}"}),)
    step = Step(
        StepId.HPA,
        (Update(Ref.to(HPA, f"h{tail}", f"default{tail}"), hpa, hpa, fields),),
        commands=(f"kubectl apply{tail}",),
        undo=f"It is put back{tail}.",
        risks=(Risk("X-1", f"It is risky{tail}.", f"Mend it{tail}."),),
    )
    return Plan(SETUP, f"ctx{tail}", "https://10.0.0.1", None, f"ana{tail}", (step,))


def _advised(tail: str) -> Advised:
    found = forecast(SETUP, PROFILE, facts_of(SETUP, PROFILE), BURST)
    change = Change(Concern.QUERY, "scaling", "before", f"after{tail}", lambda setup: setup)
    better, worse = (f"sooner{tail}",), (f"dearer{tail}",)
    return Advised(found, Search((Advice((change,), SETUP, found.figures, better, worse),), 3))


def _edit(tail: str) -> EditDialog:
    hpa = read_hpa(poisoned(live.hpa(), tail))
    return EditDialog(Glance(live.burst().snapshot(), hpa), hpa, paused=False)


def _exports(tail: str) -> tuple[Export, ...]:
    files = {f"one{tail}.yaml": f"text{tail}"}
    return (
        Export(f"Manifests{tail}", f"one file{tail}", files, f"here{tail}"),
        Export("Helm values", "for a chart", {}, "", f"there are none{tail}"),
    )


def _behavior(tail: str) -> BehaviorDialog:
    rules = {"selectPolicy": f"Max{tail}", "policies": []}
    return BehaviorDialog({"scaleUp": rules}, StartUp(74, 1))


DIALOGS: dict[type[Dialog], Callable[[str], Dialog]] = {
    AdviceDialog: lambda tail: AdviceDialog(_advised(tail)),
    BehaviorDialog: _behavior,
    BurstDialog: lambda tail: BurstDialog(
        f"Deployment{tail}", f"Think twice{tail}.", Strength(100, 100, 200)
    ),
    ConfirmDialog: lambda tail: ConfirmDialog(
        f"Really{tail}?", f"Something follows{tail}.", f"Yes{tail}", f"No{tail}"
    ),
    EditDialog: _edit,
    ExportDialog: lambda tail: ExportDialog(_exports(tail)),
    HelpDialog: lambda tail: HelpDialog(f"What it is{tail}.", (("enter", f"goes on{tail}"),)),
    NameServerDialog: lambda tail: NameServerDialog(f"default{tail}", f"server{tail}"),
    OpenSetupDialog: lambda _tail: OpenSetupDialog(),
    PickNamespaceDialog: lambda tail: PickNamespaceDialog(
        lambda: (f"default{tail}", f"other{tail}"), f"default{tail}"
    ),
    PickProjectDialog: lambda tail: PickProjectDialog(
        [Project(f"my-project{tail}", "123456789012", f"Mine{tail}")],
        f"Not all can be listed{tail}.",
    ),
    PlanDialog: lambda tail: PlanDialog(
        hostile_plan(tail), f"Change h{tail}?", f"It is changed{tail}.", f"Change{tail}"
    ),
    RecordDialog: lambda tail: RecordDialog(f"recording{tail}.jsonl"),
    RefusalDialog: lambda tail: RefusalDialog(
        f"Not done{tail}",
        JetScaleError(f"It is not so{tail}.", why=f"Because{tail}.", fix=f"Mend it{tail}."),
    ),
    TooSmallScreen: lambda _tail: TooSmallScreen(),
}
"""How one is made, by its class; the argument goes behind every foreign word."""


def dialog_classes() -> set[type[Dialog]]:
    """Every dialog there is in the screens' code."""
    for module in pkgutil.walk_packages(jetscale_tui.tui.__path__, "jetscale_tui.tui."):
        importlib.import_module(module.name)
    found: set[type[Dialog]] = set()
    heirs: list[type[Dialog]] = [ModalScreen]
    while heirs:
        heirs = [heir for each in heirs for heir in each.__subclasses__()]
        found |= {heir for heir in heirs if heir.__module__.startswith("jetscale_tui.")}
    return found
