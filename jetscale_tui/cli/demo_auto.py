"""The whole job without a question: every step printed as it is seen to work, or the run fails."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from jetscale_tui.cli import carry_out, check, session
from jetscale_tui.cli.output import Output
from jetscale_tui.cli.watch_rows import TableRows
from jetscale_tui.domain.kinds import HPA, Ref
from jetscale_tui.domain.live import LinkChanged
from jetscale_tui.engine import checks, detect, explain
from jetscale_tui.engine.burst import Burst, Load
from jetscale_tui.engine.planner import build_plan
from jetscale_tui.engine.prerequisites import CHECKS
from jetscale_tui.errors import JetScaleError, StepFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jetscale_tui.cli.options import Options
    from jetscale_tui.cli.session import Session
    from jetscale_tui.domain.kinds import Json
    from jetscale_tui.engine.burst_report import BurstReport
    from jetscale_tui.sandbox.environment import Sandbox

SCALED_WITHIN = 300.0
"""Seconds of the cluster's time in which a burst must have scaled the server and been answered."""


def run(sandbox: Sandbox, options: Options) -> None:
    """Check, plan, apply, load, and wait until the autoscaler has scaled to its maximum.

    Raises:
        StepFailed: something was not observed to work; says which.
        JetScaleError: a step failed.
    """
    began = time.monotonic()
    output = Output(options, narrates=True)
    output.data(f"== A small GKE at {sandbox.kube_url}, {sandbox.blueprint.speed:g} times as fast")
    work = _detected(replace(options, kubeconfig=sandbox.kubeconfig))
    _check(work, output)
    _apply(work, output)
    _scale(work, output)
    output.data(f"== Done in {time.monotonic() - began:.0f} s. Everything was seen to work.")


def _detected(options: Options) -> Session:
    """What is found without a setup document, with a maximum that the TPU chips can hold."""
    work = session.detected(options)
    workload = work.setup.workload
    look = detect.look_at_server(work.cluster(), work.setup)
    fits = detect.capacity(work.cluster(), workload, look.deployment).proposed_maximum
    scaling = work.setup.scaling.model_copy(update={"max_replicas": fits})
    return replace(work, setup=work.setup.model_copy(update={"scaling": scaling}))


def _check(work: Session, output: Output) -> None:
    output.data("\n== Prerequisites")
    scene = checks.Scene(work.setup, work.profile, work.cluster, work.backend.cloud)
    order = {check.id: number for number, check in enumerate(CHECKS)}
    findings = sorted(checks.run_checks(scene, CHECKS), key=lambda found: order[found.id])
    output.data(check.text(findings))
    missing = [found for found in findings if found.state is checks.CheckState.FAIL]
    if missing:
        raise StepFailed(
            f"A prerequisite is missing: {missing[0].title}.",
            why=missing[0].detail,
            fix=missing[0].fix,
        )


def _apply(work: Session, output: Output) -> None:
    output.data("\n== Plan")
    plan = build_plan(work.setup, work.profile, work.cluster(), work.cloud())
    output.data(explain.text(plan))
    output.data("\n== Apply")
    carry_out.run(
        plan,
        work.profile,
        work.backend,
        work.cluster(),
        work.cloud(),
        output,
        as_json=False,
        go_on="jetscale demo --auto",
    )


def _scale(work: Session, output: Output) -> None:
    """Load the server, print the autoscaler's rows, and wait for replicas that are ready."""
    workload, scaling = work.setup.workload, work.setup.scaling
    load = Load(
        namespace=workload.namespace,
        selector=",".join(f"{key}={value}" for key, value in workload.selector.items()),
        port=workload.http_port,
    )
    output.data(f"\n== A burst of {load.requests} requests, and what the autoscaler makes of it")
    with _rows(work, output), _Sender(Burst(work.cluster(), load, work.backend.clock)) as sender:
        clock = work.backend.clock
        until = clock.monotonic() + SCALED_WITHIN
        while not (sender.answered and _scaled(work, scaling.max_replicas)):
            if sender.error is not None:
                raise sender.error
            if clock.monotonic() > until:
                raise StepFailed(
                    f"The autoscaler was not seen to scale to {scaling.max_replicas} replicas "
                    f"within {SCALED_WITHIN:.0f} s.",
                    why=sender.line(),
                )
            clock.sleep(2.0)
    output.data(sender.line())


def _scaled(work: Session, replicas: int) -> bool:
    """Whether the autoscaler reports so many replicas and so many are ready."""
    setup = work.setup
    hpa = work.cluster().get(Ref.to(HPA, setup.scaling.name, setup.workload.namespace)) or {}
    look = detect.look_at_server(work.cluster(), setup)
    return _current(hpa) == replicas == look.ready


def _current(hpa: Json) -> int:
    return int((hpa.get("status") or {}).get("currentReplicas", 0))


@contextmanager
def _rows(work: Session, output: Output) -> Iterator[None]:
    """Rows as `kubectl get hpa --watch` prints them, for as long as the block runs."""
    rows = TableRows(with_namespace=False)
    watch = work.cluster().watch(HPA, work.setup.workload.namespace)

    def follow() -> None:
        for event in watch:
            if not isinstance(event, LinkChanged):
                for line in rows.lines(event, work.backend.clock.now()):
                    output.data(line)

    thread = threading.Thread(target=follow, name="demo-rows", daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.stop()
        thread.join(timeout=5)


class _Sender:
    """A burst in the background."""

    def __init__(self, burst: Burst) -> None:
        self._burst = burst
        self._report: BurstReport | None = None
        self._thread = threading.Thread(target=self._send, name="demo-burst", daemon=True)
        self.error: JetScaleError | None = None

    @property
    def answered(self) -> bool:
        """Whether every request came back."""
        return self._report is not None and self._report.done

    def line(self) -> str:
        """How far it is, in a line."""
        report = self._report
        if report is None:
            return "No request was sent."
        line = f"{report.answered} of {report.planned} requests answered, {report.failed} failed"
        if report.latency is not None:
            line += (
                f"; median {report.latency.median:.0f} s, longest {report.latency.longest:.0f} s"
            )
        return line

    def _send(self) -> None:
        try:
            for report in self._burst.run():
                self._report = report
        except JetScaleError as error:
            self.error = error

    def __enter__(self) -> _Sender:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._burst.stop()
        self._thread.join(timeout=5)
