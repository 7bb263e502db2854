"""Runs a plan from the terminal: asks first, tells each step, stops cleanly on Ctrl-C."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jetscale_tui.domain.wording import unbroken
from jetscale_tui.engine import explain
from jetscale_tui.engine.executor import Executor
from jetscale_tui.engine.journal import open_journal
from jetscale_tui.engine.patience import PATIENCE
from jetscale_tui.engine.plan import StepState
from jetscale_tui.errors import (
    Interrupted,
    JetScaleError,
    LeftToOthers,
    PermissionDenied,
    StepFailed,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from jetscale_tui.cli.output import Output
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.plan import Plan, StepEvent
    from jetscale_tui.engine.ports import Backend, Cloud, Cluster

_SIGNS = {
    StepState.STARTED: "»",
    StepState.PROGRESS: "  ·",
    StepState.WAITING: "  …",
    StepState.DONE: "✓",
    StepState.SKIPPED: "!",
    StepState.FAILED: "✗",
}


def agree(plan: Plan, output: Output, *, yes: bool, again: str) -> bool:
    """Whether the plan may run: the person says so, or said so with `--yes`.

    Args:
        plan: it has been shown.
        output: where to ask.
        yes: the answer was given on the command line.
        again: the command as it was given, for the message that names `--yes`.

    Raises:
        StepFailed: the plan cannot run as it is.
        PermissionDenied: nothing of it may be done by this person.
        UsageError: there is nobody to ask.
    """
    refuse_blocked(plan)
    refuse_powerless(plan)
    if yes or not plan.changes:
        return True
    if not output.asks:
        raise UsageError(
            "There is no terminal to confirm the plan on.",
            fix=f"Look at the plan, then confirm with --yes: {again} --yes",
        )
    return output.confirm("Carry this out?")


def refuse_blocked(plan: Plan) -> None:
    """Raises StepFailed when a risk forbids running the plan as it is."""
    blocking = [risk for risk in plan.risks if risk.blocking]
    if blocking:
        raise StepFailed(
            "The plan cannot run as it is; nothing was changed.",
            why="\n".join(risk.what for risk in blocking),
            fix="\n".join(risk.fix for risk in blocking),
        )


def run(
    plan: Plan,
    profile: Profile | None,
    backend: Backend,
    cluster: Cluster,
    cloud: Cloud | None,
    output: Output,
    *,
    as_json: bool,
    go_on: str,
    hand_over: str = "",
) -> str:
    """Carries the plan out and tells about it; the id of the run.

    Args:
        plan: it was agreed to.
        profile: of the setup's server; None for a plan that takes a run back.
        backend: where the clock is from.
        cluster: where the plan was made.
        cloud: None where no step needs it.
        output: where to tell.
        as_json: events one a line, instead of words.
        go_on: the command that goes on after a failure.
        hand_over: the command that writes a script of what somebody else has to do.

    Raises:
        Interrupted: by Ctrl-C, between two writes.
        JetScaleError: it failed; what was done stays done and is in the journal.
    """
    journal = open_journal(plan)
    show = _json_line if as_json else Narrator(plan).line
    output.say(f"Run {journal.run_id}")
    ended = "stopped"
    try:
        with _stop_on_interrupt(output) as stop:
            executor = Executor(
                plan,
                profile,
                cluster=cluster,
                cloud=cloud,
                clock=backend.clock,
                journal=journal,
                stop=stop,
                patience=PATIENCE if output.asks else 0.0,
            )
            for event in executor.run():
                text = show(event)
                if text is not None:
                    (output.data if as_json else output.say)(text)
        ended = "done"
    except JetScaleError as error:
        ended = "stopped" if isinstance(error, Interrupted | LeftToOthers) else "failed"
        script = hand_over if isinstance(error, LeftToOthers) else ""
        raise _with_way_out(error, journal.run_id, go_on, script) from error
    finally:
        journal.close()
        if as_json:
            output.data(_json({"kind": "Run", "id": journal.run_id, "state": ended}))
    return journal.run_id


@contextmanager
def _stop_on_interrupt(output: Output) -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C asks to stop after the current write; a second one ends at once."""
    asked = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()
        output.say("Stopping after the current write. Again to end at once.")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _with_way_out(error: JetScaleError, run_id: str, go_on: str, hand_over: str) -> JetScaleError:
    """The same error, saying how to go on from here and how to take back what was done."""
    script = f"A script for somebody who may: {hand_over}\n" if hand_over else ""
    way_out = f"{script}Go on: {go_on}\nTake back what was done: jetscale undo {run_id}"
    fix = f"{error.fix}\n{way_out}" if error.fix else way_out
    if isinstance(error, Interrupted):
        return Interrupted(error.what, why=error.why, fix=fix)
    told = type(error)(error.what, why=error.why, fix=fix)
    told.exit_code = error.exit_code
    return told


def refuse_powerless(plan: Plan) -> None:
    """Raises PermissionDenied when this person may do nothing of what the plan writes."""
    writing = [step for step in plan.steps if step.writes]
    if writing and all(step.missing for step in writing):
        missing = dict.fromkeys(str(right) for step in writing for right in step.missing)
        raise PermissionDenied(
            "You may not make any of these changes; nothing was changed.",
            why="\n".join(f"Missing: {right}" for right in missing),
            fix="Ask for these rights, or let somebody who has them do it: `jetscale plan "
            "--hand-over DIR` writes a script.",
        )


def _json_line(event: StepEvent) -> str:
    return _json(
        {
            "kind": "StepEvent",
            "step": event.step.value,
            "state": event.state.value,
            "detail": event.detail,
            "elapsed": round(event.elapsed, 1),
        }
    )


def _json(document: dict[str, object]) -> str:
    return json.dumps({"apiVersion": explain.API_VERSION, **document}, ensure_ascii=False)


class Narrator:
    """Says each thing once: a wait that repeats itself is one line."""

    def __init__(self, plan: Plan) -> None:
        self._titles = {step.id: step.title for step in plan.steps}
        self._said = ""

    def line(self, event: StepEvent) -> str | None:
        """What to say of it; None where that was said already."""
        sign = _SIGNS[event.state]
        title = self._titles[event.step]
        match event.state:
            case StepState.STARTED:
                text = f"{sign} {title}"
            case StepState.PROGRESS | StepState.WAITING:
                text = f"{sign} {event.detail}"
            case _:
                text = f"{sign} {title} ({event.elapsed:.0f} s): {event.detail}"
        text = unbroken(text)
        if text == self._said:
            return None
        self._said = text
        return text
