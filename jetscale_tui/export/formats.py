"""The formats a setup can be exported in."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from jetscale_tui.export.comments import heading
from jetscale_tui.export.helm import VALUES_FILE, values_file
from jetscale_tui.export.kubernetes import kustomization, manifest_stream
from jetscale_tui.export.script import script
from jetscale_tui.export.terraform import terraform
from jetscale_tui.setupfile.save import dump_setup

if TYPE_CHECKING:
    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.profile import Profile
    from jetscale_tui.domain.spec import Setup


class Format(StrEnum):
    """What to write a setup as; the values are those of `--format`."""

    SETUP = "setup"
    MANIFESTS = "manifests"
    KUSTOMIZE = "kustomize"
    HELM_VALUES = "helm-values"
    SCRIPT = "script"
    TERRAFORM = "terraform"


def export(
    wanted: Format, setup: Setup, profile: Profile, project: Project | None = None
) -> dict[str, str]:
    """Files by relative name, in the order to read them; every format but kustomize has one.

    Without a project, the script and Terraform look its number up when they run.

    Raises:
        UsageError: the setup has nothing in that format.
        ConfigError: the setup does not name its project or cluster, and the format needs them.
    """
    match wanted:
        case Format.SETUP:
            return {"setup.yaml": heading(setup, profile) + dump_setup(setup)}
        case Format.MANIFESTS:
            return {"manifests.yaml": manifest_stream(setup, profile, project)}
        case Format.KUSTOMIZE:
            return kustomization(setup, profile, project)
        case Format.HELM_VALUES:
            return {VALUES_FILE: values_file(setup, profile)}
        case Format.SCRIPT:
            return {"setup.sh": script(setup, profile, project)}
        case Format.TERRAFORM:
            return {"main.tf": terraform(setup, profile, project)}
