"""Runs benchmarks by name, all without one. Exit code 1 if a bar is missed, 2 for a wrong name."""

from __future__ import annotations

import argparse
import json
import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks import measures
from tests.benchmarks.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Sequence


def names() -> list[str]:
    """All benchmarks there are."""
    return sorted(
        module.name.replace("_", "-") for module in pkgutil.iter_modules(measures.__path__)
    )


def measured(name: str) -> dict[str, Figure]:
    """Runs one benchmark; its figures by name. One that has several says of what each is."""
    module = import_module(f"{measures.__name__}.{name.replace('-', '_')}")
    found: Figure | dict[str, Figure] = module.measure()
    if isinstance(found, Figure):
        return {name: found}
    return {f"{name} {part}": figure for part, figure in found.items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs and prints; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        epilog="All of them take about five minutes, and mean something on a machine that does "
        "nothing else. JETSCALE_TEST_KUBECTL names a kubectl that is not on the PATH.",
    )
    parser.add_argument("name", nargs="*", help=f"one or more of: {', '.join(names())}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.name) - set(names()))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(names())}")
    records: list[dict[str, Any]] = []
    met = True
    for name in given.name or names():
        for title, figure in measured(name).items():
            met = met and figure.met
            records.append(figure.record(title))
            sys.stdout.write(figure.line(title) + "\n")
        sys.stdout.flush()
    if given.json:
        given.json.write_text(json.dumps(records, indent=2) + "\n", encoding="utf-8")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
