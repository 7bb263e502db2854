"""Keys of one's own: from a file that explains itself, refused with a reason, seen everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jetscale_tui import cli
from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.errors import ConfigError
from jetscale_tui.paths import keys_file
from jetscale_tui.tui.commands import COMMANDS
from jetscale_tui.tui.keys_file import load, template
from tests.tui.driving import application, reach, running, text_of, until, wizard
from tests.tui.fakes import FakeBackend, FakeCloud

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JETSCALE_HOME", str(tmp_path))
    keys_file().parent.mkdir()
    return tmp_path


def written(text: str) -> Path:
    keys_file().write_text(text, encoding="utf-8")
    return keys_file()


def test_the_printed_file_has_every_command_and_changes_nothing_when_all_of_it_is_used(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["config", "keys"]) == 0
    printed = capsys.readouterr().out
    assert printed == template(keys_file())
    used = [line[2:] for line in printed.splitlines() if line[2:].split(":")[0] in COMMANDS]
    keymap = load(written("\n".join(used)))
    assert keymap == {command.id: command.keys for command in COMMANDS.values()}
    assert all(command.what in printed for command in COMMANDS.values())


def test_without_a_file_or_with_all_of_it_commented_the_keys_stay(home: Path) -> None:
    assert load(keys_file()) == {}
    assert load(written(template(keys_file()))) == {}


@pytest.mark.parametrize(
    ("text", "said", "fix"),
    [
        ("wizard.nxt: n", "line 1: there is no command wizard.nxt", "Did you mean wizard.next?"),
        ("\nwizard.next: entr", "line 2: there is no key entr", "Did you mean enter?"),
        ("wizard.next: hyper+n", "there is no key hyper+n", ""),
        ("wizard.next: []", "wizard.next has no key", ""),
        ("wizard.next: yes", "something that is no key", ""),
        ("wizard.next: ctrl+m", "to a terminal ctrl+m is enter", "Choose another key."),
        ("wizard.next: ctrl+c", "ctrl+c copies", ""),
        ("app.help: s", "s would be both app.help and", "Give one of them another key."),
        ("dashboard.burst: p", "would be both dashboard.burst and dashboard.pause", ""),
        ("- wizard.next", "not a mapping", ""),
        ("wizard.next: [n", "not valid YAML", ""),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_place_and_a_way_out(
    home: Path, text: str, said: str, fix: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(written(text))
    assert said in refused.value.what
    assert fix in (refused.value.fix or "")


def test_two_commands_may_change_keys_with_each_other(home: Path) -> None:
    swapped = written("dashboard.burst: p\ndashboard.pause: b")
    assert load(swapped) == {"dashboard.burst": "p", "dashboard.pause": "b"}


def test_a_broken_file_is_named_before_anything_is_drawn(home: Path) -> None:
    written("wizard.nxt: n")
    with pytest.raises(ConfigError, match=r"there is no command wizard\.nxt"):
        application(FakeBackend(cloud=FakeCloud())).run()


async def test_the_line_of_keys_the_help_and_the_palette_follow(home: Path) -> None:
    app = application(FakeBackend(cloud=FakeCloud()))
    app.set_keymap(load(written('wizard.back: [z, ctrl+b]\napp.help: ["!", f1]')))
    async with running(app) as pilot:
        await reach(pilot, WizardStep.ADAPTER)
        last = text_of(pilot).splitlines()[-1]
        assert "z Back" in last
        assert "! Help" in last
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: "Keys here" in text_of(pilot))
        assert "z ^b" in text_of(pilot)
        await pilot.press("escape", "ctrl+p", *"back")
        await until(pilot, lambda: "Back  (z)" in text_of(pilot))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: pilot.app.screen is wizard(pilot))
        assert wizard(pilot).step is WizardStep.ADAPTER
        await pilot.press("z")
        await until(pilot, lambda: wizard(pilot).step is WizardStep.WORKLOAD)
