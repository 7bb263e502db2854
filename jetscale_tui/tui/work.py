"""Blocking calls off the interface's thread, their outcome back as one typed message.

What only reads runs in a daemon thread of its own: it is given up at any moment, never waits for
another call, and never holds up leaving. What writes runs in Textual's pool, and leaving waits
for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from jetscale_tui.errors import JetScaleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import App
    from textual.message import Message
    from textual.widget import Widget
    from textual.worker import Worker

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


def ask(
    owner: Widget | App[int],
    group: str,
    call: Callable[[], Result],
    answered: Callable[[Result], Message],
    failed: Callable[[JetScaleError], Message],
) -> None:
    """Run a blocking call that only reads, in a thread, and post what came of it to `owner`.

    A newer call of the same group on the same owner supersedes an older one: the older one's
    answer is dropped. A mistake of our own is logged with its traceback and shown without.

    Args:
        owner: who is told; the worker ends with it.
        group: what the call is about.
        call: blocks; may raise `JetScaleError`.
        answered: makes the message that carries the result.
        failed: makes the message that carries the error.
    """

    def work(worker: Worker[None]) -> None:
        try:
            message = answered(call())
        except JetScaleError as error:
            message = failed(error)
        except Exception as error:
            _log.exception("%s failed", group)
            message = failed(unexpected(error))
        if not worker.is_cancelled:
            owner.post_message(message)

    _start(owner, group, work)


def follow(
    owner: Widget,
    group: str,
    call: Callable[[], Iterable[Result]],
    each: Callable[[Result], Message],
    ended: Callable[[JetScaleError | None], Message],
    *,
    writes: bool = False,
) -> None:
    """Run a blocking iteration in a thread, posting a message an item to `owner`.

    Superseded like `ask`: the older iteration is left at its next item, without a last word.

    Args:
        owner: who is told.
        group: what the iteration is about.
        call: makes the iterable.
        each: the message for an item.
        ended: the message for the end; with the error, if one ended it.
        writes: something is changed on the way: leaving waits until the item under way is there.
    """

    def work(worker: Worker[None]) -> None:
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

    _start(owner, group, work, to_its_end=writes)


def give_up(owner: Widget | App[int], group: str) -> bool:
    """Drop the answer of what is being asked; whether anything was."""
    return bool(owner.workers.cancel_group(owner, group))


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


def _start(
    owner: Widget | App[int],
    group: str,
    work: Callable[[Worker[None]], None],
    *,
    to_its_end: bool = False,
) -> None:
    """A worker of `owner` for the work; in a daemon thread, unless it has to come to its end."""
    from textual.worker import get_current_worker

    def in_the_pool() -> None:
        work(get_current_worker())

    async def in_a_thread_of_its_own() -> None:
        over, loop, worker = asyncio.Event(), asyncio.get_running_loop(), get_current_worker()

        def begin() -> None:
            try:
                work(worker)
                loop.call_soon_threadsafe(over.set)
            except RuntimeError:
                # The program may have ended meanwhile, and its loop with it: nobody is told.
                if not loop.is_closed():
                    raise

        here = copy_context()
        threading.Thread(target=here.run, args=(begin,), name=group, daemon=True).start()
        await over.wait()

    started: Any = in_the_pool if to_its_end else in_a_thread_of_its_own
    owner.run_worker(started, group=group, thread=to_its_end, exclusive=True, exit_on_error=False)
