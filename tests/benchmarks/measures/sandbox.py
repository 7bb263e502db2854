"""What a sandbox costs: its start, its idleness, a crowd of autoscalers in it, and its end.

Each sandbox is a process of its own, `jetscale sandbox`, as a person starts it. Processor time and
memory are read from `/proc`.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import yaml

from jetscale_tui.wiring import RealBackend
from tests.benchmarks.figure import Figure
from tests.benchmarks.rig import PATIENCE, PYTHON, Api, environment, quantile

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS, IDLE_SHARE, IDLE_MEGABYTES, STOP_SECONDS = 1.0, 0.02, 120.0, 0.5
AUTOSCALERS, CHANGES = 10_000, 1_000
ROUNDS = 5
IDLE_FOR, WATCH_FOR = 10.0, 10.0
_HPAS = "/apis/autoscaling/v2/horizontalpodautoscalers"
_GENERATE = "/api/v1/namespaces/default/services/jetstream-svc:8000/proxy/generate"
_ADDRESSES = 3


def measure() -> dict[str, Figure]:
    """One figure for each of the four, and the memory."""
    with tempfile.TemporaryDirectory(prefix="jetscale-benchmark-") as folder:
        home = Path(folder)
        return {
            "start": _start(home),
            **_idle(home),
            "crowd": _crowd(home),
            "stop": _stop(home),
        }


class _Sandbox:
    """A running `jetscale sandbox` and what can be said of its process."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self.kubeconfig = home / "kubeconfig"
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [*PYTHON, "jetscale_tui", "sandbox", "--write-kubeconfig", self.kubeconfig, *arguments],
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        lines = [self.process.stdout.readline() for _ in range(_ADDRESSES)]
        self.start_seconds = time.perf_counter() - began
        if not all(": " in line for line in lines):
            raise RuntimeError("the sandbox did not start")

    @property
    def processor_seconds(self) -> float:
        """Processor time of the process so far."""
        text = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        user, system = text.rpartition(") ")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def megabytes(self) -> float:
        """Resident memory."""
        text = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(text.partition("VmRSS:")[2].split()[0]) / 1024

    @property
    def processes(self) -> int:
        """How many there are in its session."""
        found = subprocess.run(
            ["ps", "-o", "pid=", "-s", str(self.process.pid)], capture_output=True, check=False
        )
        return len(found.stdout.split())

    def interrupt(self) -> float:
        """Press Ctrl-C; seconds until the process is gone."""
        began = time.perf_counter()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(PATIENCE)
        return time.perf_counter() - began


@contextmanager
def _sandbox(home: Path, *arguments: str) -> Iterator[_Sandbox]:
    sandbox = _Sandbox(home, *arguments)
    try:
        yield sandbox
    finally:
        sandbox.process.kill()
        sandbox.process.wait()


def _start(home: Path) -> Figure:
    """From the start of the process to the last address; the fastest counts, as always."""
    ours, bare = [], []
    for number in range(ROUNDS + 1):
        with _sandbox(home) as sandbox:
            taken = sandbox.start_seconds
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import grpc, http.server, yaml"], check=True)
        # The first round also compiles, and fetches files from the disk.
        if number:
            ours.append(taken)
            bare.append(time.perf_counter() - began)
    parts = {"p50 s": quantile(ours, 0.5), "bare servers' imports s": min(bare)}
    bar = f"under {START_SECONDS:g} s"
    return Figure(min(ours), "s", bar, min(ours) < START_SECONDS, parts)


def _idle(home: Path) -> dict[str, Figure]:
    with _sandbox(home) as sandbox:
        Api(sandbox.kubeconfig)("GET", _HPAS)
        time.sleep(2)
        before = sandbox.processor_seconds
        time.sleep(IDLE_FOR)
        share = (sandbox.processor_seconds - before) / IDLE_FOR
        fresh = sandbox.megabytes
        _use_google(sandbox.kubeconfig)
        used = sandbox.megabytes
    percent = f"under {100 * IDLE_SHARE:g} % of a core"
    memory = f"under {IDLE_MEGABYTES:g} MB, Google's services used"
    return {
        "idle": Figure(100 * share, "%", percent, share < IDLE_SHARE),
        "memory": Figure(used, "MB", memory, used < IDLE_MEGABYTES, {"before": fresh}),
    }


def _use_google(kubeconfig: Path) -> None:
    """One call of every service, which is what loads it."""
    cloud = RealBackend(kubeconfig).cloud()
    assert cloud is not None
    (project,) = cloud.projects()
    cloud.clusters(project.project_id)
    cloud.services(project.project_id, ["monitoring.googleapis.com"])
    cloud.service_account(project.project_id, "nobody@example.com")
    cloud.metric_types(project.project_id, "prometheus.googleapis.com/")
    cloud.close()


def _crowd(home: Path) -> Figure:
    """Changes a second that a watch over the network gets to see."""
    with _sandbox(home, "--scenario", "crowd") as sandbox:
        there = len(Api(sandbox.kubeconfig)("GET", _HPAS)["items"])
        before = sandbox.processor_seconds
        seen, seconds = _watched(sandbox.kubeconfig)
        cores = (sandbox.processor_seconds - before) / seconds
        parts = {
            "autoscalers": float(there),
            "start s": sandbox.start_seconds,
            "MB": sandbox.megabytes,
            "cores": cores,
        }
    rate = seen / seconds
    bar = f"{AUTOSCALERS:,} autoscalers, at least {CHANGES:,} status changes/s less 2 %"
    met = there == AUTOSCALERS and rate >= 0.98 * CHANGES
    return Figure(rate, "changes/s", bar, met, parts)


def _watched(kubeconfig: Path) -> tuple[int, float]:
    """Events of a watch that begins now, and the seconds they took to come."""
    connection, headers = _connection(kubeconfig)
    connection.request("GET", f"{_HPAS}?watch=1", headers=headers)
    answer = connection.getresponse()
    # A watch without a version tells of all there is first.
    for _ in range(AUTOSCALERS):
        answer.readline()
    began, seen = time.perf_counter(), 0
    while (taken := time.perf_counter() - began) < WATCH_FOR:
        seen += bool(answer.readline())
    connection.close()
    return seen, taken


def _stop(home: Path) -> Figure:
    """From Ctrl-C to the end of the process, with a watch open and a prompt being answered."""
    with _sandbox(home) as sandbox:
        watching, headers = _connection(sandbox.kubeconfig)
        watching.request("GET", f"{_HPAS}?watch=1", headers=headers)
        watching.getresponse()
        asking, headers = _connection(sandbox.kubeconfig)
        body = json.dumps({"prompt": "x", "max_tokens": 100_000})
        asking.request("POST", _GENERATE, body, {**headers, "Content-Type": "application/json"})
        taken = sandbox.interrupt()
        left = sandbox.processes
        watching.close()
        asking.close()
    bar = f"under {STOP_SECONDS:g} s, no process left"
    met = taken < STOP_SECONDS and not left
    return Figure(taken, "s", bar, met, {"processes left": float(left)})


def _connection(kubeconfig: Path) -> tuple[http.client.HTTPSConnection, dict[str, str]]:
    document = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
    cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authority)
    netloc = urlsplit(cluster["server"]).netloc
    connection = http.client.HTTPSConnection(netloc, context=context, timeout=PATIENCE)
    return connection, {"Authorization": f"Bearer {user['token']}"}
