from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.environment import Sandbox
from tests.sandbox.kube.serving import serving
from tests.sandbox.kube.tools import Tool, find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.kube.serving import Client, Served


@pytest.fixture
def served() -> Iterator[Served]:
    """An API server without controllers."""
    with serving() as running:
        yield running


@pytest.fixture
def admin(served: Served) -> Client:
    """A client that may do everything."""
    return served.admin


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A whole sandbox at sixty times the speed."""
    with Sandbox(tmp_path_factory.mktemp("sandbox"), Blueprint(speed=60)) as running:
        yield running


@pytest.fixture(scope="module")
def kubectl(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """The real kubectl, as the account that may do everything."""
    return Tool(find("kubectl"), sandbox.kubeconfig, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def helm(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """The real helm, as the account that may do everything."""
    return Tool(find("helm"), sandbox.kubeconfig, tmp_path_factory.mktemp("home"))
