"""`python -m tests.races --rounds N`: one line of counts, exit code 1 unless all are zero.

A round is one race on an IAM policy and one on a Kubernetes object.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile


def main() -> int:
    # Read when gRPC is imported: servers that stop would say so between our lines.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from tests.races import iam, kubernetes

    parser = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["JETSCALE_HOME"] = home
        tally = iam.run(arguments.rounds, arguments.seed)
        tally.add(kubernetes.run(arguments.rounds, arguments.seed))
    tally.rounds = arguments.rounds
    sys.stdout.write(f"{tally}\n")
    return 0 if tally.clean else 1


if __name__ == "__main__":
    sys.exit(main())
