"""The examples of the manual are what the command prints."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui import cli

if TYPE_CHECKING:
    import pytest

MANUAL = Path(__file__).parents[2] / "docs" / "forecast.md"
_FILE = re.compile(r"```yaml file=(\S+)\n(.*?)```", re.DOTALL)
_CONSOLE = re.compile(r"```console\n\$ jetscale ([^\n#]*)\n(.*?)\n```", re.DOTALL)
CUT = "[...]"
"""The line that stands for the rest of the output."""


class Example(NamedTuple):
    command: str
    printed: str


def examples() -> list[Example]:
    """Commands of the manual with what they print."""
    return [Example(*found) for found in _CONSOLE.findall(MANUAL.read_text(encoding="utf-8"))]


def test_every_example_prints_what_the_manual_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in _FILE.findall(MANUAL.read_text(encoding="utf-8")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    shown = examples()
    assert len(shown) >= 6
    for example in shown:
        assert cli.run(shlex.split(example.command)) == 0
        said = capsys.readouterr()
        printed = (said.out or said.err).rstrip("\n")
        whole, _, rest = example.printed.partition(f"\n{CUT}")
        assert rest == "", "nothing comes after the cut"
        if whole == example.printed:
            assert printed == whole
        else:
            assert printed.startswith(f"{whole}\n")


def test_the_manual_names_every_option_of_a_fact() -> None:
    text = MANUAL.read_text(encoding="utf-8")
    for option in ("start-up", "node-start-up", "fits", "slots", "step", "prefill"):
        assert f"`--{option}`" in text
