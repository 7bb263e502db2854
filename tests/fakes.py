"""Small, typed stand-ins for the ports, for tests of engine logic that need a particular moment.

`FakeCluster` keeps objects and merges what is applied; it has no controllers, tests set the status
they want to see. Whole runs are tested against the sandbox.
"""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.google import (
    Binding,
    GkeCluster,
    Policy,
    Project,
    ServiceAccount,
    ServiceState,
)
from jetscale_tui.domain.kinds import NAMESPACE, Json, Kind, Ref
from jetscale_tui.errors import AuthError, Conflict, NotFound, PermissionDenied
from tests.fake_accounts import FakeAccounts
from tests.fake_helm import FakeHelm
from tests.fake_monitoring import FakeMonitoring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from jetscale_tui.domain.rights import KubernetesRight
    from jetscale_tui.engine.ports import ContextInfo, LiveFeed, Watch


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.on_sleep: Callable[[float], None] = lambda seconds: None

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.on_sleep(self.seconds)


class FakeCluster:
    """Objects by reference, and answers by path."""

    def __init__(self, *objects: Json) -> None:
        self.helm = FakeHelm()
        self.context = "gke_my-project_us-central1_tpu-cluster"
        self.server = "https://10.0.0.1"
        self.objects: dict[Ref, Json] = {}
        self.denied: set[tuple[str, str]] = set()
        """Verb and plural; `*` stands for every verb."""
        self.answers: dict[str, str | Exception] = {}
        self.refusals: dict[Ref, Exception] = {}
        """Raised by `apply`; a Conflict only while it is not forced."""
        self.refused: AuthError | None = None
        """Raised by everything while the login is not good."""
        self.writes: list[str] = []
        self.before_trial: Callable[[Ref], None] = lambda ref: None
        """Called before every dry run, as if somebody else wrote just then."""
        self.before_write: Callable[[str], None] = lambda what: None
        self.after_write: Callable[[str], None] = lambda what: None
        self._version = 0
        for name in ("default", "kube-system"):
            self.put({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        for obj in objects:
            self.put(obj)

    def put(self, obj: Json) -> Json:
        """Places an object as it is, as another client would."""
        ref = Ref.of(obj)
        stored = copy.deepcopy(obj)
        self._version += 1
        stored["metadata"].setdefault("uid", f"uid-{self._version}")
        stored["metadata"]["resourceVersion"] = str(self._version)
        if ref.namespace:
            stored["metadata"]["namespace"] = ref.namespace
        self.objects[ref] = stored
        return stored

    def change(self, ref: Ref, change: Callable[[Json], None]) -> None:
        """Changes an object in place, as another client would."""
        obj = self.objects[ref]
        change(obj)
        self.put(obj)

    def version(self) -> str:
        self._let_in()
        return "v1.36.2"

    def _let_in(self) -> None:
        if self.refused is not None:
            raise self.refused

    def get(self, ref: Ref) -> Json | None:
        self._check("get", ref.kind)
        return copy.deepcopy(self.objects.get(ref))

    def list(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> list[Json]:
        self._check("list", kind)
        wanted = dict(part.split("=", 1) for part in labels.split(",") if part)
        return [
            copy.deepcopy(obj)
            for ref, obj in self.objects.items()
            if ref.kind == kind
            and namespace in (None, ref.namespace)
            and wanted.items() <= (obj["metadata"].get("labels") or {}).items()
        ]

    def apply(self, manifest: Json, *, dry_run: bool = False, force: bool = False) -> Json:
        self._let_in()
        ref = Ref.of(manifest)
        if dry_run:
            self.before_trial(ref)
        refusal = self.refusals.get(ref)
        if refusal is not None and not (force and isinstance(refusal, Conflict)):
            raise refusal
        if ref.namespace and Ref.to(NAMESPACE, ref.namespace) not in self.objects:
            raise NotFound(f'namespaces "{ref.namespace}" not found')
        live = self.objects.get(ref)
        expected = manifest["metadata"].get("resourceVersion")
        if live and expected not in (None, live["metadata"]["resourceVersion"]):
            raise Conflict(f"{ref} has been modified")
        merged: Json = _merged(live or {}, manifest)
        merged["metadata"]["managedFields"] = [{"manager": "jetscale", "operation": "Apply"}]
        if dry_run:
            return merged
        self.before_write(f"apply {ref}")
        stored = copy.deepcopy(self.put(merged))
        self.writes.append(f"apply {ref}")
        self.after_write(f"apply {ref}")
        return stored

    def delete(self, ref: Ref, *, uid: str | None = None) -> bool:
        self._let_in()
        live = self.objects.get(ref)
        if live is None or uid not in (None, live["metadata"]["uid"]):
            return False
        self.before_write(f"delete {ref}")
        del self.objects[ref]
        self.writes.append(f"delete {ref}")
        self.after_write(f"delete {ref}")
        return True

    def allowed(self, right: KubernetesRight) -> bool:
        return not {(right.verb, right.resource), ("*", right.resource)} & self.denied

    def _check(self, verb: str, kind: Kind) -> None:
        self._let_in()
        if {(verb, kind.plural), ("*", kind.plural)} & self.denied:
            raise PermissionDenied(f"You may not {verb} {kind.plural}.")

    def raw(self, path: str, query: Mapping[str, str] | None = None) -> str:
        self._let_in()
        answer = self.answers.get(path)
        if answer is None:
            raise NotFound(f"{path} not found")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def post(self, path: str, body: Json, *, timeout: float) -> str:
        raise NotFound(f"{path} not found")

    def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> Watch:
        raise NotImplementedError("tests of watches use the sandbox")


class FakeCloud(FakeAccounts, FakeMonitoring):
    """One project with a policy, services and a cluster."""

    def __init__(self, cluster: GkeCluster | None = None) -> None:
        FakeAccounts.__init__(self)
        FakeMonitoring.__init__(self)
        self.gke = cluster
        self.bindings: set[Binding] = set()
        self.other_members = 0
        """Members the policy names besides."""
        self.states: dict[str, ServiceState] = {}
        self.denied: set[str] = set()
        self.refusals: dict[str, Exception] = {}
        """Raised by the method of that name."""
        self.writes: list[str] = []

    def identity(self) -> str:
        return "ana@example.com"

    def projects(self) -> list[Project]:
        return [Project("my-project", "123456789012")]

    def project(self, project_id: str) -> Project:
        self._refuse("project")
        return Project(project_id, "123456789012")

    def clusters(self, project_id: str) -> list[GkeCluster]:
        return [self.gke] if self.gke else []

    def cluster(self, project_id: str, location: str, name: str) -> GkeCluster:
        self._refuse("cluster")
        if self.gke is None:
            raise NotFound(f"There is no cluster {name}.")
        return self.gke

    def services(self, project_id: str, names: Sequence[str]) -> dict[str, ServiceState]:
        self._refuse("services")
        return {name: self.states.get(name, ServiceState.ENABLED) for name in names}

    def enable_services(self, project_id: str, names: Sequence[str]) -> None:
        self._refuse("enable_services")
        self.writes.append(f"enable {' '.join(names)}")
        self.states.update(dict.fromkeys(names, ServiceState.ENABLED))

    def allowed(self, project_id: str, permissions: Iterable[str]) -> frozenset[str]:
        self._refuse("allowed")
        return frozenset(permissions) - self.denied

    def policy(self, project_id: str) -> Policy:
        self._refuse("policy")
        members = len(self.bindings) + self.other_members
        return Policy(frozenset(self.bindings), members=members)

    def add_bindings(self, project_id: str, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        self._refuse("add_bindings")
        added = tuple(binding for binding in bindings if binding not in self.bindings)
        self.bindings.update(added)
        self.writes.append(f"grant {len(added)}")
        return added

    def remove_bindings(self, project_id: str, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        self._refuse("remove_bindings")
        removed = tuple(binding for binding in bindings if binding in self.bindings)
        self.bindings.difference_update(removed)
        self.writes.append(f"revoke {len(removed)}")
        return removed

    def _rename(self, member: str, account: ServiceAccount) -> None:
        living = f"serviceAccount:{account.email}"
        self.bindings = {
            Binding(each.role, living if each.member == member else each.member)
            for each in self.bindings
        }

    def _refuse(self, method: str) -> None:
        if method in self.refusals:
            raise self.refusals[method]


class FakeBackend:
    """A fake cluster and cloud behind one door."""

    label = ""

    def __init__(
        self,
        cluster: FakeCluster,
        cloud: FakeCloud | None = None,
        contexts: Sequence[ContextInfo] = (),
    ) -> None:
        self.clock = FakeClock()
        self._cluster = cluster
        self._cloud = cloud
        self._contexts = contexts

    def contexts(self) -> list[ContextInfo]:
        return [*self._contexts]

    def cluster(self, context: str | None = None) -> FakeCluster:
        return self._cluster

    def cloud(self) -> FakeCloud | None:
        return self._cloud

    def feed(self, context: str | None, namespace: str | None) -> LiveFeed:
        raise NotImplementedError("tests of feeds use the sandbox")


def _merged(live: Any, wanted: Any) -> Any:
    if isinstance(live, dict) and isinstance(wanted, dict):
        result = copy.deepcopy(live)
        for key, value in wanted.items():
            result[key] = _merged(result.get(key), value)
        return result
    return copy.deepcopy(wanted)
