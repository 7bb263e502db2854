"""Blocking calls off the interface's thread, their outcome back as one typed message."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from jetscale_tui.errors import JetScaleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import App
    from textual.message import Message
    from textual.widget import Widget

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


def ask(
    owner: Widget | App[int],
    group: str,
    call: Callable[[], Result],
    answered: Callable[[Result], Message],
    failed: Callable[[JetScaleError], Message],
) -> None:
    """Run a blocking call in a thread worker of `owner` and post what came of it to `owner`.

    A newer call of the same group on the same owner supersedes an older one: the older one's
    answer is dropped. A mistake of our own is logged with its traceback and shown without.

    Args:
        owner: who is told; the worker ends with it.
        group: what the call is about.
        call: blocks; may raise `JetScaleError`.
        answered: makes the message that carries the result.
        failed: makes the message that carries the error.
    """
    from textual.worker import get_current_worker

    def work() -> None:
        worker = get_current_worker()
        try:
            message = answered(call())
        except JetScaleError as error:
            message = failed(error)
        except Exception as error:
            _log.exception("%s failed", group)
            message = failed(unexpected(error))
        if not worker.is_cancelled:
            owner.post_message(message)

    owner.run_worker(work, group=group, thread=True, exclusive=True, exit_on_error=False)


def follow(
    owner: Widget,
    group: str,
    call: Callable[[], Iterable[Result]],
    each: Callable[[Result], Message],
    ended: Callable[[JetScaleError | None], Message],
) -> None:
    """Run a blocking iteration in a thread worker of `owner`, posting a message an item.

    Superseded like `ask`: the older iteration is left at its next item, without a last word.

    Args:
        owner: who is told.
        group: what the iteration is about.
        call: makes the iterable.
        each: the message for an item.
        ended: the message for the end; with the error, if one ended it.
    """
    from textual.worker import get_current_worker

    def work() -> None:
        worker = get_current_worker()
        failure: JetScaleError | None = None
        try:
            for item in call():
                if worker.is_cancelled:
                    return
                owner.post_message(each(item))
        except JetScaleError as error:
            failure = error
        except Exception as error:
            _log.exception("%s failed", group)
            failure = unexpected(error)
        if not worker.is_cancelled:
            owner.post_message(ended(failure))

    owner.run_worker(work, group=group, thread=True, exclusive=True, exit_on_error=False)


def run(owner: Widget | App[int], group: str, call: Callable[[], None]) -> None:
    """Run a blocking call nobody waits for; failing is logged, and said in a passing notice."""

    def work() -> None:
        try:
            call()
        except Exception as error:
            _log.exception("%s failed", group)
            said = error.what if isinstance(error, JetScaleError) else unexpected(error).what
            owner.app.notify(said, severity="warning", markup=False)

    owner.app.run_worker(work, group=group, thread=True, exit_on_error=False)


def unexpected(error: Exception) -> JetScaleError:
    """What a person sees of a mistake in JetScale itself."""
    from jetscale_tui.paths import log_file

    return JetScaleError(
        "JetScale made a mistake here.",
        why=f"{type(error).__name__}: {error}",
        fix=f"The details are in {log_file()}.",
    )
