"""Entry point of the `jetscale` command."""

from __future__ import annotations

import gc
import os
import sys


def main() -> None:
    """Run the command line and exit with its documented code."""
    # What is loaded to begin with stays: to look for garbage in it only makes the start longer.
    # The group of commands, or the first picture, switches it on again.
    gc.disable()
    _replace_closed_streams()
    from jetscale_tui.cli import run

    sys.exit(run(sys.argv[1:]))


def _replace_closed_streams() -> None:
    """What was started without a stream (`>&-`) reads nothing, and writes to nobody."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - for good


if __name__ == "__main__":
    main()
