"""Every dialog and notice shows text of all kinds of malice as data, and stays in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from textual.widgets import Button, Input

from tests.hostile import TAILS, trouble
from tests.tui.dialogs import DIALOGS, dialog_classes
from tests.tui.driving import LARGE, SMALL, application, running, text_of, until
from tests.tui.fakes import FakeBackend, FakeCloud

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot
    from textual.screen import ModalScreen


def unharmed(pilot: Pilot[int], place: str) -> None:
    """Every line is as wide as the terminal, shows nothing that reaches past it, and no links."""
    width, height = pilot.app.size
    strips = pilot.app.screen._compositor.render_strips()[:height]
    for strip in strips:
        line = "".join(segment.text for segment in strip)
        assert cell_len(line) == width, f"{place}: {cell_len(line)} cells: {line!r}"
        assert not trouble(line), f"{place}: {trouble(line)}"
        for segment in strip:
            style = segment.style
            assert not (style and style.link), f"{place}: {segment.text!r} links"
            assert not (style and "@click" in style.meta), f"{place}: {segment.text!r} is a link"


def whole(dialog: ModalScreen[Any], place: str) -> None:
    """The box is inside the screen, and whatever answers the question inside the box's reach."""
    screen = dialog.region
    for box in dialog.query(".dialog"):
        assert screen.contains_region(box.region), f"{place}: {box.region} in {screen}"
        assert box.region.height >= 3, f"{place}: {box.region}"
        for button in dialog.query(Button):
            button.scroll_visible(animate=False)
    for button in dialog.query(Button):
        assert button.region.right <= screen.right, f"{place}: {button.id} at {button.region}"


def test_every_dialog_is_among_those_that_are_tried() -> None:
    assert dialog_classes() == DIALOGS.keys()


@pytest.mark.parametrize("made", DIALOGS.values(), ids=[each.__name__ for each in DIALOGS])
async def test_a_dialog_shows_hostile_text_as_data(made: Callable[[str], Any]) -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await until(pilot, lambda: "Set up autoscaling" in text_of(pilot))
        for kind, tail in TAILS.items():
            dialog = made(tail)
            await pilot.app.push_screen(dialog)
            for key in ("", "down"):
                if key:
                    await pilot.press(key)
                await pilot.pause()
                unharmed(pilot, f"{kind}, {key}")
            whole(dialog, kind)
            await pilot.app.pop_screen()


@pytest.mark.parametrize("made", DIALOGS.values(), ids=[each.__name__ for each in DIALOGS])
async def test_what_is_typed_into_a_dialog_is_data_too(
    made: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # some of what is typed is the name of a file to write
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await until(pilot, lambda: "Set up autoscaling" in text_of(pilot))
        dialog = made("")
        await pilot.app.push_screen(dialog)
        await pilot.pause()
        fields = list(dialog.query(Input))
        for kind, tail in TAILS.items() if fields else ():
            for field in fields:
                field.value = f"x{tail}"
            fields[0].focus()
            await pilot.press("enter")
            await pilot.pause()
            if pilot.app.screen is not dialog:
                return
            unharmed(pilot, kind)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("kind", TAILS)
async def test_a_notice_shows_hostile_text_as_data(kind: str, size: tuple[int, int]) -> None:
    tail = TAILS[kind]
    async with running(application(FakeBackend(cloud=FakeCloud())), size) as pilot:
        await until(pilot, lambda: "Set up autoscaling" in text_of(pilot))
        pilot.app.notify(f"Told{tail}", title=f"Title{tail}", severity="error", markup=False)
        await until(pilot, lambda: "Told" in text_of(pilot))
        unharmed(pilot, kind)
        assert "JetScale" in text_of(pilot).splitlines()[0]
