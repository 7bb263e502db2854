"""From the write of a status at the API server to the screen, beside `kubectl get hpa --watch`.

The sandbox serves both in one run. Each write gives the metric a value that was not there before;
kubectl has shown it when its row is complete on the pipe, JetScale when it is drawn on a terminal.
The calmest of three rounds counts, of either.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.figure import Figure
from tests.benchmarks.rig import (
    PYTHON,
    Api,
    Arrivals,
    Stalls,
    calmest,
    environment,
    quantile,
    sandbox,
    terminal,
)
from tests.sandbox.kube.tools import find

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json

BAR = 50.0
WRITES, ROUNDS = 450, 3
HPAS = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers"
_METRIC = {"metric": {"name": "backlog"}}


def measure() -> Figure:
    """The 99th percentile of ours minus kubectl's, in milliseconds."""
    kubectl = find("kubectl")
    stalls = Stalls()
    with tempfile.TemporaryDirectory(prefix="jetscale-benchmark-") as folder:
        home = Path(folder)
        with sandbox(home) as kubeconfig:
            api = Api(kubeconfig)
            api("POST", HPAS, _hpa())
            options = ["--kubeconfig", str(kubeconfig)]
            theirs = subprocess.Popen(
                [kubectl, "get", "hpa", "--watch", *options],
                stdout=subprocess.PIPE,
                env=environment(home),
            )
            assert theirs.stdout is not None
            rows = Arrivals(theirs.stdout.read1)  # type: ignore[attr-defined]
            try:
                with terminal([*PYTHON, "jetscale_tui", "watch", *options], home) as screen:
                    screen.when(b"measured")
                    rows.when(b"measured")
                    delays = [_delays(api, number, rows, screen) for number in range(WRITES)]
            finally:
                theirs.kill()
                theirs.wait()
    kubectls, ours = (list(each) for each in zip(*delays, strict=True))
    ours_p99, rounds = calmest(ours, 0.99, ROUNDS)
    kubectls_p99, _ = calmest(kubectls, 0.99, ROUNDS)
    value = ours_p99 - kubectls_p99
    parts = {
        "ours p50": quantile(ours, 0.5),
        "ours p99": ours_p99,
        **rounds,
        "kubectl p50": quantile(kubectls, 0.5),
        "kubectl p99": kubectls_p99,
        **stalls.end(),
    }
    bar = f"p99 at most {BAR:g} ms after kubectl's"
    return Figure(value, "ms", bar, value <= BAR, parts)


def _delays(api: Api, number: int, rows: Arrivals, screen: Arrivals) -> tuple[float, float]:
    """Milliseconds from one write to kubectl's row and to our screen."""
    # Never a round number, which the server would write with a suffix.
    value = str(10_001 + 10 * number)
    before = rows.length, screen.length
    written = time.perf_counter()
    api("PATCH", f"{HPAS}/measured/status", {"status": _status(value)})
    shown = f"{value}/7".encode()
    delays = [
        (arrivals.when(shown, since) - written) * 1000
        for arrivals, since in zip((rows, screen), before, strict=True)
    ]
    # Not in step with anything that ticks on either side.
    time.sleep(random.uniform(0.02, 0.1))
    return delays[0], delays[1]


def _status(value: str) -> Json:
    current = {"type": "External", "external": {**_METRIC, "current": {"averageValue": value}}}
    return {"currentReplicas": 1, "desiredReplicas": 1, "currentMetrics": [current]}


def _hpa() -> Json:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "nosuch"}
    wanted = {**_METRIC, "target": {"type": "AverageValue", "averageValue": "7"}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "measured", "namespace": "default"},
        "spec": {
            "scaleTargetRef": target,
            "maxReplicas": 2,
            "metrics": [{"type": "External", "external": wanted}],
        },
    }
