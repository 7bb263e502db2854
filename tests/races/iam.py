"""Four writers change a project's policy by their own read-modify-write while JetScale applies
and undoes its grants on it, with conflicts and lost answers thrown in.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from google.iam.v1 import iam_policy_pb2, options_pb2, policy_pb2

from jetscale_tui.clocks import WallClock
from jetscale_tui.cloud.connect import GoogleEndpoint, connect
from jetscale_tui.domain.google import Binding, adapter_principal
from jetscale_tui.domain.spec import Google, Setup
from jetscale_tui.engine.executor import Executor
from jetscale_tui.engine.journal import open_journal, read, runs
from jetscale_tui.engine.plan import Grant, Plan, Step, StepId
from jetscale_tui.engine.undo import build_undo
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.clock import SimClock
from jetscale_tui.sandbox.google.faults import Fault
from jetscale_tui.sandbox.google.state import GoogleState
from tests.fakes import FakeCluster
from tests.races.tally import Tally
from tests.sandbox.google.running import running
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jetscale_tui.cloud.client import GoogleCloud
    from tests.sandbox.google.running import RunningGoogle

WRITERS = 4
VIEWER = "roles/monitoring.viewer"
WRITER = "roles/monitoring.metricWriter"
SERVICE = "/google.cloud.resourcemanager.v3.Projects"

# A role, its condition's bytes, and one member: what one entry of a policy is to its owner.
Entry = tuple[str, bytes, str]


@dataclass
class OtherWriter:
    """Somebody else's automation: owns some entries of the policy and keeps changing them."""

    number: int
    chance: random.Random
    channel: grpc.Channel
    resource: str
    owned: list[policy_pb2.Binding] = field(default_factory=list)

    def work(self) -> None:
        """Add an entry or take one of its own back, until the service says it is done."""
        if len(self.owned) > 3 and self.chance.random() < 0.6:
            gone = self.owned.pop(self.chance.randrange(len(self.owned)))
            self._until_written(lambda policy: _take(policy, gone))
        else:
            new = self._entry()
            self.owned.append(new)
            self._until_written(lambda policy: _put(policy, new))

    def entries(self) -> set[Entry]:
        return {entry for binding in self.owned for entry in entries_of(binding)}

    def _entry(self) -> policy_pb2.Binding:
        name = f"user:w{self.number}-{self.chance.getrandbits(48)}@example.com"
        role = self.chance.choice([VIEWER, WRITER, "roles/viewer", "roles/owner"])
        binding = policy_pb2.Binding(role=role, members=[name])
        if self.chance.random() < 0.4:
            binding.condition.title = f"w{self.number}"
            binding.condition.expression = f"request.time < {self.chance.getrandbits(32)}"
        return binding

    def _until_written(self, edit: Callable[[policy_pb2.Policy], bool]) -> None:
        read = self.channel.unary_unary(
            f"{SERVICE}/GetIamPolicy",
            request_serializer=iam_policy_pb2.GetIamPolicyRequest.SerializeToString,
            response_deserializer=policy_pb2.Policy.FromString,
        )
        write = self.channel.unary_unary(
            f"{SERVICE}/SetIamPolicy",
            request_serializer=iam_policy_pb2.SetIamPolicyRequest.SerializeToString,
            response_deserializer=policy_pb2.Policy.FromString,
        )
        options = options_pb2.GetPolicyOptions(requested_policy_version=3)
        while True:
            policy = read(
                iam_policy_pb2.GetIamPolicyRequest(resource=self.resource, options=options),
                timeout=PATIENCE,
            )
            if not edit(policy):
                return
            policy.version = 3
            request = iam_policy_pb2.SetIamPolicyRequest(resource=self.resource, policy=policy)
            try:
                write(request, timeout=PATIENCE)
            except grpc.RpcError:
                time.sleep(self.chance.uniform(0.0, 0.004))


def _put(policy: policy_pb2.Policy, new: policy_pb2.Binding) -> bool:
    """Add an entry the way gcloud does: into the binding of its role and condition."""
    for binding in policy.bindings:
        if binding.role == new.role and binding.condition == new.condition:
            if new.members[0] in binding.members:
                return False
            binding.members.extend(new.members)
            return True
    policy.bindings.append(new)
    return True


def _take(policy: policy_pb2.Policy, gone: policy_pb2.Binding) -> bool:
    for binding in policy.bindings:
        same = binding.role == gone.role and binding.condition == gone.condition
        if same and gone.members[0] in binding.members:
            binding.members.remove(gone.members[0])
            return True
    return False


def entries_of(binding: policy_pb2.Binding) -> list[Entry]:
    condition = b""
    if binding.HasField("condition"):
        condition = binding.condition.SerializeToString(deterministic=True)
    return [(binding.role, condition, member) for member in binding.members]


class PolicyRace:
    """One project, its writers, and the rounds they run."""

    def __init__(self, google: RunningGoogle, cloud: GoogleCloud, seed: int) -> None:
        self._state = google.state
        self._cloud = cloud
        self._chance = random.Random(seed)
        self._project = google.state.project.project_id
        credentials = grpc.composite_channel_credentials(
            grpc.ssl_channel_credentials(google.ca_pem.encode()),
            grpc.access_token_call_credentials(google.token),
        )
        self._writers = [
            OtherWriter(
                number,
                random.Random(seed * WRITERS + number),
                grpc.secure_channel(google.address, credentials),
                f"projects/{self._project}",
            )
            for number in range(WRITERS)
        ]
        self._ours = tuple(
            Binding(role, adapter_principal(google.state.project, "custom-metrics", "adapter"))
            for role in (VIEWER, WRITER)
        )
        self._cluster = FakeCluster()
        self._base = self._entries()

    def round(self, pool: ThreadPoolExecutor) -> Tally:
        """Everybody at once; then, in quiet, the policy has to be what its owners made it."""
        present = self._chance.random() < 0.3
        if present:
            # One of the grants was there before: the run must neither claim it nor undo it.
            self._cloud.add_bindings(self._project, self._ours[:1])
        self._disturb()
        work = [pool.submit(writer.work) for writer in self._writers]
        work.append(pool.submit(self._apply_and_undo, present))
        for task in work:
            task.result()
        self._state.faults.clear()
        tally = self._judge(present)
        if present:
            self._cloud.remove_bindings(self._project, self._ours[:1])
        return tally

    def close(self) -> None:
        for writer in self._writers:
            writer.channel.close()

    def _apply_and_undo(self, present: bool) -> None:
        """A run of the step that grants, and the run that takes it back, each with its journal."""
        with tempfile.TemporaryDirectory() as folder:
            applied = self._carried_out(self._plan(), Path(folder))
            expected = self._ours[1:] if present else self._ours
            if applied != expected:
                raise AssertionError(f"the run claims {applied} instead of {expected}")
            (run,) = runs(Path(folder))
            undo = build_undo(run, self._cluster, self._cloud)
            taken = self._carried_out(undo, Path(folder))
            if sorted(taken) != sorted(applied):
                raise AssertionError(f"undo took {taken} instead of {applied}")

    def _plan(self) -> Plan:
        there = self._cloud.policy(self._project).bindings
        grants = tuple(Grant(self._project, each, each in there) for each in self._ours)
        return Plan(
            setup=Setup(google=Google(project=self._project)),
            context=self._cluster.context,
            server=self._cluster.server,
            project=self._project,
            identity="",
            steps=(Step(StepId.ADAPTER_IDENTITY, grants),),
        )

    def _carried_out(self, plan: Plan, folder: Path) -> tuple[Binding, ...]:
        """Run a plan; the bindings it says it added or removed."""
        with closing(open_journal(plan, folder)) as journal:
            executor = Executor(
                plan,
                None,
                cluster=self._cluster,
                cloud=self._cloud,
                clock=WallClock(),
                journal=journal,
            )
            for _ in executor.run():
                pass
        run = read(journal.path)
        return tuple(binding for write in run.writes for binding in write.bindings) if run else ()

    def _disturb(self) -> None:
        for _ in range(self._chance.randrange(4)):
            fault = self._chance.choice(
                [
                    Fault("ABORTED", "There were concurrent policy changes."),
                    Fault("UNAVAILABLE"),
                    Fault("UNAVAILABLE", performed=True),
                ]
            )
            self._state.faults.inject("SetIamPolicy", fault)

    def _judge(self, present: bool) -> Tally:
        actual = self._entries()
        expected = Counter(self._base)
        for writer in self._writers:
            expected.update(writer.entries())
        if present:
            expected[VIEWER, b"", self._ours[0].member] += 1
        return Tally(
            rounds=1,
            lost=len(expected.keys() - actual.keys()),
            duplicated=sum(count - 1 for count in actual.values()),
            changed=len(actual.keys() - expected.keys()),
        )

    def _entries(self) -> Counter[Entry]:
        policy = self._state.policy.read()
        return Counter(entry for binding in policy.bindings for entry in entries_of(binding))


@contextmanager
def policy_race(seed: int) -> Iterator[PolicyRace]:
    """A sandbox's Google side and the racers on it."""
    state = GoogleState(Blueprint(), SimClock())
    with running(state) as google:
        endpoint = GoogleEndpoint(google.address, google.token, google.ca_pem, state.account)
        cloud = connect(endpoint)
        race = PolicyRace(google, cloud, seed)
        try:
            yield race
        finally:
            race.close()
            cloud.close()


def run(rounds: int, seed: int) -> Tally:
    """So many rounds on one policy."""
    tally = Tally()
    with policy_race(seed) as race, ThreadPoolExecutor(WRITERS + 1) as pool:
        for _ in range(rounds):
            tally.add(race.round(pool))
    return tally
