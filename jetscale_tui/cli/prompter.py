"""Questions as plain lines: asked one at a time on stderr, answered by lines of stdin.

Nothing moves the cursor and nothing needs colour: it works for screen readers, on dumb terminals
and through pipes.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from jetscale_tui.domain.wording import State, shown, shown_lines
from jetscale_tui.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jetscale_tui.cli.output import Output
    from jetscale_tui.wizard.facts import Fact
    from jetscale_tui.wizard.offers import Offer

_WORDS = {
    State.OK: "ok",
    State.FAILED: "failed",
    State.WARNING: "note",
    State.CURRENT: "asking",
    State.TODO: "",
}
"""How a fact stands, for those who hear it; a sign would be read out by its Unicode name."""


class Back(Exception):
    """The person wants the question before."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and what to say to somebody who asks back."""

    text: str
    explanation: str
    flag: str
    """What answers it on the command line."""


class Prompter:
    """Asks, explains, and asks again until an answer can be used."""

    def __init__(self, output: Output, *, accepts: bool = False) -> None:
        """With `accepts`, every default is taken as it is shown, and nobody is asked."""
        self._output = output
        self.accepts = accepts
        if isinstance(sys.stdin, io.TextIOWrapper):
            # A stray byte is an answer that cannot be used, not the end of all questions.
            sys.stdin.reconfigure(errors="replace")

    def say(self, text: str = "") -> None:
        """One line or several."""
        self._output.say(text)

    def title(self, text: str) -> None:
        """What comes now."""
        self.say(f"\n== {text}")

    def facts(self, facts: Iterable[Fact]) -> None:
        """What was found out, a line each."""
        for fact in facts:
            word = _WORDS[fact.state]
            lead = f"{word}: " if word else ""
            name = f"{shown(fact.name)}: " if fact.name else ""
            self.say(f"  {lead}{name}{shown(fact.said)}")

    def trouble(self, what: str, fix: str = "") -> None:
        """Why an answer cannot be used, and what to do."""
        self.say(f"  {shown(what)}")
        if fix:
            self.say(f"  {shown(fix)}")

    def choose(
        self,
        question: Question,
        offers: Sequence[Offer],
        default: str | None,
        other: Callable[[str], str] | None = None,
    ) -> str:
        """The key of one of several offers.

        Args:
            question: what is asked.
            offers: numbered from 1.
            default: the key of the one that Enter takes; None: there is none.
            other: makes a key of something that is not offered, or raises ValueError, whose text
                says why not.
        """
        self.say(shown_lines(question.text))
        for number, offer in enumerate(offers, start=1):
            self._offer(number, offer)
        keys = [offer.key for offer in offers]
        named = {offer.key: shown(offer.title) for offer in offers}
        preset = str(keys.index(default) + 1) if default in keys else ""
        means = f" ({named[default]})" if default in named else ""

        def key_of(line: str) -> str:
            if line.isdigit() and 1 <= int(line) <= len(keys):
                return keys[int(line) - 1]
            if line in keys:
                return line
            if other is not None and not line.isdigit():
                return other(line)
            raise ValueError(f"Write a number from 1 to {len(keys)}.")

        return self._read("Number", preset, key_of, question, means)

    def choose_several(
        self, question: Question, offers: Sequence[Offer], default: str
    ) -> tuple[str, ...]:
        """The keys of one or more offers; the default is their numbers with commas between."""
        self.say(shown_lines(question.text))
        for number, offer in enumerate(offers, start=1):
            self._offer(number, offer)
        keys = [offer.key for offer in offers]

        def numbers(line: str) -> str:
            parts = [part.strip() for part in line.split(",")]
            picked = [str(keys.index(part) + 1) if part in keys else part for part in parts]
            if not all(part.isdigit() and 1 <= int(part) <= len(keys) for part in picked):
                raise ValueError(f"Write numbers from 1 to {len(keys)}, with commas between them.")
            return ",".join(picked)

        line = self._read("Numbers, with commas between", default, numbers, question)
        return tuple(dict.fromkeys(keys[int(part) - 1] for part in line.split(",")))

    def _offer(self, number: int, offer: Offer) -> None:
        note = f", {shown(offer.note)}" if offer.note else ""
        self.say(f"  {number}. {shown(offer.title)}{note}")
        for detail in offer.details:
            self.say(f"     {shown(detail)}")
        if offer.warning:
            self.say(f"     note: {shown(offer.warning)}")

    def text(
        self, question: Question, default: str, check: Callable[[str], str], label: str = "Answer"
    ) -> str:
        """A line of text; `check` returns it in its final form or raises ValueError."""
        self.say(shown_lines(question.text))
        return self._read(label, default, check, question)

    def confirm(self, question: Question, *, default: bool = False) -> bool:
        """A yes or no."""

        def meant(line: str) -> str:
            if line.lower() in ("y", "yes"):
                return "y"
            if line.lower() in ("n", "no"):
                return "n"
            raise ValueError("Write y or n.")

        choices = "Y/n" if default else "y/N"
        label = f"{shown(question.text)} [{choices}]"
        return self._read(label, "y" if default else "n", meant, question, shown_as="") == "y"

    def _read(
        self,
        label: str,
        default: str,
        check: Callable[[str], str],
        question: Question,
        means: str = "",
        shown_as: str | None = None,
    ) -> str:
        said = default if shown_as is None else shown_as
        preset = f" [{shown(said)}]" if said else ""
        while True:
            line = self._line(f"{label}{preset}: ", default, means, question)
            if line == "<":
                raise Back
            if line == "?":
                self.say(f"  {question.explanation}")
                if question.flag:
                    self.say(f"  On the command line: {question.flag}")
                continue
            if not (line or default):
                self.trouble("There is no default: this one needs an answer.")
                continue
            try:
                return check(line or default)
            except ValueError as error:
                if self.accepts:
                    raise _no_default(question, str(error)) from error
                self.trouble(str(error))

    def _line(self, prompt: str, default: str, means: str, question: Question) -> str:
        if self.accepts:
            if not default:
                raise _no_default(question, "There is no default that is safe to take.")
            self.say(f"{prompt}{shown(default)}{means}, by --yes")
            return default
        click.echo(prompt, nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            click.echo(err=True)
            raise EOFError
        if not sys.stdin.isatty():
            # Nobody's keyboard has put the answer there.
            click.echo(line.rstrip("\n"), err=True)
        return line.strip()


def _no_default(question: Question, why: str) -> UsageError:
    first = question.text.splitlines()[0]
    flag = f"Answer it with {question.flag}." if question.flag else "Ask without --yes."
    return UsageError(f"--yes cannot answer: {first}", why=why, fix=flag)
