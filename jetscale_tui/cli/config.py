"""`jetscale config`: a commented setup file, checks, the schema, and the keys of the screens."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.group(name="config", short_help="a commented setup file, checks, JSON Schema, keys")
def command() -> None:
    """Write, check and describe setup documents. Nothing here talks to a network."""


@command.command(name="init")
@click.option("--profile", default="jetstream-maxtext", show_default=True, help="Whose metrics.")
@click.option("-o", "--output", default="-", metavar="PATH", help="File to write; '-' is stdout.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def init(profile: str, output: str, force: bool) -> None:
    """Print a setup document with every field at its default, commented."""
    from jetscale_tui.setupfile.profiles import load_profile
    from jetscale_tui.setupfile.save import write_new
    from jetscale_tui.setupfile.template import template

    text = template(load_profile(profile))
    if output == "-":
        click.echo(text, nl=False)
    else:
        write_new(Path(output), text, force=force)
        click.echo(f"Wrote {output}.", err=True)


@command.command(name="validate")
@click.option("-f", "--file", "path", required=True, metavar="FILE", help="Setup document.")
def validate(path: str) -> None:
    """Check a setup document; every problem is listed with its line."""
    from jetscale_tui.setupfile.load import load_setup

    setup = load_setup(Path(path))
    click.echo(f"{path} is a valid setup ({setup.metadata.name}).", err=True)


@command.command(name="schema")
@click.option("--profile", is_flag=True, help="The schema of profile files instead.")
def schema(profile: bool) -> None:
    """Print the JSON Schema of setup documents."""
    from jetscale_tui.setupfile.schema import profile_schema, setup_schema

    click.echo(json.dumps(profile_schema() if profile else setup_schema(), indent=2))


@command.command(name="keys")
def keys() -> None:
    """Print every key of the screens, as the file that changes them."""
    from jetscale_tui import paths
    from jetscale_tui.tui.keys_file import template

    click.echo(template(paths.keys_file()), nl=False)
