"""A prompt shows text from a cluster as data, and takes lines one at a time."""

from __future__ import annotations

import io
import sys

import pytest

from jetscale_tui.cli.options import Options
from jetscale_tui.cli.output import Output
from jetscale_tui.cli.prompter import Back, Prompter, Question
from jetscale_tui.domain.wording import State
from jetscale_tui.errors import UsageError
from jetscale_tui.wizard.facts import Fact
from jetscale_tui.wizard.offers import Offer

EVIL = "[red]x[/] \x1b[2J \u202e \u200b\r\nNumber [1]: 2"
QUESTION = Question("Which one?", "One of them.", "--one NAME")
ONE, TWO = Offer("one", "The first"), Offer("two", "The second")


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> Prompter:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    return Prompter(Output(Options()))


def test_hostile_text_is_shown_as_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prompter = typed(monkeypatch, "1\ny\n")
    prompter.facts([Fact(State.FAILED, EVIL, EVIL)])
    prompter.trouble(EVIL, EVIL)
    hostile = Offer("key", EVIL, EVIL, (EVIL,), EVIL)
    assert prompter.choose(QUESTION, [hostile], "key") == "key"
    prompter.confirm(Question(EVIL, "", ""))
    said = capsys.readouterr().err
    assert not {"\x1b", "\r", "\u202e", "\u200b"} & set(said)
    assert "[red]x[/] <U+001B>[2J <U+202E> <U+200B>" in said
    assert all(not line.startswith("Number [1]: 2") for line in said.splitlines())


def test_a_choice_is_a_number_or_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    prompter = typed(monkeypatch, "2\ntwo\n\n0\n3\none\n")
    assert prompter.choose(QUESTION, [ONE, TWO], None) == "two"
    assert prompter.choose(QUESTION, [ONE, TWO], None) == "two"
    assert prompter.choose(QUESTION, [ONE, TWO], "one") == "one"
    assert prompter.choose(QUESTION, [ONE, TWO], None) == "one"


def test_several_choices_are_kept_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    prompter = typed(monkeypatch, " 2, one,2\n")
    assert prompter.choose_several(QUESTION, [ONE, TWO], "1") == ("two", "one")


def test_without_a_default_an_empty_line_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert typed(monkeypatch, "\n2\n").choose(QUESTION, [ONE, TWO], None) == "two"
    assert "There is no default: this one needs an answer." in capsys.readouterr().err


def test_the_way_back_and_the_end_are_not_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    prompter = typed(monkeypatch, "<\n")
    with pytest.raises(Back):
        prompter.confirm(QUESTION)
    with pytest.raises(EOFError):
        prompter.confirm(QUESTION, default=True)


def test_accepting_takes_only_a_default_that_is_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    prompter = Prompter(Output(Options()), accepts=True)
    assert prompter.choose(QUESTION, [ONE, TWO], "two") == "two"
    assert "Number [2]: 2 (The second), by --yes" in capsys.readouterr().err
    with pytest.raises(UsageError, match="--yes cannot answer: Which one") as refused:
        prompter.choose(QUESTION, [ONE, TWO], None)
    assert refused.value.fix == "Answer it with --one NAME."
    with pytest.raises(UsageError):
        prompter.text(QUESTION, "x", _never)


def _never(_text: str) -> str:
    raise ValueError("never")
