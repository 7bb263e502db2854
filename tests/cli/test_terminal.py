"""What a person sees: the real command in a terminal of a given size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.errors import ExitCode
from tests.cli.terminal import Terminal
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.cli.conftest import Shell


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.close()


def opened(terminals: list[Terminal], terminal: Terminal) -> Terminal:
    terminals.append(terminal)
    return terminal


@pytest.fixture
def where(quick: Sandbox, home: Path) -> dict[str, str]:
    return {"KUBECONFIG": str(quick.kubeconfig), "JETSCALE_HOME": str(home)}


def test_a_plan_fits_80_columns_and_has_colours(
    operator: Shell, terminals: list[Terminal], where: dict[str, str]
) -> None:
    terminal = opened(terminals, Terminal("plan", "-f", operator.setup(), variables=where))
    assert terminal.code == ExitCode.DONE
    assert max(len(line) for line in terminal.text.splitlines()) <= 80
    assert "\x1b[32m" in terminal.raw
    assert "  + HorizontalPodAutoscaler default/jetstream-hpa" in terminal.text


@pytest.mark.parametrize("how", ["NO_COLOR", "--no-color"])
def test_colour_can_be_switched_off(
    operator: Shell, terminals: list[Terminal], where: dict[str, str], how: str
) -> None:
    flags = [how] if how.startswith("--") else []
    variables = where if flags else {**where, how: "1"}
    arguments = ["plan", "-f", operator.setup(), *flags]
    terminal = opened(terminals, Terminal(*arguments, variables=variables))
    assert terminal.code == ExitCode.DONE
    assert "\x1b[3" not in terminal.raw


def test_apply_asks_and_no_means_no(
    operator: Shell, terminals: list[Terminal], where: dict[str, str]
) -> None:
    terminal = opened(terminals, Terminal("apply", "-f", operator.setup(), variables=where))
    eventually(lambda: terminal.says("Carry this out? [y/N]"))
    terminal.answer("n")
    assert terminal.code == ExitCode.INTERRUPTED
    assert "Nothing was changed." in terminal.text


def test_apply_asks_and_yes_means_yes(
    operator: Shell, terminals: list[Terminal], where: dict[str, str]
) -> None:
    path = operator.setup()
    terminal = opened(terminals, Terminal("apply", "-f", path, variables=where))
    eventually(lambda: terminal.says("Carry this out? [y/N]"))
    terminal.answer("y")
    assert terminal.code == ExitCode.DONE
    undo = opened(terminals, Terminal("undo", "--yes", variables=where))
    assert undo.code == ExitCode.DONE


def test_ctrl_c_at_the_question_changes_nothing(
    operator: Shell, terminals: list[Terminal], where: dict[str, str]
) -> None:
    terminal = opened(terminals, Terminal("apply", "-f", operator.setup(), variables=where))
    eventually(lambda: terminal.says("Carry this out? [y/N]"))
    terminal.interrupt()
    assert terminal.code == ExitCode.INTERRUPTED
    assert "Traceback" not in terminal.text
    assert "No runs yet." in operator.run("runs").err
