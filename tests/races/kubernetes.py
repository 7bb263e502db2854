"""Four writers keep changing a PodMonitoring, each by another kind of write, while JetScale's
executor changes the same object and takes its change back.
"""

from __future__ import annotations

import copy
import json
import random
import ssl
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3

from jetscale_tui.domain.kinds import POD_MONITORING, Ref
from jetscale_tui.engine.plan import StepId
from jetscale_tui.sandbox.blueprint import Blueprint
from jetscale_tui.sandbox.environment import Sandbox
from tests.engine.runs import Operator
from tests.races.tally import Tally
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.plan import Plan

WRITES = 4
"""Of every writer in a round."""
SHARED = Ref.to(POD_MONITORING, "jetstream-podmonitoring", "default")
_THEIRS: Json = {
    "apiVersion": "monitoring.googleapis.com/v1",
    "kind": "PodMonitoring",
    "metadata": {"name": SHARED.name, "namespace": SHARED.namespace, "labels": {"team": "serving"}},
    "spec": {
        "selector": {"matchLabels": {"app": "maxengine-server"}},
        "endpoints": [{"interval": "15s", "path": "/", "port": 9100}],
    },
}
"""What somebody made before: JetScale's own without its labels and target labels."""


class Api:
    """The API server as another client sees it; every answer is a status and a body."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._url = sandbox.kube_url
        self._headers = {"authorization": f"Bearer {sandbox.token}"}
        context = ssl.create_default_context(cadata=sandbox.ca_pem)
        self._pool = urllib3.PoolManager(ssl_context=context, maxsize=8, block=True)

    def send(self, method: str, query: str = "", body: Json | None = None, **headers: str) -> Json:
        """One request about the shared object; the answer has its status under `code`."""
        path = SHARED.path if method != "POST" else SHARED.kind.path(SHARED.namespace)
        answer = self._pool.request(
            method,
            f"{self._url}{path}{query}",
            body=json.dumps(body).encode() if body is not None else None,
            headers={
                **self._headers,
                **{name.replace("_", "-"): headers[name] for name in headers},
            },
            timeout=PATIENCE,
        )
        return {**json.loads(answer.data), "code": answer.status}

    def close(self) -> None:
        self._pool.clear()


@dataclass
class OtherWriter:
    """Somebody else's automation: owns some annotations and labels of the object."""

    number: int
    chance: random.Random
    api: Api
    owned: dict[str, str] = field(default_factory=dict)

    def work(self) -> None:
        """Set, change or remove one of its own entries, until the server has taken it."""
        key = f"writer-{self.number}.example.com/key-{self.chance.randrange(4)}"
        value = None if self.chance.random() < 0.3 else str(self.chance.getrandbits(40))
        ways = (self._merge, self._checked_merge, self._replace, self._apply)
        ways[self.number % len(ways)](key, value)
        if value is None:
            self.owned.pop(key, None)
        else:
            self.owned[key] = value

    def _merge(self, key: str, value: str | None) -> None:
        self._accepted(self._patch({"metadata": {"annotations": {key: value}}}))

    def _checked_merge(self, key: str, value: str | None) -> None:
        """A merge patch that is refused when anybody wrote since the object was read."""
        while True:
            version = self.api.send("GET")["metadata"]["resourceVersion"]
            body = {"metadata": {"annotations": {key: value}, "resourceVersion": version}}
            if self._accepted(self._patch(body)):
                return

    def _replace(self, key: str, value: str | None) -> None:
        while True:
            live = self.api.send("GET")
            del live["code"]
            annotations = live["metadata"].setdefault("annotations", {})
            annotations.pop(key, None)
            if value is not None:
                annotations[key] = value
            if self._accepted(self.api.send("PUT", body=live, content_type="application/json")):
                return

    def _apply(self, key: str, value: str | None) -> None:
        wanted = {**self.owned, key: value}
        body = {
            "apiVersion": _THEIRS["apiVersion"],
            "kind": _THEIRS["kind"],
            "metadata": {
                "name": SHARED.name,
                "annotations": {name: text for name, text in wanted.items() if text is not None},
            },
        }
        query = f"?fieldManager=writer-{self.number}"
        sent = self.api.send("PATCH", query, body, content_type="application/apply-patch+yaml")
        self._accepted(sent)

    def _patch(self, body: Json) -> Json:
        return self.api.send("PATCH", body=body, content_type="application/merge-patch+json")

    def _accepted(self, answer: Json) -> bool:
        if answer["code"] not in (200, 409):
            raise AssertionError(f"writer {self.number}: {answer}")
        return bool(answer["code"] == 200)


class ObjectRace:
    """One object, its writers, and the rounds they run."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self._api = Api(sandbox)
        self._operator = Operator(sandbox, sandbox.directory)
        made = self._api.send(
            "POST", "?fieldManager=gitops", _THEIRS, content_type="application/json"
        )
        if made["code"] != 201:
            raise AssertionError(made)
        self._writers = [
            OtherWriter(number, random.Random(seed * 4 + number), self._api) for number in range(4)
        ]
        self._base = self._api.send("GET")

    def round(self, pool: ThreadPoolExecutor) -> Tally:
        """Everybody at once; then, in quiet, the object has to be what its owners made it."""
        work = [pool.submit(_repeatedly, writer) for writer in self._writers]
        work.append(pool.submit(_apply_and_undo, self._operator))
        for task in work:
            task.result()
        return self._judge()

    def close(self) -> None:
        self._api.close()

    def _judge(self) -> Tally:
        live = self._api.send("GET")
        actual: dict[str, str] = live["metadata"].get("annotations") or {}
        expected = {key: text for writer in self._writers for key, text in writer.owned.items()}
        managers = Counter(
            (entry["manager"], entry["operation"], entry.get("subresource", ""))
            for entry in live["metadata"]["managedFields"]
        )
        return Tally(
            rounds=1,
            lost=len(expected.keys() - actual.keys()),
            duplicated=sum(count - 1 for count in managers.values()),
            changed=sum(expected.get(key) != actual[key] for key in actual)
            + (_without_annotations(live) != _without_annotations(self._base)),
        )


def _only_scrape(plan: Plan) -> Plan:
    steps = tuple(step for step in plan.steps if step.id is StepId.SCRAPE_SERVER)
    return replace(plan, steps=steps)


def _repeatedly(writer: OtherWriter) -> None:
    for _ in range(WRITES):
        writer.work()


def _apply_and_undo(operator: Operator) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = _only_scrape(operator.plan())
        if not plan.changes:
            raise AssertionError("nothing to change: the last round left something behind")
        operator.folder = Path(folder)
        operator.run(plan)
        operator.undo_last()


def _without_annotations(obj: Json) -> Json:
    """The object as it means something, without what the writers own and the server counts."""
    found = copy.deepcopy(obj)
    found.pop("status", None)
    for name in ("annotations", "managedFields", "resourceVersion", "generation"):
        found["metadata"].pop(name, None)
    return found


@contextmanager
def object_race(seed: int) -> Iterator[ObjectRace]:
    """A sandbox and the racers on one of its objects."""
    with tempfile.TemporaryDirectory() as directory, Sandbox(Path(directory), Blueprint()) as box:
        race = ObjectRace(box, seed)
        try:
            yield race
        finally:
            race.close()


def run(rounds: int, seed: int) -> Tally:
    """So many rounds on one object."""
    tally = Tally()
    with object_race(seed) as race, ThreadPoolExecutor(5) as pool:
        for _ in range(rounds):
            tally.add(race.round(pool))
    return tally
