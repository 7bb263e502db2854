"""The golden files: what every variant is written as, read line by line once and kept.

`python -m tests.unit.manifests.golden` writes them anew after a change that was meant; the
difference is to be reviewed like code.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jetscale_tui.domain.spec import Guide
from jetscale_tui.manifests.build import build
from jetscale_tui.manifests.dump import document, manifests
from jetscale_tui.manifests.prometheus_adapter import helm_values
from tests.unit.manifests.variants import PROFILE, PROJECT, VARIANTS, setup_of, variant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jetscale_tui.domain.spec import Setup

FOLDER = Path(__file__).parents[2] / "data" / "golden"


def golden_files() -> dict[str, str]:
    """Content of each golden file by its name."""
    files = {}
    for guide in Guide:
        for adapter in ("stackdriver", "prometheus"):
            setup = setup_of(adapter, guide=guide)
            files[f"adapter-{adapter}.{guide}.yaml"] = _steps(setup, ["adapter"])
        setup = setup_of("prometheus", guide=guide)
        files[f"helm-values.{guide}.yaml"] = document(helm_values(setup, PROFILE))
        files[f"scrape.{guide}.yaml"] = _steps(setup, ["scrape-server", "scrape-tpu"])
        for name in VARIANTS:
            files[f"hpa-{name}.{guide}.yaml"] = _steps(variant(name, guide), ["hpa"])
    return files


def _steps(setup: Setup, steps: Iterable[str]) -> str:
    groups = {group.step: group.objects for group in build(setup, PROFILE, PROJECT)}
    return manifests(item for step in steps for item in groups[step])


def main() -> None:
    """Write all golden files; remove those no variant has any more."""
    files = golden_files()
    for path in FOLDER.glob("*.yaml"):
        if path.name not in files:
            path.unlink()
    for name, text in files.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
