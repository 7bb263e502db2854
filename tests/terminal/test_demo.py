from __future__ import annotations

from typing import TYPE_CHECKING

from tests.terminal.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


def test_enter_alone_walks_a_healthy_cluster_to_the_dashboard_in_under_ten_presses(
    home: Path,
) -> None:
    with Terminal(home, "demo", "--speed", "20") as terminal:
        for heading in (
            "▸ Set up autoscaling",
            "12 questions: 12 ok",
            "Which cluster runs the server?",
            "Which server should scale?",
            "What brings the metrics to the autoscaler?",
            "What should the number of replicas follow?",
            "Apply 17 changes",
            "carrying out the plan",
        ):
            terminal.wait_for(heading)
            terminal.press("Enter")
        terminal.wait_for("jetstream-hpa", "Deployment/maxengine-server", "Why 1?")


def test_a_terminal_that_is_too_small_says_so_and_goes_on_when_enlarged(home: Path) -> None:
    with Terminal(home, "demo", size=(60, 15)) as terminal:
        terminal.wait_for("Terminal too small", "It is 60x15; JetScale needs 80x24.")
        terminal.resize(80, 24)
        terminal.wait_for("Set up autoscaling")


def test_the_demo_can_be_chosen_where_there_is_no_cluster(home: Path) -> None:
    with Terminal(home, "--kubeconfig", str(home / "none")) as terminal:
        terminal.wait_for("Try it on an embedded cluster")
        terminal.press("Down", "Down", "Down")
        terminal.wait_for("▸ Try it on an embedded cluster")
        terminal.press("Enter")
        terminal.wait_for("sandbox ×10", "▸ Set up autoscaling")
