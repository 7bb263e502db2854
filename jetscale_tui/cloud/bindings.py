"""Changing an IAM policy that others change too: read, edit, write with the etag, from the start.

A write that lost the race is refused by its etag; repeating only the write could never succeed,
so the whole cycle is repeated, after a random and growing pause.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from google.api_core import exceptions as api
from google.auth import exceptions as auth

from jetscale_tui.errors import AuthError, JetScaleError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from google.iam.v1 import policy_pb2

    from jetscale_tui.cloud.calls import Call
    from jetscale_tui.cloud.session import Session
    from jetscale_tui.domain.google import Binding

    Edit = Callable[[policy_pb2.Policy, Sequence[Binding]], tuple[Binding, ...]]

BUDGET_SECONDS = 90.0
"""Longer than a new service account usually takes to be known everywhere."""
_LONGEST_PAUSE = 8.0

OUTCOME_UNKNOWN = (
    api.ServiceUnavailable,
    api.DeadlineExceeded,
    api.GatewayTimeout,
    api.InternalServerError,
    api.Unknown,
)
"""The answer never came: the write may have happened or not."""


class PolicyChanger:
    """Changes the policy of one resource, one write for all bindings."""

    def __init__(
        self,
        session: Session,
        read: Callable[[], policy_pb2.Policy],
        write: Callable[[policy_pb2.Policy], object],
        call: Call,
        *,
        budget: float = BUDGET_SECONDS,
        young: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """What to read and write with.

        `read` raises JetScale's errors, `write` those of the client library. `budget` is in
        seconds. `young` tells the e-mails of service accounts made so recently that the service
        may not know them yet.
        """
        self._session = session
        self._read = read
        self._write = write
        self._call = call
        self._budget = budget
        self._young = young

    def change(self, edit: Edit, bindings: Sequence[Binding]) -> tuple[Binding, ...]:
        """Apply an edit; returns what it changed, in the order given.

        A write whose answer was lost is settled by reading again: bindings found as wanted then
        count as changed by it.

        Raises:
            Conflict: others kept winning the race for the whole time; nothing was written.
            Unreachable: the same, or anything else, after a write whose answer was lost: it is not
                known whether that one happened.
        """
        unsettled: set[Binding] = set()
        try:
            return self._cycles(edit, bindings, unsettled)
        except (AuthError, Unreachable):
            raise
        except JetScaleError as error:
            if not unsettled:
                raise
            raise Unreachable(
                f"It is not known whether Google carried out a write: {error.what}",
                why=f"The answer to it was lost. After that: {error.why}",
                fix="Run the same again: what is there is found and not written twice.",
            ) from error

    def _cycles(
        self, edit: Edit, bindings: Sequence[Binding], unsettled: set[Binding]
    ) -> tuple[Binding, ...]:
        """Read, edit and write until it is done; adds to `unsettled` when an answer is lost."""
        deadline = time.monotonic() + self._budget
        attempt = 0
        while True:
            policy = self._read()
            changed = set(edit(policy, bindings))
            if not changed:
                return _ordered(bindings, unsettled)
            try:
                self._write(policy)
            except (api.GoogleAPICallError, api.RetryError, auth.GoogleAuthError) as error:
                if not self._is_worth_repeating(error) or time.monotonic() >= deadline:
                    raise self._session.translated(error, self._call) from error
                if isinstance(error, OUTCOME_UNKNOWN):
                    unsettled |= changed
                    self._session.reconnect()
            else:
                return _ordered(bindings, changed | unsettled)
            _pause(attempt, deadline)
            attempt += 1

    def _is_worth_repeating(self, error: Exception) -> bool:
        if isinstance(error, api.InvalidArgument):
            return any(f"{email} does not exist" in error.message for email in self._young())
        return isinstance(error, (api.Aborted, *OUTCOME_UNKNOWN))


def _pause(attempt: int, deadline: float) -> None:
    longest = min(_LONGEST_PAUSE, 0.05 * 2**attempt)
    time.sleep(min(random.uniform(0.0, longest), max(0.0, deadline - time.monotonic())))


def _ordered(bindings: Sequence[Binding], chosen: set[Binding]) -> tuple[Binding, ...]:
    return tuple(binding for binding in dict.fromkeys(bindings) if binding in chosen)
