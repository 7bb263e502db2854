from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.sandbox.blueprint import Blueprint
from tests.access.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.conftest import StartSandbox


@pytest.fixture(scope="module")
def quick(start_sandbox: StartSandbox) -> Sandbox:
    return start_sandbox(Blueprint(iam_propagation=10.0), speed=60.0)


@pytest.fixture
def machine(quick: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Nobody has logged in yet, and there is no kubeconfig."""
    with Machine(quick, tmp_path, monkeypatch) as machine:
        yield machine
