from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui.cloud.connect import GoogleEndpoint, connect
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.google.state import GoogleState
from tests.sandbox.google.running import RunningGoogle, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.cloud.client import GoogleCloud


@pytest.fixture
def clock() -> Iterator[SimClock]:
    clock = SimClock(speed=100.0)
    yield clock
    clock.close()


@pytest.fixture
def blueprint() -> Blueprint:
    """Overridden where a test starts from something else."""
    return Blueprint()


@pytest.fixture
def state(blueprint: Blueprint, clock: SimClock) -> GoogleState:
    return GoogleState(blueprint, clock)


@pytest.fixture
def google(state: GoogleState) -> Iterator[RunningGoogle]:
    with running(state) as server:
        yield server


@pytest.fixture
def endpoint(google: RunningGoogle) -> GoogleEndpoint:
    return GoogleEndpoint(google.address, google.token, google.ca_pem, google.state.account)


@pytest.fixture
def cloud(endpoint: GoogleEndpoint) -> Iterator[GoogleCloud]:
    cloud = connect(endpoint)
    yield cloud
    cloud.close()
