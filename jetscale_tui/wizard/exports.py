"""What a plan can be taken along as: the formats of `jetscale export`, and the hand-over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from jetscale_tui.engine import handover
from jetscale_tui.errors import ConfigError, JetScaleError
from jetscale_tui.export.formats import Format, export
from jetscale_tui.setupfile.files import write_files

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.engine.plan import Plan

_FORMATS = {
    Format.SETUP: ("Setup document", "what `jetscale plan -f` and `apply -f` read"),
    Format.MANIFESTS: ("Manifests", "one YAML file for kubectl apply"),
    Format.KUSTOMIZE: ("Kustomize", "a base and its kustomization, in a directory"),
    Format.HELM_VALUES: ("Helm values", "for the chart of prometheus-adapter"),
    Format.SCRIPT: ("Script", "kubectl and gcloud, in the order of the plan"),
    Format.TERRAFORM: ("Terraform", "the same as resources"),
}


class Export(NamedTuple):
    """One way to take the plan along."""

    title: str
    about: str
    files: Mapping[str, str]
    """Texts by file name; none where the setup has nothing in that format."""
    where: str
    """Proposed path: a file, or a directory for several files."""
    why_not: str = ""
    """Why there is nothing in that format."""


def exports(plan: Plan, profile: Profile) -> tuple[Export, ...]:
    """All of them; the hand-over first, where somebody else has to do a step."""
    name = plan.setup.metadata.name
    found = [_formatted(wanted, plan, profile) for wanted in Format]
    files = handover.files(plan, profile, "jetscale apply -f FILE")
    if files and plan.undo_of is None:
        about = "a script and a text for somebody who may do the steps you may not"
        found.insert(0, Export("Hand-over", about, files, f"{name}-hand-over"))
    return tuple(found)


def _formatted(wanted: Format, plan: Plan, profile: Profile) -> Export:
    title, about = _FORMATS[wanted]
    try:
        files = export(wanted, plan.setup, profile)
    except JetScaleError as error:
        return Export(title, about, {}, "", error.what)
    name = plan.setup.metadata.name
    where = f"{name}-{wanted.value}"
    if len(files) == 1:
        where = f"{name}-{next(iter(files))}"
    return Export(title, about, files, where)


def write(chosen: Export, where: str, *, replace: bool) -> tuple[Path, ...]:
    """Write it; the paths written. A path that is not absolute is below the working directory.

    Raises:
        ConfigError: something is there already and `replace` is off, or it cannot be written.
    """
    if not where.strip():
        raise ConfigError("Say where to write it.")
    return write_files(chosen.files, Path(where.strip()).expanduser(), force=replace)
