"""What a look-up that is never answered leaves a person: every other key, and a way to stop it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from textual.message import Message

from jetscale_tui.tui import work
from tests.tui.driving import application, running, until
from tests.tui.fakes import FakeBackend

if TYPE_CHECKING:
    from collections.abc import Callable


async def test_a_look_up_holds_up_neither_leaving_nor_another_however_many_there_are() -> None:
    never, daemons = threading.Event(), []

    def look_up() -> None:
        daemons.append(threading.current_thread().daemon)
        never.wait()

    def said(_: object) -> Message:
        return Message()

    app = application(FakeBackend())
    async with running(app) as pilot:
        many = 100
        for number in range(many):
            work.ask(app, f"look-up {number}", look_up, said, said)
        await until(pilot, lambda: len(daemons) == many)
    # The interpreter does not wait for such threads when it ends.
    assert all(daemons)
    never.set()


async def test_what_is_given_up_has_no_last_word() -> None:
    told: list[str] = []
    asked, go_on, over = threading.Event(), threading.Event(), threading.Event()

    def say(word: str) -> Callable[[object], Message]:
        def said(_: object) -> Message:
            told.append(word)
            over.set()
            return Message()

        return said

    def look_up() -> None:
        asked.set()
        assert go_on.wait(60)

    app = application(FakeBackend())
    async with running(app) as pilot:
        work.ask(app, "look", look_up, say("answered"), say("failed"))
        await until(pilot, asked.is_set)
        assert work.give_up(app, "look")
        assert not work.give_up(app, "something else")
        go_on.set()
        await until(pilot, over.is_set)
