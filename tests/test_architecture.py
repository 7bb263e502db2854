"""What no single module can promise: who imports what, and when."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import jetscale_tui
from jetscale_tui.cli.main import COMMANDS

PACKAGE = Path(jetscale_tui.__file__).parent
HEAVY = ("textual", "kubernetes", "google", "grpc", "yaml", "pydantic", "rich")
LONGEST = 400


def modules_after(code: str) -> set[str]:
    """Top-level packages in `sys.modules` after running some code in a fresh interpreter."""
    script = f"import sys, json\n{code}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return {name.partition(".")[0] for name in json.loads(done.stderr.splitlines()[-1])}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["plan", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = f"from jetscale_tui.cli import run\nrun({arguments!r})"
    assert modules_after(code) & set(HEAVY) == set()


def test_the_engine_knows_no_screen_and_no_client() -> None:
    code = (
        "import jetscale_tui.engine.planner, jetscale_tui.engine.executor, "
        "jetscale_tui.engine.undo, jetscale_tui.engine.prerequisites, jetscale_tui.engine.explain"
    )
    assert modules_after(code) & {"textual", "kubernetes", "google", "grpc", "rich"} == set()


def test_every_command_that_is_offered_is_there() -> None:
    listed = {name: module for name, (module, _) in COMMANDS.items()}
    for module in listed.values():
        assert (PACKAGE.parent / f"{module.replace('.', '/')}.py").is_file(), module


def test_no_file_has_outgrown_its_reason() -> None:
    lengths = {
        str(path.relative_to(PACKAGE)): len(path.read_text().splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
