"""`jetscale export`: a setup as files for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from jetscale_tui.cli.options import Options, common_options

if TYPE_CHECKING:
    from jetscale_tui.domain.google import Project
    from jetscale_tui.domain.spec import Setup

_FORMATS = ("setup", "manifests", "kustomize", "helm-values", "script", "terraform")


@click.command(name="export", short_help="a setup as manifests, a script, Terraform, ...")
@click.option("-f", "--file", "path", required=True, metavar="FILE", help="Setup document.")
@click.option(
    "--format",
    "wanted",
    type=click.Choice(_FORMATS),
    default="manifests",
    show_default=True,
    help="What to write.",
)
@click.option(
    "-o",
    "--output",
    default="-",
    metavar="PATH",
    help="File to write, or directory; '-' is stdout. kustomize needs a directory.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.option(
    "--project-number",
    metavar="NUMBER",
    help="Number of the project; without it the script and Terraform look it up when they run.",
)
@common_options
def command(
    path: str,
    wanted: str,
    output: str,
    force: bool,
    project_number: str | None,
    options: Options,
) -> None:
    """Write a setup as files for other tools.

    Nothing here talks to a network, and no file holds a secret. Where the output differs from the
    public guide, it says so in comments.
    """
    from jetscale_tui.cli import session
    from jetscale_tui.cli.files import write
    from jetscale_tui.export.formats import Format, export

    setup, profile = session.document(path, options)
    files = export(Format(wanted), setup, profile, _project(setup, project_number))
    if output == "-":
        _print(files)
    else:
        write(files, Path(output), force=force)


def _project(setup: Setup, number: str | None) -> Project | None:
    from jetscale_tui.domain.google import Project
    from jetscale_tui.errors import UsageError

    if number is None:
        return None
    if not (number.isascii() and number.isdigit()):
        raise UsageError(
            f"--project-number {number!r} is not a number.",
            fix="`gcloud projects describe PROJECT_ID --format='value(projectNumber)'` prints it.",
        )
    if setup.google.project is None:
        raise UsageError(
            "--project-number is given, but the setup names no project.",
            fix="Set google.project in the setup document.",
        )
    return Project(setup.google.project, number)


def _print(files: dict[str, str]) -> None:
    from jetscale_tui.errors import UsageError

    if len(files) > 1:
        raise UsageError(
            f"{len(files)} files do not fit on stdout.",
            fix="Give a directory with -o DIRECTORY.",
        )
    for text in files.values():
        click.echo(text, nl=False)
