"""What every test may use: a home of its own, and a sandbox that runs."""

from __future__ import annotations

import os
import resource
import signal
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pytest

from jetscale_tui.cli import logs
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.environment import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from jetscale_tui.sandbox.people import Person

# A shell that starts the tests in the background has them ignore interrupts, and every program
# they start would inherit that: Ctrl-C could not be tested.
signal.signal(signal.SIGINT, signal.default_int_handler)

# Read when gRPC is first imported; its C core would write between the lines of the report.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

SPEED = 20.0
"""Fast enough for a suite, slow enough that a person's pauses are still pauses."""


class StartSandbox(Protocol):
    """Starts a sandbox; it is stopped when the test module is done."""

    def __call__(
        self,
        blueprint: Blueprint | None = None,
        *,
        speed: float = SPEED,
        restricted: Person | None = None,
    ) -> Sandbox:
        """The default cluster, or the one of a blueprint; with a third person, if one is given."""


@pytest.fixture(scope="module")
def start_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartSandbox]:
    """Starts sandboxes, each in its own directory."""
    with ExitStack() as running:

        def start(
            blueprint: Blueprint | None = None,
            *,
            speed: float = SPEED,
            restricted: Person | None = None,
        ) -> Sandbox:
            directory: Path = tmp_path_factory.mktemp("sandbox")
            wanted = replace(blueprint or Blueprint(), speed=speed)
            return running.enter_context(Sandbox(directory, wanted, restricted=restricted))

        yield start


class FullDisk(Protocol):
    """While it holds, no file grows beyond so many bytes."""

    def __call__(self, size: int) -> AbstractContextManager[None]:
        """The size in bytes; what goes beyond it is refused, after what still fits."""


@pytest.fixture
def full_disk() -> FullDisk:
    """A disk that takes no more than one says, as far as this process can tell."""

    @contextmanager
    def full(size: int) -> Iterator[None]:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return full


@pytest.fixture(scope="module")
def sandbox(start_sandbox: StartSandbox) -> Sandbox:
    """A running sandbox, shared by the tests of a module."""
    return start_sandbox()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """JetScale's own files go into the test's directory, never into the person's."""
    path = tmp_path / "jetscale-home"
    monkeypatch.setenv("JETSCALE_HOME", str(path))
    yield path
    logs.stop()
