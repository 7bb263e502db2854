"""`python -m tests.races --rounds N`: one line of counts, exit code 1 unless all are zero."""

from __future__ import annotations

import argparse
import sys

from tests.races import iam


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.races", description=iam.__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    tally = iam.run(arguments.rounds, arguments.seed)
    sys.stdout.write(f"{tally}\n")
    return 0 if tally.clean else 1


if __name__ == "__main__":
    sys.exit(main())
