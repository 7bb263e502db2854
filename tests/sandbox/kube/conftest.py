from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.sandbox.kube.serving import serving

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
