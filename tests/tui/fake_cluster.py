"""An API server's objects without its behaviour: enough for a screen to look at."""

from __future__ import annotations

import copy
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from jetscale_tui.domain.kinds import Kind, Ref
from jetscale_tui.errors import NotFound
from tests.fake_helm import FakeHelm
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from jetscale_tui.domain.live import WatchEvent
    from jetscale_tui.domain.rights import KubernetesRight
    from jetscale_tui.engine.ports import Clock, Cluster, Watch

Json = dict[str, Any]
METRIC_VALUES = '{"items": [{"value": "3"}]}'


class FakeClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self.start = start
        self.seconds = 0.0
        self.on_sleep: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.on_sleep()


class NoWatch:
    """Nothing ever happens."""

    def __iter__(self) -> Iterator[WatchEvent]:
        return iter(())

    def stop(self) -> None:
        pass

    def reconnect(self) -> None:
        pass


class FakeCluster:
    """Objects by reference. Applying replaces; every write is remembered."""

    def __init__(self, *objects: Json, context: str = "", server: str = "https://10.0.0.1") -> None:
        self.helm = FakeHelm()
        self.context = context or "gke_my-project_us-central1_tpu-cluster"
        self.server = server
        self.objects: dict[Ref, Json] = {}
        self.denied: set[tuple[str, str]] = set()
        self.answers: dict[str, str] = {}
        self.reads = threading.Event()
        """Every read waits for this; set unless a test clears it."""
        self.reads.set()
        self.hold = threading.Event()
        """Every write waits for this; set unless a test clears it."""
        self.hold.set()
        self.failure: Exception | None = None
        """Raised by every read, when set."""
        self.writes: list[str] = []
        self.posts: list[str] = []
        self.posts_answer: threading.Event | None = None
        """Every post is answered once this is set; None: there is nobody to answer."""
        self.on_write: Callable[[Ref], None] = lambda ref: None
        self._version = 0
        for obj in objects:
            self.put(obj)

    def put(self, obj: Json) -> Json:
        ref = Ref.of(obj)
        stored = copy.deepcopy(obj)
        self._version += 1
        metadata = stored["metadata"]
        metadata.setdefault("uid", f"uid-{self._version}")
        metadata["resourceVersion"] = str(self._version)
        if ref.namespace:
            metadata["namespace"] = ref.namespace
        self.objects[ref] = stored
        return stored

    def version(self) -> str:
        self._fail()
        return "v1.36.2"

    def get(self, ref: Ref) -> Json | None:
        self._fail()
        return copy.deepcopy(self.objects.get(ref))

    def list(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> list[Json]:
        self._fail()
        wanted = dict(part.split("=", 1) for part in labels.split(",") if part)
        return [
            copy.deepcopy(obj)
            for ref, obj in self.objects.items()
            if ref.kind == kind
            and namespace in (None, ref.namespace)
            and wanted.items() <= (obj["metadata"].get("labels") or {}).items()
        ]

    def apply(self, manifest: Json, *, dry_run: bool = False, force: bool = False) -> Json:
        ref = Ref.of(manifest)
        if dry_run:
            return copy.deepcopy(manifest)
        assert self.hold.wait(PATIENCE), "the test never let the write go on"
        self.writes.append(f"apply {ref}")
        live = self.objects.get(ref, {})
        kept = {"status": live["status"]} if "status" in live else {}
        stored = self.put({**kept, **manifest})
        self.on_write(ref)
        return copy.deepcopy(stored)

    def delete(self, ref: Ref, *, uid: str | None = None) -> bool:
        self.writes.append(f"delete {ref}")
        return self.objects.pop(ref, None) is not None

    def allowed(self, right: KubernetesRight) -> bool:
        return (right.verb, right.resource) not in self.denied

    def raw(self, path: str, query: Mapping[str, str] | None = None) -> str:
        self._fail()
        if path not in self.answers:
            if self.on_write == self._complete and path.startswith("/apis/custom.metrics"):
                return METRIC_VALUES
            raise NotFound(f"{path} not found")
        return self.answers[path]

    def post(self, path: str, body: Json, *, timeout: float) -> str:
        self.posts.append(path)
        if self.posts_answer is None:
            raise NotFound(f"{path} not found")
        assert self.posts_answer.wait(PATIENCE), "the test never let the server answer"
        return "{}"

    def watch(
        self, kind: Kind, namespace: str | None = None, *, labels: str = "", fields: str = ""
    ) -> Watch:
        return NoWatch()

    def obey(self) -> FakeCluster:
        """Act as if all controllers had done their work the moment something is applied."""
        self.on_write = self._complete
        return self

    def _complete(self, ref: Ref) -> None:
        stored = self.objects[ref]
        if ref.kind_name == "Deployment":
            stored["status"] = {"updatedReplicas": 1, "availableReplicas": 1, "readyReplicas": 1}
        elif ref.kind_name == "APIService":
            stored["status"] = {"conditions": [{"type": "Available", "status": "True"}]}
        elif ref.kind_name == "HorizontalPodAutoscaler":
            stored["status"] = {
                "conditions": [{"type": "ScalingActive", "status": "True"}],
                "currentMetrics": [{"type": "Pods", "pods": {"current": {"averageValue": "3"}}}],
            }

    def _fail(self) -> None:
        assert self.reads.wait(PATIENCE), "the test never let the read go on"
        if self.failure is not None:
            raise self.failure


def _fit_the_ports(cluster: FakeCluster, clock: FakeClock) -> tuple[Cluster, Clock]:
    """Checked by mypy, never called."""
    return cluster, clock
