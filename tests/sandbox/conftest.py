from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.sandbox.blueprint import Blueprint
from tests.sandbox.still import still_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.still import StillWorld


@pytest.fixture
def still() -> Iterator[StillWorld]:
    """The default cluster on a stopped clock."""
    with still_world(Blueprint()) as world:
        yield world
