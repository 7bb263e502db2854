"""Entry point of the `jetscale` command."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and exit with its documented code."""
    # What is loaded to begin with stays: to look for garbage in it only makes the start longer.
    # The group of commands, or the first picture, switches it on again.
    gc.disable()
    from jetscale_tui.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
