"""Plays a scenario: sets its stage, sends its load, and makes happen what it says."""

from __future__ import annotations

import itertools
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from google.iam.v1 import policy_pb2

from jetscale_tui.domain.kinds import NODE, POD, kind_of
from jetscale_tui.errors import ConfigError
from jetscale_tui.sandbox import scenario as script
from jetscale_tui.sandbox.controllers.pods import is_ready, is_terminating
from jetscale_tui.sandbox.crowd import Crowd
from jetscale_tui.sandbox.faults import ApiFault, ApiFaults
from jetscale_tui.sandbox.google.faults import Fault
from jetscale_tui.sandbox.google.ledger import StalePolicy
from jetscale_tui.sandbox.kube.handlers import Reply
from jetscale_tui.sandbox.kube.routes import Request
from jetscale_tui.sandbox.kube.store import Missing
from jetscale_tui.sandbox.nodes import POOL_LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.kinds import Json, Kind
    from jetscale_tui.sandbox.clock import SimClock
    from jetscale_tui.sandbox.controllers.runner import Key, Observed
    from jetscale_tui.sandbox.google.state import GoogleState
    from jetscale_tui.sandbox.kube.server import KubeServer
    from jetscale_tui.sandbox.world import World

_MANAGER = "scenario"
_ROUNDING = 1e-6
"""A moment computed from a count must give that count again."""


class Director:
    """Works off one scenario, driven by the cluster's runner."""

    kinds: tuple[Kind, ...] = ()
    delay = 0.0

    def __init__(
        self,
        scenario: script.Scenario,
        world: World,
        google: GoogleState,
        kube: KubeServer,
        token: str,
    ) -> None:
        self._scenario = scenario
        self._world = world
        self._google = google
        self._kube = kube
        self._token = token
        self._clock: SimClock = world.clock
        self._faults = ApiFaults(self._clock, kube.perform)
        self._turn = itertools.count()
        self._begun = 0.0
        kube.interceptor = self._faults
        crowd = scenario.crowd
        self._crowd = crowd and Crowd(world.store, self._clock, crowd.autoscalers, crowd.changes)

    def grant(self) -> None:
        """Write the roles that somebody holds from the start."""
        for grant in self._scenario.grants:
            self._toggle(grant.role, grant.member)

    def set_stage(self) -> None:
        """Apply what is there from the start, and let it grow as old as it should be.

        Raises:
            ConfigError: the API server refuses an object.
        """
        for manifest in self._scenario.objects:
            self._apply(manifest)
        if self._scenario.age:
            with self._clock.stopped():
                self._world.runner.run_until(self._clock.monotonic() + self._scenario.age)
        if self._crowd:
            self._crowd.gather()

    def begin(self) -> None:
        """Start the scenario's time; what happens at its beginning has happened afterwards."""
        self._begun = self._clock.monotonic()
        if self._crowd:
            self._world.runner.enqueue(self._crowd, ("", "changes"))
        for index, load in enumerate(self._scenario.load):
            self._world.runner.enqueue(self, ("load", f"{index}/0/0"), load.at)
        for index, happening in enumerate(self._scenario.happenings):
            key, after = (
                ("begin", str(index)),
                happening.at or self.reconcile(("begin", str(index))),
            )
            if after is not None:
                self._world.runner.enqueue(self, key, after)

    def concerns(self, observed: Observed) -> Iterable[Key]:
        """Nothing: a scenario goes by the clock alone."""
        del observed
        return ()

    def reconcile(self, key: Key) -> float | None:
        """Do the next thing."""
        what, which = key
        if what == "load":
            index, round_, sent = map(int, which.split("/"))
            self._send(self._scenario.load[index], index, round_, sent)
            return None
        happening = self._scenario.happenings[int(which)]
        if what == "end":
            self._end(happening, which)
            return None
        self._begin(happening, which)
        lasting = getattr(happening, "lasting", None)
        if lasting is not None:
            self._world.runner.enqueue(self, ("end", which), lasting)
        every: float | None = getattr(happening, "every", None)
        return every

    def _send(self, load: script.Load, index: int, round_: int, sent: int) -> None:
        """Send the requests that are due, and note when the next one is."""
        started = self._begun + load.at + round_ * (load.every or 0.0)
        passed = self._clock.monotonic() - started
        due = load.requests
        if load.lasting and passed < load.lasting:
            due = min(due, 1 + int(passed * load.requests / load.lasting + _ROUNDING))
        for _ in range(due - sent):
            self._submit(load.max_tokens)
        if due < load.requests:
            at = started + due * load.lasting / load.requests
            follow = ("load", f"{index}/{round_}/{due}")
        elif load.every:
            at = started + load.every
            follow = ("load", f"{index}/{round_ + 1}/0")
        else:
            return
        self._world.runner.enqueue(self, follow, max(0.0, at - self._clock.monotonic()))

    def _submit(self, max_tokens: int) -> None:
        workload = self._world.blueprint.workload
        ready = [
            pod
            for pod in self._world.store.list(POD, workload.namespace)
            if is_ready(pod) and not is_terminating(pod) and self._world.jetstream.model(pod)
        ]
        if ready:
            pod = ready[next(self._turn) % len(ready)]
            self._world.jetstream.submit(pod, max_tokens)

    def _begin(self, happening: script.Happening, name: str) -> None:
        match happening:
            case script.ApiErrors():
                fault = ApiFault(
                    happening.share, status=happening.status, retry_after=happening.retry_after
                )
                self._faults.begin(name, fault)
            case script.ApiLatency():
                self._faults.begin(name, ApiFault(delay=happening.delay))
            case script.ApiCuts():
                self._faults.begin(
                    name, ApiFault(happening.share, cut=True, midway=happening.midway)
                )
            case script.ApiRestart():
                self._faults.begin(name, ApiFault(cut=True))
                self._kube.disconnect()
            case script.WatchExpiry():
                self._world.store.compact()
                self._kube.disconnect()
            case script.GoogleErrors():
                fault_of_google = Fault(
                    happening.code, performed=happening.performed, times=happening.times
                )
                self._google.faults.inject(happening.method, fault_of_google)
            case script.IamEdit():
                self._toggle(happening.role, happening.member)
            case script.SoldOut():
                self._world.node_pools.sold_out.add(happening.pool)
            case script.NodeVanishes():
                self._lose_node(happening.pool)
            case script.Edit():
                self._edit(happening)

    def _end(self, happening: script.Happening, name: str) -> None:
        if isinstance(happening, script.SoldOut):
            self._world.node_pools.sold_out.discard(happening.pool)
        else:
            self._faults.end(name)

    def _toggle(self, role: str, member: str) -> None:
        """Add a binding, or take it away if it is there."""
        while True:
            policy = self._google.policy.read()
            found = next(
                (each for each in policy.bindings if each.role == role and member in each.members),
                None,
            )
            if found is None:
                policy.bindings.append(policy_pb2.Binding(role=role, members=[member]))
            else:
                found.members.remove(member)
            with suppress(StalePolicy):
                self._google.policy.write(policy)
                return

    def _lose_node(self, pool: str) -> None:
        for node in self._world.store.list(NODE):
            if (node["metadata"].get("labels") or {}).get(POOL_LABEL) == pool:
                with suppress(Missing):
                    self._world.store.delete(NODE, None, node["metadata"]["name"])
                return

    def _edit(self, edit: script.Edit) -> None:
        content = "application/merge-patch+json" if edit.method == "PATCH" else "application/json"
        self._ask(edit.method, edit.path, edit.body, content, edit.manager)

    def _apply(self, manifest: Json) -> None:
        try:
            kind, metadata = kind_of(manifest), manifest["metadata"]
            path = kind.path(metadata.get("namespace") or "default", metadata["name"])
        except KeyError as error:
            raise ConfigError(f"An object of the scenario is not known: {error}.") from error
        reply = self._ask("PATCH", path, manifest, "application/apply-patch+yaml", _MANAGER)
        if reply.status >= 400:
            raise ConfigError(
                f"The sandbox refuses {kind.name} {metadata['name']} of the scenario.",
                why=str(json.loads(reply.body).get("message", "")),
            )

    def _ask(
        self, method: str, path: str, body: Json | None, content_type: str, manager: str
    ) -> Reply:
        """A request of the account's to the API server, past its faults."""
        request = Request(
            method,
            path,
            {"fieldManager": manager},
            b"" if body is None else json.dumps(body).encode(),
            content_type=content_type,
            user_agent=manager,
            authorization=f"Bearer {self._token}",
        )
        reply = self._kube.perform(request)
        assert isinstance(reply, Reply)
        return reply
