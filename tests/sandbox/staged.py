"""A scenario on a stopped clock: it plays as far as a test says, and nothing listens."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.kinds import POD, Json
from jetscale_tui.sandbox.controllers.pods import is_ready
from jetscale_tui.sandbox.environment import Sandbox
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.kube.routes import Request
from jetscale_tui.sandbox.kube.server import CutConnection
from jetscale_tui.sandbox.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"


@dataclass(frozen=True, slots=True)
class Stage:
    """A scenario on a stopped clock; nothing listens."""

    sandbox: Sandbox

    def run(self, seconds: float) -> None:
        runner = self.sandbox.world.runner
        runner.run_until(self.sandbox.clock.monotonic() + seconds)

    @property
    def pods(self) -> list[Json]:
        return self.sandbox.store.list(POD, "default")

    @property
    def ready(self) -> int:
        return sum(map(is_ready, self.pods))

    @property
    def backlog(self) -> int:
        models = [self.sandbox.world.jetstream.model(pod) for pod in self.pods]
        return sum(model.backlog for model in models if model)

    def ask(self) -> int:
        """Status of a read; 0 when the connection is cut."""
        request = Request("GET", DEPLOYMENTS, {}, authorization=f"Bearer {self.sandbox.token}")
        try:
            answer = self.sandbox.kube.answer(request)
        except CutConnection:
            return 0
        assert isinstance(answer, Reply)
        return answer.status


@contextmanager
def staged(scenario: Scenario | str, directory: Path) -> Iterator[Stage]:
    play = load_scenario(scenario) if isinstance(scenario, str) else scenario
    sandbox = Sandbox(directory, scenario=play)
    sandbox.prepare()
    assert sandbox.director is not None
    try:
        with sandbox.clock.stopped():
            sandbox.director.begin()
            yield Stage(sandbox)
    finally:
        sandbox.stop()


def play(**parts: Any) -> Scenario:
    return Scenario.model_validate({"title": "a test", **parts})
