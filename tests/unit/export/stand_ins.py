"""Runs a script with stand-ins for gcloud, kubectl and helm that note what they are told."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import yaml

if TYPE_CHECKING:
    from jetscale_tui.domain.kinds import Json


class Called(NamedTuple):
    """One call of a stand-in, with what it was fed."""

    words: list[str]
    fed: str


STAND_IN = """\
#!/bin/sh
for word in "$0" "$@"; do printf '%s\\0' "$word" >>"$CALLS"; done
printf '\\1' >>"$CALLS"
case "$*" in
  *"-f -"*|*--values=-*) cat >>"$CALLS" ;;
  *projectNumber*) echo 123456789012 ;;
  *"get --raw"*) echo '{"value": "1"}' ;;
  "config get-contexts"*|*"service-accounts describe"*) printf '\\2' >>"$CALLS"; exit 1 ;;
  "config current-context") echo current ;;
esac
printf '\\2' >>"$CALLS"
"""


def run(text: str, folder: Path) -> list[Called]:
    """Run a script with stand-ins for gcloud, kubectl and helm; what they were called with."""
    tools = folder / "tools"
    tools.mkdir(parents=True)
    for name in ("gcloud", "kubectl", "helm"):
        (tools / name).write_text(STAND_IN)
        (tools / name).chmod(0o755)
    for name in ("cat", "grep", "sh"):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    calls = folder / "calls"
    environment = {"PATH": str(tools), "CALLS": str(calls), "HOME": str(folder)}
    ended = subprocess.run(
        ["/bin/sh"], input=text, text=True, capture_output=True, env=environment, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert set(folder.iterdir()) == {tools, calls}
    return [_called(record) for record in calls.read_bytes().decode().split("\2")[:-1]]


def _called(record: str) -> Called:
    words, _, fed = record.partition("\1")
    tool, *rest = words.split("\0")[:-1]
    return Called([os.path.basename(tool), *rest], fed)


def applied(calls: list[Called]) -> list[Json]:
    return [
        item
        for call in calls
        if call.words[0] == "kubectl" and "apply" in call.words
        for item in yaml.safe_load_all(call.fed)
    ]


def granted(calls: list[Called]) -> list[tuple[str, ...]]:
    return [tuple(call.words[1:]) for call in calls if "add-iam-policy-binding" in call.words]


def complaints(*files: Path) -> str:
    """What shellcheck has to say about scripts."""
    shellcheck = Path(sys.executable).parent / "shellcheck"
    checked = subprocess.run(
        [shellcheck, "--shell=sh", *files], text=True, capture_output=True, check=False
    )
    assert checked.returncode in (0, 1), checked.stderr
    return checked.stdout
