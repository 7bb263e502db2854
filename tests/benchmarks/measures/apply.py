"""The writes of `jetscale apply` beside `kubectl apply --server-side` of the same objects.

Each tool gets fresh sandboxes in the same run. For kubectl the whole process counts. For JetScale
the writing counts: for each object the look whether it is still as planned, the journal before and
after, and the write itself; not planning, nor waiting until the effect is seen, which kubectl does
not do.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from pathlib import Path

import yaml

from tests.benchmarks.figure import Figure
from tests.benchmarks.rig import PYTHON, environment, sandbox
from tests.sandbox.kube.tools import find

ROUNDS = 2
SPEED = 60.0
"""Waiting for effects is no part of the figure, so that they may come soon."""
_GOOGLE = {"project": "sandbox-project", "location": "us-central1", "cluster": "tpu-cluster"}


def measure() -> Figure:
    """The best of our rounds beside the best of kubectl's."""
    with tempfile.TemporaryDirectory(prefix="jetscale-benchmark-") as folder:
        home = Path(folder)
        setup = home / "setup.yaml"
        document = {"apiVersion": "jetscale/v1", "kind": "Setup", "google": _GOOGLE}
        setup.write_text(yaml.safe_dump(document))
        rounds = [_ours(home, setup) for _ in range(ROUNDS)]
        manifests = _exported(home, setup)
        theirs = min(_kubectls(home, manifests) for _ in range(ROUNDS))
    ours, objects = min(seconds for seconds, _ in rounds), rounds[0][1]
    there = len([each for each in yaml.safe_load_all(manifests.decode()) if each])
    if there != objects:
        raise RuntimeError(f"kubectl wrote {there} objects, JetScale {objects}")
    parts = {"ours ms": ours * 1000, "kubectl ms": theirs * 1000, "objects": float(objects)}
    bar = "the writes at most 1 time kubectl's whole run"
    return Figure(ours / theirs, "times", bar, ours <= theirs, parts)


def _ours(home: Path, setup: Path) -> tuple[float, int]:
    """Seconds of writing objects, and how many there were."""
    with sandbox(home, SPEED) as kubeconfig:
        command = [*PYTHON, "jetscale_tui", "apply", "--yes", "--json", "-f", str(setup)]
        process = subprocess.Popen(
            [*command, "--kubeconfig", str(kubeconfig)],
            env=environment(home),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        spent, objects, last = 0.0, 0, time.perf_counter()
        for line in process.stdout:
            now = time.perf_counter()
            event = json.loads(line)
            if event.get("state") == "progress" and event["detail"].startswith("created "):
                spent += now - last
                objects += 1
            last = now
        if process.wait():
            raise RuntimeError(f"jetscale apply failed: {process.stderr.read()}")
    return spent, objects


def _exported(home: Path, setup: Path) -> bytes:
    """The same objects, as kubectl takes them."""
    command = [*PYTHON, "jetscale_tui", "export", "-f", str(setup), "--format", "manifests"]
    return subprocess.run(command, env=environment(home), stdout=subprocess.PIPE, check=True).stdout


def _kubectls(home: Path, manifests: bytes) -> float:
    """Seconds from kubectl's start to its end."""
    with sandbox(home, SPEED) as kubeconfig:
        options = ["--kubeconfig", str(kubeconfig), "--server-side", "-f", "-"]
        began = time.perf_counter()
        subprocess.run(
            [find("kubectl"), "apply", *options],
            env=environment(home),
            input=manifests,
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return time.perf_counter() - began
