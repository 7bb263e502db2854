"""Sentences that name a key name the one that is in use, whatever the person's keys file says."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import jetscale_tui
from jetscale_tui.domain.flow import WizardStep
from jetscale_tui.tui.commands import COMMANDS
from jetscale_tui.tui.key_words import key_of, worded
from jetscale_tui.tui.obstacle_text import why_not
from jetscale_tui.wizard.obstacles import Obstacle, WayOut
from tests.tui.dialogs import DIALOGS
from tests.tui.driving import LARGE, application, dashboard, running, text_of, until
from tests.tui.fakes import FakeBackend, FakeCloud
from tests.tui.scenes import paused
from tests.tui.test_dashboard import backend_of, opened
from tests.tui.test_review_and_apply import armed, obedient

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.screen import ModalScreen

SOURCES = Path(jetscale_tui.__file__).parent
LAYERS = ("tui", "wizard", "engine", "domain")
EXCEPT = {
    "commands.py": "the list of commands itself",
    "keys_file.py": "about the file, in the names that are written there",
    "handing_terminal.py": "another program has the terminal; its keys cannot be changed",
}
NAMED = re.compile(r"\b([Ee]nter|[Ee]sc|[Ee]scape|[Ss]pace|[Tt]ab|[Cc]trl\+\w)\b")
LETTER = re.compile(r"(?:^|(?<=[ `(]))[b-zB-Z?](?=$|[ `,;.]|\))")
NO_KEYS = re.compile(r"[\d}] [dhs]\b|^s (?=after|or)|\band I can\b|: n u m k M G T P E,|some space")
"""Days, hours and seconds, I, the suffixes of quantities, room on a disk."""


def sentences(source: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module with a blank in them; a value put into one reads as `{}`."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    parts: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            parts |= {id(each.value) for each in body if isinstance(each, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(each) for each in node.values}
            text = "".join(
                str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) in parts:
                continue
            text = node.value
        else:
            continue
        text = " ".join(text.split())
        if " " in text:
            yield node.lineno, text


def all_sentences() -> Iterator[tuple[str, str]]:
    for layer in LAYERS:
        for source in sorted((SOURCES / layer).rglob("*.py")):
            if source.name not in EXCEPT:
                for line, text in sentences(source):
                    yield f"{source.relative_to(SOURCES)}:{line}", text


def test_no_sentence_names_a_key_by_itself() -> None:
    found = [
        f"{where}: {text}"
        for where, text in all_sentences()
        if NAMED.search(NO_KEYS.sub("", text)) or LETTER.search(NO_KEYS.sub("", text))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", ["Enter again goes on.", "r asks again.", "`c` copies", "then press r.", "esc leaves"]
)
def test_such_a_sentence_would_be_found(text: str) -> None:
    assert NAMED.search(text) or LETTER.search(NO_KEYS.sub("", text))


def test_every_command_that_a_sentence_names_exists() -> None:
    named = {
        command[0].lower() + command[1:]
        for _, text in all_sentences()
        for command in re.findall(r"\{([A-Za-z]+\.[a-z]+)\}", text)
    }
    assert len(named) > 20
    assert named <= COMMANDS.keys()


async def test_a_key_is_written_as_the_line_of_keys_writes_it() -> None:
    app = application(FakeBackend(cloud=FakeCloud()))
    async with running(app):
        assert key_of(app, "wizard.next") == "enter"
        assert key_of(app, "wizard.back") == "esc"
        assert key_of(app, "app.help") == "?"
        assert key_of(app, "app.commands") == "^p"
        assert key_of(app, "review.view") == "←→"
        app.set_keymap({"review.view": "v,w", "app.help": "f2"})
        assert key_of(app, "review.view") == "v"
        assert key_of(app, "app.help") == "f2"


async def test_what_is_put_into_a_sentence_is_not_looked_at_again() -> None:
    app = application(FakeBackend(cloud=FakeCloud()))
    async with running(app):
        said = worded(app, "{Wizard.next} reads {what}.", what="{app.quit} [b]{what}[/b]")
        assert said == "Enter reads {app.quit} [b]{what}[/b]."
        with pytest.raises(KeyError):
            worded(app, "{no.such}")


KEYS = [f"{plus}f{number}" for plus in ("", "ctrl+", "shift+", "alt+") for number in range(5, 25)]
OWN: dict[str, str] = dict(zip(COMMANDS, [*KEYS, *(f"ctrl+shift+{n}" for n in KEYS)], strict=False))
"""Every command on a key of its own that nothing has by default."""


def old_key_in(text: str) -> str:
    """A usual key that the text names; empty when there is none."""
    found = NAMED.search(text) or re.search(r"`[a-zA-Z?]`|\b[b-z] (?!/)[a-z]+s\b|\bthen r\b", text)
    return found[0] if found else ""


@pytest.mark.parametrize("made", DIALOGS.values(), ids=[each.__name__ for each in DIALOGS])
async def test_a_dialog_names_the_keys_that_lead_out_of_it(made: Any) -> None:
    app = application(FakeBackend(cloud=FakeCloud()))
    app.set_keymap(OWN)
    async with running(app) as pilot:
        dialog: ModalScreen[Any] = made("plain")
        app.push_screen(dialog)
        await until(pilot, lambda: pilot.app.screen is dialog)
        await pilot.pause()
        for box in dialog.query(".dialog"):
            subtitle = str(box.border_subtitle or "")
            assert not old_key_in(subtitle), subtitle
            assert not subtitle or re.search(r"f\d+ ", subtitle), subtitle
        assert not old_key_in(worded(app, type(dialog).HELP or ""))


async def test_the_way_past_an_obstacle_names_the_key_in_use() -> None:
    app = application(FakeBackend(cloud=FakeCloud()))
    async with running(app):
        app.set_keymap(OWN)
        for way_out in WayOut:
            for step in WizardStep:
                said = why_not(app, Obstacle("It {is} so.", way_out, "Mend {it}.", step))
                assert not old_key_in(said), said


async def test_what_the_wizard_says_follows() -> None:
    app = application(obedient())
    app.set_keymap(
        {"app.help": "f5", "wizard.back": "f6", "review.save": "f7", "review.copy": "f8"}
    )
    async with running(app, LARGE) as pilot:
        await until(pilot, lambda: "Set up autoscaling" in text_of(pilot))
        await pilot.press("f5")
        await until(pilot, lambda: "Keys here" in text_of(pilot))
        assert "f6 goes back" in text_of(pilot)
        await pilot.press("escape")
        await armed(pilot)
        await pilot.press("f8")
        await until(pilot, lambda: "F7 writes" in "".join(n.message for n in app._notifications))


async def test_the_dashboard_follows() -> None:
    story = paused()
    app = dashboard(backend_of(story))
    app.set_keymap({"dashboard.hold": "h", "dashboard.back": "q", "dashboard.pause": "u"})
    async with running(app, LARGE) as pilot:
        await opened(pilot)
        assert "scaling paused, u resumes" in text_of(pilot)
        assert "switched off both ways; u resumes" in " ".join(text_of(pilot).split())
        await pilot.press("h")
        await until(pilot, lambda: "picture held, h goes on" in text_of(pilot))
        await pilot.press("slash", "x", "y", "z")
        await until(pilot, lambda: "q takes it away" in text_of(pilot))
