"""`jetscale export --format manifests`, piped into the real kubectl."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import yaml

from jetscale_tui.setupfile.template import template
from tests.unit.manifests.variants import PROFILE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sandbox.kube.tools import Tool


def test_what_export_prints_is_what_kubectl_applies(kubectl: Tool, tmp_path: Path) -> None:
    setup = tmp_path / "setup.yaml"
    setup.write_text(template(PROFILE))
    printed = subprocess.run(
        [sys.executable, "-m", "jetscale_tui", "export", "-f", str(setup), "--format", "manifests"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    lines = kubectl.done("apply", "--server-side", "-f", "-", stdin=printed).splitlines()
    assert len(lines) == len(list(yaml.safe_load_all(printed))) == 16
    assert "horizontalpodautoscaler.autoscaling/jetstream-hpa serverside-applied" in lines
    assert "jetstream-hpa" in kubectl.done("get", "hpa")
