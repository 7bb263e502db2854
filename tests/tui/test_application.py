"""What holds on every screen: size, quitting, help, palette, ASCII, imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES
from textual.widget import Widget

from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui import glyphs, themes
from jetscale_tui.tui.app import JetScaleApp
from jetscale_tui.tui.commands import COMMANDS
from jetscale_tui.tui.panes.registry import pane_class
from jetscale_tui.tui.screens.too_small import TooSmallScreen
from jetscale_tui.wizard.drafts import load_draft
from tests.tui import live
from tests.tui.driving import (
    MEDIUM,
    application,
    dashboard,
    pane,
    reach,
    running,
    text_of,
    until,
    wizard,
)
from tests.tui.fakes import FakeBackend, FakeCloud
from tests.tui.test_dashboard import backend_of, opened


async def test_a_terminal_too_small_gets_a_notice_and_no_broken_layout() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud())), (60, 15)) as pilot:
        await until(pilot, lambda: "Terminal too small" in text_of(pilot))
        assert "It is 60x15; JetScale needs 80x24." in text_of(pilot)
        assert "Prerequisites" not in text_of(pilot)


async def test_keys_do_nothing_behind_the_notice_and_the_focus_is_kept_for_later() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        focused = wizard(pilot).focused
        await pilot.resize_terminal(60, 15)
        await until(pilot, lambda: isinstance(pilot.app.screen, TooSmallScreen))
        await pilot.press("enter")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: not isinstance(pilot.app.screen, TooSmallScreen))
        assert wizard(pilot).step is WizardStep.METRICS
        assert wizard(pilot).focused is focused


async def test_the_notice_lets_a_person_leave() -> None:
    app = application(FakeBackend(cloud=FakeCloud()))
    async with running(app, (60, 15)) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, TooSmallScreen))
        await pilot.press("q")
    assert app.return_value == 0


async def test_help_is_about_what_is_focused_and_lists_its_keys() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.ADAPTER)
        await pilot.press("question_mark")
        await until(pilot, lambda: "The HPA asks the metrics APIs of the cluster" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "What brings the metrics" in text_of(pilot, pane(pilot)))


async def test_the_palette_offers_the_keys_that_work_here_by_name() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.press("ctrl+p")
        await pilot.press(*"back")
        await until(pilot, lambda: "Back  (esc)" in text_of(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.PREREQUISITES)


async def test_leaving_without_answers_just_leaves() -> None:
    app = application(FakeBackend(cloud=FakeCloud()))
    async with running(app) as pilot:
        await pilot.press("ctrl+q")
    assert app.return_value == 0


@pytest.mark.parametrize("keys", [("ctrl+q", "y"), ("ctrl+q", "ctrl+q")])
async def test_leaving_asks_once_and_keeps_the_answers_of_this_very_step(
    keys: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JETSCALE_HOME", str(tmp_path))
    app = application(FakeBackend(cloud=FakeCloud()))
    async with running(app) as pilot:
        await reach(pilot, WizardStep.METRICS)
        await pilot.press(keys[0])
        await until(pilot, lambda: "next time you can go on at Metrics" in text_of(pilot))
        await pilot.press(keys[1])
    assert app.return_value == 0
    draft = load_draft("")
    assert draft is not None
    assert draft.step is WizardStep.METRICS


async def test_staying_stays() -> None:
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.CLUSTER)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "Leave now?" in text_of(pilot))
        await pilot.press("escape")
        await until(pilot, lambda: "Leave now?" not in text_of(pilot))
        assert wizard(pilot).step is WizardStep.CLUSTER


async def test_ascii_terminals_get_ascii_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JETSCALE_ASCII", "1")
    async with running(application(FakeBackend(cloud=FakeCloud()))) as pilot:
        await reach(pilot, WizardStep.METRICS)
        shown = text_of(pilot)
        assert "ok Prerequisites" in shown
        beyond = {char for char in shown if ord(char) > 127}
        assert not beyond


@pytest.mark.parametrize(
    ("environ", "encoding", "chosen"),
    [
        ({}, "utf-8", glyphs.UNICODE),
        ({}, "UTF8", glyphs.UNICODE),
        ({}, "ascii", glyphs.ASCII),
        ({}, "latin-1", glyphs.ASCII),
        ({"TERM": "dumb"}, "utf-8", glyphs.ASCII),
        ({"JETSCALE_ASCII": "1"}, "utf-8", glyphs.ASCII),
        ({"JETSCALE_ASCII": "0"}, "utf-8", glyphs.UNICODE),
    ],
)
def test_the_signs_fit_the_terminal(
    environ: dict[str, str], encoding: str, chosen: glyphs.Glyphs
) -> None:
    assert glyphs.detect(environ, encoding) is chosen


OURS = {str(theme.name): theme for theme in (themes.DARK, themes.LIGHT)}
THEMES = BUILTIN_THEMES | OURS


@pytest.mark.parametrize("name", [name for name, theme in THEMES.items() if not theme.ansi])
def test_text_is_readable_on_every_ground_it_is_drawn_on_in_every_theme(name: str) -> None:
    app = application(FakeBackend())
    app.theme = name
    variables = app.get_css_variables()
    grounds = [Color.parse(variables[ground]) for ground in ("background", "surface", "panel")]
    for text in ("foreground", "foreground-muted", "footer-key-foreground", "text-primary",
                 "text-success", "text-warning", "text-error", "text-accent"):  # fmt: skip
        if variables[text].startswith("auto"):
            continue
        for ground in grounds:
            contrast = _contrast(ground, ground + Color.parse(variables[text]))
            assert contrast >= 4.5, f"${text} on {ground.hex}: {contrast:.1f}"


@pytest.mark.parametrize("name", OURS)
def test_our_own_themes_are_drawn_as_they_are_written(name: str) -> None:
    variables = OURS[name].to_color_system().generate() | OURS[name].variables
    assert themes.readable(variables) == variables


async def test_every_built_in_theme_draws_the_same_words() -> None:
    app = dashboard(backend_of(live.burst()))
    async with running(app, MEDIUM) as pilot:
        await opened(pilot)
        words = text_of(pilot)
        for name in sorted(THEMES):
            app.theme = name
            await pilot.pause()
            assert text_of(pilot) == words, name


def _contrast(one: Color, other: Color) -> float:
    """The ratio of WCAG 2."""

    def luminance(color: Color) -> float:
        linear = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in color.normalized
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_keys_of_all_widgets_are_made_of_the_one_list_of_commands_and_none_is_left_over() -> None:
    known = {
        command.id: (command.keys, command.word, command.what) for command in COMMANDS.values()
    }
    bound = {
        binding.id: (binding.key, binding.description, binding.tooltip)
        for node in (JetScaleApp, *_our_classes())
        for binding in node.__dict__.get("BINDINGS", ())
    }
    assert bound == known


_MIXED_IN = (
    "Asking",
    "FrameScreen",
    "LookingAround",
    "Bursting",
    "Acting",
    "Examining",
    "Keeping",
    "Replaying",
    "Scoping",
)


def test_every_screen_and_pane_has_help() -> None:
    from textual.screen import Screen

    for widget in _our_classes():
        if issubclass(widget, Screen) and widget.__name__ not in _MIXED_IN:
            assert getattr(widget, "HELP", ""), f"{widget.__name__} has no help"
    for step in WizardStep:
        assert pane_class(step).HELP


def _our_classes() -> list[type[Widget]]:
    """Every widget class of the package, all modules imported."""
    import importlib
    import pkgutil

    from jetscale_tui import tui

    for module in pkgutil.walk_packages(tui.__path__, "jetscale_tui.tui."):
        importlib.import_module(module.name)
    found: list[type[Widget]] = []
    waiting: list[type[Widget]] = [Widget]
    while waiting:
        for each in waiting.pop().__subclasses__():
            waiting.append(each)
            if each.__module__.startswith("jetscale_tui."):
                found.append(each)
    return found


FIRST_PAINT = """
import asyncio, sys
from jetscale_tui.tui.app import JetScaleApp

def connect():
    raise AssertionError("connected before the first paint")

async def main():
    app = JetScaleApp(connect)
    async with app.run_test(size=(80, 24)):
        while app.is_running and not app._exit:
            await asyncio.sleep(0.01)

def first_paint(self):
    heavy = ("kubernetes", "google.cloud", "google.auth", "grpc", "pydantic", "yaml")
    found = [name for name in heavy if name in sys.modules]
    print("imported:", ",".join(found))
    self.exit()
JetScaleApp._open = first_paint
asyncio.run(main())
"""


@pytest.mark.parametrize("start", ["wizard", "dashboard"])
def test_nothing_heavy_is_imported_before_the_first_paint(start: str) -> None:
    script = FIRST_PAINT.replace("JetScaleApp(connect)", f"JetScaleApp(connect, start='{start}')")
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=root, timeout=60
    )
    assert done.stdout.strip() == "imported:", done.stdout + done.stderr


async def test_a_mistake_of_ours_ends_in_plain_lines_and_a_traceback_in_the_log_only(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    app = application(FakeBackend())
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - it is raised on leaving
        async with running(app) as pilot:
            app.call_later(lambda: 1 / 0)
            await pilot.pause()
    said = capsys.readouterr().err
    assert "JetScale made a mistake here." in said
    assert "jetscale.log" in said
    assert "Traceback" not in said
    assert "Traceback" in caplog.text
    assert app.return_code == 1
