"""What is copied is on the clipboard if the terminal allows it, and in a file in any case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jetscale_tui.errors import JetScaleError
from jetscale_tui.paths import state_dir
from jetscale_tui.tui.copying import COPIED
from jetscale_tui.tui.dialogs.refusal import RefusalDialog
from tests.tui.driving import application, running, text_of, until
from tests.tui.test_review_and_apply import armed, obedient

if TYPE_CHECKING:
    from textual.pilot import Pilot


def words_of(pilot: Pilot[int]) -> str:
    """All of the notices, without the breaks of their lines."""
    return "".join(notice.message for notice in pilot.app._notifications)


async def test_the_notice_names_the_file_and_the_key_that_writes_others() -> None:
    async with running(application(obedient())) as pilot:
        await armed(pilot)
        await pilot.press("right")
        await until(pilot, lambda: "[yaml]" in text_of(pilot))
        await pilot.press("c")
        await until(pilot, lambda: "kind: PodMonitoring" in pilot.app.clipboard)
        path = state_dir() / COPIED
        assert path.read_text() == pilot.app.clipboard
        assert path.stat().st_mode & 0o777 == 0o600
        assert f"It is in {path} in any case." in words_of(pilot)
        assert "w writes files of your choice." in words_of(pilot)


async def test_what_no_clipboard_takes_is_replaced_and_a_file_that_cannot_be_is_not_named() -> None:
    async with running(application(obedient())) as pilot:
        await until(pilot, lambda: "Set up autoscaling" in text_of(pilot))
        (state_dir() / COPIED).mkdir()
        error = JetScaleError("No.", fix="kubectl get \ud800x")
        await pilot.app.push_screen(RefusalDialog("Not done", error))
        await pilot.press("c")
        await until(pilot, lambda: pilot.app.clipboard == "kubectl get ?x")
        assert words_of(pilot) == "Copied, if your terminal allows it."
