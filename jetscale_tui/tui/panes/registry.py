"""Which pane belongs to which step; panes are imported after the first picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.imports import ONE_AT_A_TIME

if TYPE_CHECKING:
    from jetscale_tui.tui.panes.base import StepPane


def load_panes() -> None:
    """Import all panes, so that no key has to wait for one; for a thread."""
    for step in WizardStep:
        with ONE_AT_A_TIME:
            pane_class(step)


def pane_class(step: WizardStep) -> type[StepPane]:
    """The pane of a step."""
    match step:
        case WizardStep.WELCOME:
            from jetscale_tui.tui.panes.welcome import WelcomePane

            return WelcomePane
        case WizardStep.PREREQUISITES:
            from jetscale_tui.tui.panes.prerequisites import PrerequisitesPane

            return PrerequisitesPane
        case WizardStep.CLUSTER:
            from jetscale_tui.tui.panes.cluster import ClusterPane

            return ClusterPane
        case WizardStep.WORKLOAD:
            from jetscale_tui.tui.panes.workload import WorkloadPane

            return WorkloadPane
        case WizardStep.ADAPTER:
            from jetscale_tui.tui.panes.adapter import AdapterPane

            return AdapterPane
        case WizardStep.METRICS:
            from jetscale_tui.tui.panes.metrics import MetricsPane

            return MetricsPane
        case WizardStep.REVIEW:
            from jetscale_tui.tui.panes.review import ReviewPane

            return ReviewPane
        case WizardStep.APPLY:
            from jetscale_tui.tui.panes.apply import ApplyPane

            return ApplyPane
