"""The real kubectl and helm, run against a sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKOUT = Path(__file__).parents[3]
SECONDS = 60


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Tool:
    """One of the tools, set up for one kubeconfig."""

    binary: Path
    kubeconfig: Path
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """What the tool sees; nothing of the person who runs the tests."""
        paths = {"KUBECONFIG": str(self.kubeconfig), "HOME": str(self.home)}
        return {"PATH": os.environ["PATH"], **paths}

    def __call__(self, *arguments: str, stdin: str | None = None) -> Ran:
        """Run to the end."""
        done = subprocess.run(
            [self.binary, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.environment,
            timeout=SECONDS,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def done(self, *arguments: str, stdin: str | None = None) -> str:
        """Run something that has to work; what it prints."""
        ran = self(*arguments, stdin=stdin)
        assert ran.code == 0, f"{arguments}: {ran.err or ran.out}"
        return ran.out

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Run something that goes on; the caller ends it."""
        return subprocess.Popen(
            [self.binary, *arguments], stdout=subprocess.PIPE, text=True, env=self.environment
        )

    @contextmanager
    def printing(self, *arguments: str) -> Iterator[Iterator[str]]:
        """Run something that goes on printing until the block is left, or for a minute."""
        with self.start(*arguments) as running:
            assert running.stdout is not None
            end = threading.Timer(SECONDS, running.terminate)
            end.start()
            try:
                yield iter(running.stdout.readline, "")
            finally:
                end.cancel()
                running.terminate()


def find(name: str) -> Path:
    """Where the tool is; without it the test is skipped, or fails where it must not be missing."""
    given = os.environ.get(f"JETSCALE_TEST_{name.upper()}")
    found = given or shutil.which(name, path=str(CHECKOUT / ".tools" / "bin")) or shutil.which(name)
    if found is None:
        missing = f"no {name}: set JETSCALE_TEST_{name.upper()} or put it into .tools/bin"
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return Path(found)
