"""Carries a plan out, step by step: re-read, journal, write, journal, see the effect."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar, assert_never

from jetscale_tui.engine import diff, google_writes, releases
from jetscale_tui.engine.dependence import missing_before, still_open
from jetscale_tui.engine.journal import Action, RunState
from jetscale_tui.engine.patience import PATIENCE, SignIn, wait_for_sign_in
from jetscale_tui.engine.plan import Create, Delete, StepEvent, StepId, StepState, Update
from jetscale_tui.engine.settle import settled
from jetscale_tui.engine.verify import BUDGETS, Verifier
from jetscale_tui.engine.waiting import wait_for
from jetscale_tui.engine.writes import writes_of
from jetscale_tui.errors import (
    AuthError,
    Conflict,
    Interrupted,
    JetScaleError,
    LeftToOthers,
    NotFound,
    PermissionDenied,
    PlanChanged,
    QuotaExceeded,
    Rejected,
    StepFailed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jetscale_tui.domain.kinds import Json, Ref
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.journal import Journal, Write
    from jetscale_tui.engine.plan import FieldChange, Plan, Step
    from jetscale_tui.engine.ports import Clock, Cloud, Cluster

_log = logging.getLogger(__name__)
_ATTEMPTS = 5
Result = TypeVar("Result")
Event = Callable[..., StepEvent]
"""Makes an event of the step at hand, of a state, a line to tell, and an error if there is one."""
Happenings = Generator[StepEvent, None, str]
"""What happens on the way to a line that says what was done or seen."""


class Executor:
    """Runs one plan once."""

    def __init__(
        self,
        plan: Plan,
        profile: Profile | None,
        *,
        cluster: Cluster,
        cloud: Cloud | None,
        clock: Clock,
        journal: Journal,
        stop: Callable[[], bool] = lambda: False,
        patience: float = PATIENCE,
    ) -> None:
        """Everything one run needs.

        Args:
            plan: what to do, as it was shown.
            profile: of the setup's server; None for a plan that takes a run back.
            cluster: where the plan was made.
            cloud: None only when no step of the plan needs Google.
            clock: the cluster's.
            journal: `open_journal(plan)`; its owner closes it.
            stop: asked between two writes and while waiting.
            patience: seconds of that clock to wait for what only a person can do, a new login or
                a step that was handed over; 0 where nobody is there.
        """
        self._plan = plan
        self._cluster = cluster
        self._cloud = cloud
        self._clock = clock
        self._journal = journal
        self._stop = stop
        self._patience = patience
        self._profile = profile
        self._verifier = Verifier(plan, profile, cluster, cloud, clock)
        self._sign_in = SignIn(cluster, cloud, plan.project)
        self._unclear: Write | None = None
        """A write that ended with refused credentials; whether it happened is to be looked up."""
        self._seen: list[StepId] = []
        """Steps that were seen to work."""

    def run(self) -> Generator[StepEvent, None, None]:
        """Yields what happens. A failure is yielded as an event and then raised.

        To stop, stop iterating or answer `stop`: what was begun is finished first, and the journal
        knows where to go on.

        Raises:
            PlanChanged: something differs from what the plan was made of.
            StepFailed: an effect was not observed.
            LeftToOthers: what is still missing was handed over to somebody else.
            Interrupted: `stop` said so.
            JetScaleError: a write was refused.
        """
        self._refuse_blocked()
        self._settle()
        for step in self._plan.steps:
            yield from self._step(step)
        self._end()

    def _end(self) -> None:
        left = ", ".join(s.title for s in still_open(self._plan, self._profile, self._seen))
        if not left:
            self._journal.end(RunState.DONE)
            return
        self._journal.end(RunState.STOPPED, f"handed over: {left}")
        raise LeftToOthers(
            f"Everything you may do is done. Left to somebody else: {left}.",
            fix="Once that is done, do the same again: it goes on from here.",
        )

    def _refuse_blocked(self) -> None:
        if self._cluster.server != self._plan.server:
            raise PlanChanged(
                "The plan was made for another cluster.",
                why=f"Plan: {self._plan.server}. Connected: {self._cluster.server}.",
                fix="Make the plan again.",
            )
        blocking = [risk for risk in self._plan.risks if risk.blocking]
        if blocking:
            raise StepFailed(
                "The plan cannot run as it is.",
                why="\n".join(risk.what for risk in blocking),
                fix="\n".join(risk.fix for risk in blocking),
            )

    def _settle(self) -> None:
        """Answers for writes that an earlier process began and did not confirm."""
        for write in self._journal.in_doubt():
            self._settled(write)

    def _step(self, step: Step) -> Iterator[StepEvent]:
        began = self._clock.monotonic()

        def event(state: StepState, detail: str = "", error: Exception | None = None) -> StepEvent:
            return StepEvent(step.id, state, detail, self._clock.monotonic() - began, error)

        yield event(StepState.STARTED)
        if step.handed_over:
            self._journal.note(step.id, StepState.SKIPPED, "handed over")
            yield event(StepState.SKIPPED, "handed over: see the commands")
            return
        try:
            for write in writes_of(step.id, step.changes):
                yield from self._patiently(event, partial(self._write, step, write, event))
            detail = yield from self._patiently(event, partial(self._verified, step, event))
        except JetScaleError as error:
            stopped = isinstance(error, Interrupted | LeftToOthers)
            # A journal that cannot be written either must not hide what happened.
            with suppress(JetScaleError):
                self._journal.note(step.id, StepState.FAILED, error.what)
                self._journal.end(RunState.STOPPED if stopped else RunState.FAILED, error.what)
            _log.info("step %s ended: %s", step.id, error.what)
            yield event(StepState.FAILED, error.what, error)
            raise
        self._seen.append(step.id)
        self._journal.note(step.id, StepState.DONE, detail)
        yield event(StepState.DONE, detail)

    def _patiently(self, event: Event, work: Callable[[], Happenings]) -> Happenings:
        """Does something; while nobody lets us in, waits for a new login and does it again."""
        until: float | None = None
        while True:
            try:
                return (yield from work())
            except AuthError as error:
                if until is None:
                    until = self._clock.monotonic() + self._patience
                waiting = wait_for_sign_in(error, self._sign_in, self._clock, until, self._stop)
                for told in waiting:
                    yield event(StepState.WAITING, told, error)

    def _write(self, step: Step, write: Write, event: Event) -> Happenings:
        if self._stop():
            raise Interrupted("Stopped before the next write.")
        if self._has_happened():
            written = "written just before the credentials were refused"
        elif write.release is None:
            written = self._carry_out(step, write)
        else:
            for _ in self._release(step, write):
                yield event(StepState.WAITING, self._progress(step))
            written = releases.said(write)
        _log.info("run %s: %s", self._journal.run_id, written)
        yield event(StepState.PROGRESS, written)
        return written

    def _has_happened(self) -> bool:
        if self._unclear is None:
            return False
        happened = self._settled(self._unclear)
        # Whether services were asked to be enabled cannot be seen; asking again does no harm.
        happened = happened and self._unclear.action is not Action.ENABLE
        self._unclear = None
        return happened

    def _verified(self, step: Step, event: Event) -> Happenings:
        """Waits until the step's effect is seen; what was seen."""
        detail = ""
        lacking = missing_before(step.id, self._plan, self._profile)
        budget = self._patience if lacking else BUDGETS[step.id]
        try:
            for seen in wait_for(self._verifier.look(step), self._clock, budget, self._stop):
                detail = seen.detail
                if not seen.done:
                    yield event(StepState.WAITING, detail)
        except StepFailed as error:
            if lacking:
                raise _for_want_of(lacking, step, error) from error
            raise
        return detail

    def _carry_out(self, step: Step, write: Write) -> str:
        """One write: look again, record the intent, write, record the result."""
        if write.ref is None:
            return self._google(write)
        change = next(
            change
            for change in step.changes
            if isinstance(change, Create | Update | Delete) and change.ref == write.ref
        )
        live = self._cluster.get(write.ref)
        match change:
            case Create(manifest=manifest):
                if live is not None:
                    return _already(write.ref, diff.compare_wanted(live, manifest))
                return self._create(write, manifest)
            case Update():
                return self._update(write, change, live)
            case Delete():
                return self._delete(write, change, live)
            case _:
                assert_never(change)

    def _create(self, write: Write, manifest: Json) -> str:
        intended = self._journal.intent(write)
        result = self._refused(intended, lambda: self._cluster.apply(manifest))
        self._journal.done(intended, uid=result["metadata"].get("uid", ""))
        return f"created {write.ref}"

    def _update(self, write: Write, change: Update, live: Json | None) -> str:
        for _ in range(_ATTEMPTS):
            if live is None or _moved(change, live):
                raise _changed(change.ref)
            # The resourceVersion makes the server refuse if somebody writes just now.
            metadata = {
                **change.manifest["metadata"],
                "resourceVersion": live["metadata"]["resourceVersion"],
            }
            manifest = {**change.manifest, "metadata": metadata}
            intended = self._journal.intent(write)
            try:
                apply = partial(self._cluster.apply, manifest, force=change.force)
                result = self._refused(intended, apply)
            except Conflict:
                version, live = live["metadata"]["resourceVersion"], self._cluster.get(change.ref)
                if live is not None and live["metadata"]["resourceVersion"] == version:
                    raise
                continue
            self._journal.done(intended, uid=result["metadata"].get("uid", ""))
            return f"{'restored' if change.restore else 'changed'} {change.ref}"
        raise _changed(change.ref)

    def _delete(self, write: Write, change: Delete, live: Json | None) -> str:
        if live is None:
            return f"{change.ref} is gone already"
        uid = change.live["metadata"]["uid"]
        if live["metadata"]["uid"] != uid:
            raise _changed(change.ref)
        intended = self._journal.intent(write)
        self._refused(intended, lambda: self._cluster.delete(change.ref, uid=uid))
        self._journal.done(intended, uid=uid)
        return f"deleted {change.ref}"

    def _google(self, write: Write) -> str:
        assert self._cloud is not None, "a plan without Google hands these steps over"
        cloud = self._cloud
        intended = self._journal.intent(write)
        outcome = self._refused(intended, lambda: google_writes.perform(write, cloud))
        self._journal.done(intended, uid=outcome.uid, bindings=outcome.bindings)
        return outcome.detail

    def _release(self, step: Step, write: Write) -> Iterator[float]:
        """A write through Helm; yields the seconds gone while it is at work."""
        change = releases.change_of(write, step.changes)
        helm = self._cluster.helm
        intended = self._journal.intent(write)
        try:
            yield from releases.perform(write, change, helm, self._stop)
        except PlanChanged:
            self._journal.dropped(intended)
            raise
        except (StepFailed, Interrupted):
            # Helm may have written before it failed; its history knows.
            self._settled(intended)
            raise
        self._settled(intended)

    def _progress(self, step: Step) -> str:
        waits = self._verifier.rollouts(step)
        return f"Helm is at work; {waits}" if waits else "Helm is at work"

    def _settled(self, write: Write) -> bool:
        """Whether a write that was begun has happened; says so in the journal."""
        found = settled(write, self._cluster, self._cloud)
        if found is None:
            self._journal.dropped(write)
            return False
        self._journal.done(write, uid=found.uid, bindings=found.bindings)
        return True

    def _refused(self, intended: Write, call: Callable[[], Result]) -> Result:
        """A refused write did not happen: say so in the journal. Lost answers stay in doubt."""
        try:
            return call()
        except (Conflict, PermissionDenied, PlanChanged, Rejected, NotFound, QuotaExceeded):
            self._journal.dropped(intended)
            raise
        except AuthError:
            self._unclear = intended
            raise


def _for_want_of(lacking: Sequence[Step], step: Step, error: StepFailed) -> LeftToOthers:
    left = ", ".join(each.title for each in lacking)
    return LeftToOthers(
        f"{step.title} cannot work before somebody else has done: {left}.",
        why=error.what,
        fix="Once that is done, do the same again: it goes on from here.",
    )


def _moved(change: Update, live: Json) -> bool:
    """Whether what would be changed is no longer what was shown."""
    return diff.compare_wanted(live, change.manifest) != diff.compare_wanted(
        change.live, change.manifest
    ) or any(diff.value_at(live, each.path) != each.before for each in change.fields)


def _already(ref: Ref, missing: tuple[FieldChange, ...]) -> str:
    if missing:
        raise _changed(ref)
    return f"{ref} is there already"


def _changed(ref: Ref) -> PlanChanged:
    return PlanChanged(
        f"{ref} is no longer as it was when the plan was shown.",
        why="Somebody changed it in between.",
        fix="Look at the plan again and apply it again; it goes on from here.",
    )
