from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.kube.serving import serving
from tests.sandbox.kube.tools import Tool, find
from tests.sandbox.process import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The way to a running `jetscale sandbox` at sixty times the speed."""
    path: Path = tmp_path_factory.mktemp("sandbox") / "kubeconfig"
    with running(path, "--speed", "60"):
        yield path


@pytest.fixture(scope="module")
def kubectl(kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """The real kubectl, as the account that may do everything."""
    return Tool(find("kubectl"), kubeconfig, tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def helm(kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Tool:
    """The real helm, as the account that may do everything."""
    return Tool(find("helm"), kubeconfig, tmp_path_factory.mktemp("home"))
