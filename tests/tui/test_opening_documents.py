"""A document that is slow to read, as from a share that has gone away, holds up nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jetscale_tui.tui.dialogs.open_setup import OpenSetupDialog
from jetscale_tui.tui.widgets.filtered_list import FilterField
from tests.tui.driving import application, running, text_of, until
from tests.tui.fakes import FakeBackend, FakeCloud

if TYPE_CHECKING:
    from pathlib import Path


async def test_while_a_document_is_read_keys_are_answered_and_it_can_be_left(
    tmp_path: Path,
) -> None:
    slow = tmp_path / "slow.yaml"
    os.mkfifo(slow)
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await until(pilot, lambda: "Set up autoscaling" in text_of(pilot))
        dialog = OpenSetupDialog()
        results: list[object] = []
        await pilot.app.push_screen(dialog, results.append)
        field = dialog.query_one(FilterField)
        field.value = str(slow)
        await pilot.press("enter", "x")
        await until(pilot, lambda: field.value.endswith("x"))
        assert pilot.app.screen is dialog
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is not dialog)
        # Its reader is let go only now.
        slow.write_text("apiVersion: jetscale/v1\nkind: Setup\n", encoding="utf-8")
        await pilot.pause()
        assert results == [None]
