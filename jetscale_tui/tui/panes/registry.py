"""Which pane belongs to which step; panes are imported when they are first shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.domain.flow import WizardStep

if TYPE_CHECKING:
    from jetscale_tui.tui.panes.base import StepPane


def pane_class(step: WizardStep) -> type[StepPane]:
    """The pane of a step."""
    match step:
        case WizardStep.WELCOME:
            from jetscale_tui.tui.panes.welcome import WelcomePane as Pane
        case WizardStep.PREREQUISITES:
            from jetscale_tui.tui.panes.prerequisites import PrerequisitesPane as Pane
        case WizardStep.CLUSTER:
            from jetscale_tui.tui.panes.cluster import ClusterPane as Pane
        case WizardStep.WORKLOAD:
            from jetscale_tui.tui.panes.workload import WorkloadPane as Pane
        case WizardStep.ADAPTER:
            from jetscale_tui.tui.panes.adapter import AdapterPane as Pane
        case WizardStep.METRICS:
            from jetscale_tui.tui.panes.metrics import MetricsPane as Pane
        case WizardStep.REVIEW:
            from jetscale_tui.tui.panes.review import ReviewPane as Pane
        case WizardStep.APPLY:
            from jetscale_tui.tui.panes.apply import ApplyPane as Pane
    return Pane
